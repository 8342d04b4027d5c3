"""Everything that is told of a node, as one JSON object."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.cpg.kinds import NODE_KINDS
from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.inference.functions import json_text
from pipeline_assets.normalize.columns import FILE_ID, REPOSITORY
from pipeline_assets.pipes import task

PROPERTY_MAPS = Contract(
    name="property_maps",
    layer="products",
    description="One row per node that has properties, with all of them as one JSON object, keys in order.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("entity_id", "int64", "The node."),
        Column("entity_kind", "string", "Its kind.", values=NODE_KINDS),
        Column("properties", "string", "JSON object from key to value, each of its own type."),
    ),
    key=("entity_id",),
    local=("file_id", "entity_id"),
    references=(Reference("entity_id", "nodes", "node_id"),),
    query="SELECT entity_id, properties->>'PARSER_TYPE_NAME' AS class FROM property_maps LIMIT 10",
)


def _select_values(properties: Table) -> Table:
    """Each value as JSON spells it: numbers and booleans bare, JSON as it is, text quoted; NaN has no spelling."""
    number = properties.value_float
    spelled = ibis.coalesce(
        properties.value_int.cast("string"),
        ibis.ifelse(number.isnan() | number.isinf(), ibis.literal("null"), number.cast("string")),
        ibis.cases((properties.value_bool, "true"), (~properties.value_bool, "false")),
        properties.value_json,
        json_text(properties.value_string),
        ibis.literal("null"),
    )
    return properties.select("repository", "file_id", "entity_id", "entity_kind", "key", spelled=spelled)


def _order_by_key(values: Table) -> Table:
    """Pairs of key and value as an object holds them."""
    return values.mutate(pair=json_text(values.key) + ": " + values.spelled)


def _accelerate(pairs: Table) -> Table:
    """One object per node, its keys in order."""
    objects = pairs.group_by("repository", "file_id", "entity_id", "entity_kind").aggregate(
        properties=ibis.literal("{") + pairs.pair.group_concat(", ", order_by=pairs.key) + "}"
    )
    return PROPERTY_MAPS.select(objects)


@task(PROPERTY_MAPS, stages=(_select_values, _order_by_key, _accelerate))
def property_maps(properties: Table) -> Table:
    """One row per node that has properties, with all of them as one JSON object, keys in order."""
