"""The graph's edges: one typed dataset per family, and their union."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import ibis
import numpy as np
import pyarrow as pa
from ibis.expr.types import IntegerValue, Table

from pipeline_assets.cpg.ids import word_id
from pipeline_assets.cpg.kinds import CALL_METHODS, EDGE_KINDS, EDGE_METHODS, ORIGINS, Pairs, Words, bring, words_of
from pipeline_assets.extract.arrow import coded
from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.inference.functions import stable_hash, stable_hash_of, stable_mix, stable_mix_of
from pipeline_assets.normalize.columns import REPOSITORY
from pipeline_assets.normalize.flow.arrays import Ids
from pipeline_assets.pipes import union

METHODS = tuple(dict.fromkeys((*EDGE_METHODS, *CALL_METHODS)))
"""Every rule that finds an edge."""
_COLUMNS = (
    REPOSITORY,
    Column("file_id", "int64", "File whose text shows the edge; null when its source lies outside.", nullable=True),
    Column("edge_id", "int64", "Hash of kind, ends (which tell their repositories), place and variable."),
    Column(
        "kind", "string", "What it says; names without `PY_` are those of the CPG specification.", values=EDGE_KINDS
    ),
    Column("src", "int64", "Node it starts from."),
    Column("dst", "int64", "Node it leads to."),
    Column("dst_repository", "string", "Repository of that node."),
    Column(
        "ord",
        "int32",
        "AST: place in its list; ARGUMENT: argument index (0 the receiver, from 1 by position, -1 by keyword).",
        nullable=True,
    ),
    Column(
        "variable",
        "string",
        "ARGUMENT: the keyword; IMPORTS: the name that is bound; REACHING_DEF: the variable; CFG, CDG: the outcome "
        "that the way is taken on, as in `cfg_edges`.",
        nullable=True,
    ),
    Column("origin", "string", "Evidence that shows it.", values=ORIGINS),
    Column("method", "string", "Rule that found it.", values=METHODS),
    Column("confidence", "float64", "How sure the rule is, 1 for what the text says outright."),
    Column("ambiguity_group", "int64", "The same for edges of which one is true: the source.", nullable=True),
    Column("evidence_id", "int64", "How it is known: a row of `evidence`."),
    Column("task_name", "string", "Task that emits it."),
)
_NO_PLACE = -2
"""Stands for a missing place in ids: below every place."""
_KEY = ("src", "edge_id", "repository")
"""Rows are stored in key order, so the edges that leave a node, and those of a file, lie together."""


def edge_family(
    name: str, description: str, kinds: Mapping[str, Pairs] = MappingProxyType({}), methods: tuple[str, ...] = ()
) -> Contract:
    """The contract of one family of edges: it is part of `edges` and has the same columns.

    `kinds` are those that the family brings along, with what they may join; `methods` are rules of its own.
    """
    bring(name, Words(kinds, methods))
    more = {"kind": tuple(kinds), "method": methods}
    return Contract(
        name=name,
        layer="cpg",
        description=description,
        columns=tuple(replace(c, values=(*c.values, *more[c.name])) if more.get(c.name) else c for c in _COLUMNS),
        key=_KEY,
        part_of="edges",
        query=f"SELECT kind, method, count(*) AS edges FROM {name} GROUP BY ALL ORDER BY edges DESC",
    )


EDGES = Contract(
    name="edges",
    layer="cpg",
    description="One row per edge of the graph, of every kind, with the evidence for it.",
    columns=_COLUMNS,
    key=_KEY,
    references=(
        Reference("src", "nodes", "node_id"),
        Reference("dst", "nodes", "node_id"),
    ),
    query="SELECT kind, count(*) AS edges FROM edges GROUP BY kind ORDER BY edges DESC",
)

edges = union(EDGES)


def edge(
    relation: Table,
    kind: str,
    *,
    src: ibis.Value,
    dst: ibis.Value,
    origin: str,
    method: str | ibis.Value,
    **more: ibis.Value,
) -> Table:
    """Normalized edges of one kind, one for each row of `relation`: what a family's first stage returns.

    `more` may hold `ord`, `variable`, `confidence` (1 by default) and `ambiguity_group`.
    """
    return relation.select(
        repository=relation.repository,
        file_id=relation.file_id,
        kind=ibis.literal(kind),
        src=src,
        dst=dst,
        ord=more.get("ord", ibis.null("int32")),
        variable=more.get("variable", ibis.null("string")),
        origin=ibis.literal(origin),
        method=ibis.literal(method) if isinstance(method, str) else method,
        confidence=more.get("confidence", ibis.literal(1.0)),
        ambiguity_group=more.get("ambiguity_group", ibis.null("int64")),
    )


def derive_edge_ids(relation: Table, task_name: str) -> Table:
    """Give each edge its id, target repository and evidence."""
    return relation.mutate(
        edge_id=_identity(relation, (*EDGE_KINDS, *words_of(task_name).kinds)),
        dst_repository=relation.repository,
        evidence_id=word_id(relation.method, (*METHODS, *words_of(task_name).methods), f"{task_name}|"),
        task_name=ibis.literal(task_name),
    )


def edge_table(
    task_name: str,
    kind: str,
    *,
    repository: pa.Array,
    file_id: Ids,
    src: Ids,
    dst: Ids,
    variables: Sequence[str],
    variable: Ids,
    methods: Sequence[str],
    origins: Sequence[str],
    rule: Ids,
) -> pa.Table:
    """Edges of one kind on the columns of `edges`, from arrays: what a family that computes in Python returns.

    `variable` is the place of an edge's word in `variables`, -1 for none; `rule` that of its method and origin.
    """
    words = np.array([stable_hash_of(word) for word in variables] + [0], np.int64)
    placed = stable_mix_of(src, 0)  # type: ignore[arg-type]  # the same operations on each item
    evidence = np.array([stable_hash_of(f"{task_name}|{method}") for method in methods], np.int64)
    every = np.zeros(len(src), np.int32)
    columns = {
        "repository": repository,
        "file_id": file_id,
        "edge_id": stable_mix_of(placed, dst ^ words[variable] ^ stable_hash_of(kind)),  # type: ignore[arg-type]
        "kind": coded(every, [kind]),
        "src": src,
        "dst": dst,
        "dst_repository": repository,
        "ord": pa.nulls(len(src), pa.int32()),
        "variable": coded(variable.astype(np.int32), variables, variable < 0),
        "origin": coded(rule.astype(np.int32), origins),
        "method": coded(rule.astype(np.int32), methods),
        "confidence": np.ones(len(src)),
        "ambiguity_group": pa.nulls(len(src), pa.int64()),
        "evidence_id": evidence[rule],
        "task_name": coded(every, [task_name]),
    }
    return pa.table({column.name: columns[column.name] for column in _COLUMNS})


def select_edges(relation: Table) -> Table:
    """The columns of `edges`, in order and of its types."""
    return relation.select(*(relation[c.name].cast(c.type).name(c.name) for c in _COLUMNS))


def _identity(relation: Table, kinds: tuple[str, ...]) -> IntegerValue:
    """A mix of source, place, and target with kind and variable.

    A mix repeats its first number four times and its second twice in the plan: what is long to say comes last.
    """
    place = relation.ord.cast("int64").fill_null(_NO_PLACE) - _NO_PLACE
    words = word_id(relation.kind, kinds) ^ stable_hash(relation.variable).fill_null(0)
    return stable_mix(stable_mix(relation.src, place), relation.dst ^ words)
