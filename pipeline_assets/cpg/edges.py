"""The graph's edges: one typed dataset per family, and their union."""

from __future__ import annotations

import ibis
from ibis.expr.types import IntegerValue, Table

from pipeline_assets.cpg.ids import word_id
from pipeline_assets.cpg.kinds import CALL_METHODS, EDGE_KINDS, EDGE_METHODS, ORIGINS
from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.inference.functions import stable_hash, stable_mix
from pipeline_assets.normalize.columns import REPOSITORY
from pipeline_assets.pipes import union

METHODS = (*EDGE_METHODS, *CALL_METHODS)
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
    Column("variable", "string", "ARGUMENT: the keyword; IMPORTS: the name that is bound.", nullable=True),
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


def edge_family(name: str, description: str) -> Contract:
    """The contract of one family of edges: it is part of `edges` and has the same columns."""
    return Contract(
        name=name,
        layer="cpg",
        description=description,
        columns=_COLUMNS,
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
        edge_id=_identity(relation),
        dst_repository=relation.repository,
        evidence_id=word_id(relation.method, METHODS, f"{task_name}|"),
        task_name=ibis.literal(task_name),
    )


def select_edges(relation: Table) -> Table:
    """The columns of `edges`, in order and of its types."""
    return relation.select(*(relation[c.name].cast(c.type).name(c.name) for c in _COLUMNS))


def _identity(relation: Table) -> IntegerValue:
    ends = stable_mix(relation.src, relation.dst)
    place = stable_mix(word_id(relation.kind, EDGE_KINDS), relation.ord.cast("int64").fill_null(_NO_PLACE) - _NO_PLACE)
    return stable_mix(stable_mix(ends, place), stable_hash(relation.variable).fill_null(0))
