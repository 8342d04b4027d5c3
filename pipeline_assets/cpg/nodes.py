"""The graph's nodes: one typed dataset per family, and their union."""

from __future__ import annotations

import ibis
from ibis.expr.types import IntegerValue, Table

from pipeline_assets.cpg.ids import word_id
from pipeline_assets.cpg.kinds import NODE_KINDS, ORIGINS
from pipeline_assets.inference.contract import Column, Contract
from pipeline_assets.normalize.columns import REPOSITORY
from pipeline_assets.pipes import union

_COLUMNS = (
    REPOSITORY,
    Column("file_id", "int64", "File that holds the entity; null for entities outside any file.", nullable=True),
    Column("node_id", "int64", "The node; syntax nodes keep the id they have in `ast_nodes`."),
    Column("kind", "string", "What it is; names without `PY_` are those of the CPG specification.", values=NODE_KINDS),
    Column("bstart", "int32", "First byte in the file's UTF-8 buffer; null where there is no text.", nullable=True),
    Column("bend", "int32", "Byte after the last one.", nullable=True),
    Column("line", "int32", "Line on which it starts, counted from 1.", nullable=True),
    Column("name", "string", "Short name: of a definition, variable, callee, operator, file …", nullable=True),
    Column("qualname", "string", "Full name, where the entity has one of its own.", nullable=True),
    Column("stable_id", "string", "Name that survives edits elsewhere in the file; definitions only.", nullable=True),
    Column("origin", "string", "Evidence that shows it.", values=ORIGINS),
    Column("evidence_id", "int64", "How it is known: a row of `evidence`."),
    Column("task_name", "string", "Task that emits it."),
)


def node_family(name: str, description: str) -> Contract:
    """The contract of one family of nodes: it is part of `nodes` and has the same columns."""
    return Contract(
        name=name,
        layer="cpg",
        description=description,
        columns=_COLUMNS,
        key=("node_id", "repository"),
        spans=(("bstart", "bend"),),
        part_of="nodes",
        query=f"SELECT kind, count(*) AS nodes FROM {name} GROUP BY kind ORDER BY nodes DESC",
    )


NODES = Contract(
    name="nodes",
    layer="cpg",
    description="One row per node of the graph, of every kind.",
    columns=_COLUMNS,
    key=("node_id", "repository"),
    spans=(("bstart", "bend"),),
    query="SELECT kind, count(*) AS nodes FROM nodes GROUP BY kind ORDER BY nodes DESC",
)

nodes = union(NODES)


def node(
    relation: Table,
    kind: str,
    node_id: IntegerValue,
    *,
    origin: str,
    name: ibis.Value | None = None,
    qualname: ibis.Value | None = None,
) -> Table:
    """Normalized nodes of one kind, one for each row of `relation`: what a family's first stages return.

    File and place are those that `relation` has columns for.
    """
    place = {"file_id": "int64", "bstart": "int32", "bend": "int32", "line": "int32"}
    nothing = ibis.null("string")
    return relation.select(
        repository=relation.repository,
        **{at: relation[at] if at in relation.columns else ibis.null(type_) for at, type_ in place.items()},
        node_id=node_id,
        kind=ibis.literal(kind),
        name=nothing if name is None else name,
        qualname=nothing if qualname is None else qualname,
        stable_id=nothing,
        origin=ibis.literal(origin),
    )


def derive_node_evidence(relation: Table, task_name: str) -> Table:
    """Say by which task and from which evidence each node is known."""
    return relation.mutate(
        evidence_id=word_id(relation.origin, ORIGINS, f"{task_name}|"),
        task_name=ibis.literal(task_name),
    )


def select_nodes(relation: Table) -> Table:
    """The columns of `nodes`, in order and of its types."""
    return relation.select(*(relation[c.name].cast(c.type).name(c.name) for c in _COLUMNS))
