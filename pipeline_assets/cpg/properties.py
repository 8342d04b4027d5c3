"""Typed key-value facts about graph nodes: one dataset per family, and their union."""

from __future__ import annotations

from typing import Literal

import ibis
from ibis.expr.types import IntegerValue, Table

from pipeline_assets.cpg.kinds import NODE_KINDS
from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, REPOSITORY
from pipeline_assets.pipes import union

ValueType = Literal["string", "int", "float", "bool", "json"]

_VALUES = {"string": "string", "int": "int64", "float": "float64", "bool": "boolean", "json": "string"}
_COLUMNS = (
    REPOSITORY,
    FILE_ID,
    Column("entity_id", "int64", "The node."),
    Column("entity_kind", "string", "Its kind.", values=NODE_KINDS),
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
        key=("entity_id", "key"),
        local=("file_id", "entity_id"),
        part_of="properties",
        query=f"SELECT entity_kind, key, count(*) AS nodes FROM {name} GROUP BY ALL ORDER BY nodes DESC",
    )


PROPERTIES = Contract(
    name="properties",
    layer="cpg",
    description="One row per node and property that it has.",
    columns=_COLUMNS,
    key=("entity_id", "key"),
    local=("file_id", "entity_id"),
    references=(Reference("entity_id", "nodes", "node_id"),),
    query="SELECT entity_kind, key, count(*) AS nodes FROM properties GROUP BY ALL ORDER BY nodes DESC",
)

properties = union(PROPERTIES)


def prop(
    relation: Table, key: str, *, entity: IntegerValue, kind: str | ibis.Value, value: ibis.Value, type_: ValueType
) -> Table:
    """One property for each row of `relation`: what a family's first stages return."""
    values = {
        f"value_{name}": value.cast(stored) if name == type_ else ibis.null(stored) for name, stored in _VALUES.items()
    }
    return relation.select(
        "repository",
        "file_id",
        entity_id=entity,
        entity_kind=ibis.literal(kind) if isinstance(kind, str) else kind,
        key=ibis.literal(key),
        value_type=ibis.literal(type_),
        **values,
    )


def select_properties(relation: Table) -> Table:
    """The columns of `properties`, in order and of its types."""
    return relation.select(*(relation[c.name].cast(c.type).name(c.name) for c in _COLUMNS))
