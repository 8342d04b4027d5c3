"""Typed key-value facts about nodes and edges of the graph: one dataset per family, and their union."""

from __future__ import annotations

from typing import Literal

import ibis
from ibis.expr.types import IntegerValue, Table

from pipeline_assets.cpg.kinds import EDGE_KINDS, NODE_KINDS
from pipeline_assets.inference.contract import Column, Contract
from pipeline_assets.normalize.columns import REPOSITORY
from pipeline_assets.pipes import union

ValueType = Literal["string", "int", "float", "bool", "json"]

ENTITY_KINDS = tuple(dict.fromkeys((*NODE_KINDS, *EDGE_KINDS)))
"""What may have properties; of CALL, which is both, nodes have."""

_VALUES = {"string": "string", "int": "int64", "float": "float64", "bool": "boolean", "json": "string"}
_COLUMNS = (
    REPOSITORY,
    Column("file_id", "int64", "File that holds the entity; null for entities outside any file.", nullable=True),
    Column("entity_id", "int64", "The node, or the edge."),
    Column("entity_kind", "string", "Its kind, which tells nodes and edges apart.", values=ENTITY_KINDS),
    Column("key", "string", "What is told; keys without `PY_` are those of the CPG specification."),
    Column("value_type", "string", "Which of the value columns holds the value.", values=tuple(_VALUES)),
    *(
        Column(f"value_{name}", type_, f"The value, if it is of the type {name}.", nullable=True)
        for name, type_ in _VALUES.items()
    ),
)


def property_family(name: str, description: str) -> Contract:
    """The contract of one family of properties: it is part of `properties` and has the same columns."""
    return Contract(
        name=name,
        layer="cpg",
        description=description,
        columns=_COLUMNS,
        key=("entity_id", "key", "repository"),
        part_of="properties",
        query=f"SELECT entity_kind, key, count(*) AS nodes FROM {name} GROUP BY ALL ORDER BY nodes DESC",
    )


PROPERTIES = Contract(
    name="properties",
    layer="cpg",
    description="One row per node or edge and property that it has.",
    columns=_COLUMNS,
    key=("entity_id", "key", "repository"),
    query="SELECT entity_kind, key, count(*) AS nodes FROM properties GROUP BY ALL ORDER BY nodes DESC",
)

properties = union(PROPERTIES)


def prop(
    relation: Table, key: str, *, entity: IntegerValue, kind: str | ibis.Value, value: ibis.Value, type_: ValueType
) -> Table:
    """One property for each row of `relation`, of the file that it has, if any: what a family's first stages return."""
    values = {
        f"value_{name}": value.cast(stored) if name == type_ else ibis.null(stored) for name, stored in _VALUES.items()
    }
    return relation.select(
        "repository",
        file_id=relation.file_id if "file_id" in relation.columns else ibis.null("int64"),
        entity_id=entity,
        entity_kind=ibis.literal(kind) if isinstance(kind, str) else kind,
        key=ibis.literal(key),
        value_type=ibis.literal(type_),
        **values,
    )
