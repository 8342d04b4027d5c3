"""Everything that is told of a node or an edge, as one JSON object."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.cpg.properties import ENTITY_KINDS
from pipeline_assets.inference.contract import Column, Contract
from pipeline_assets.inference.functions import json_text
from pipeline_assets.normalize.columns import REPOSITORY
from pipeline_assets.pipes import task

PROPERTY_MAPS = Contract(
    name="property_maps",
    layer="products",
    description="One row per node or edge that has properties, with all of them as one JSON object, keys in order.",
    columns=(
        REPOSITORY,
        Column("file_id", "int64", "File that holds the entity; null for entities outside any file.", nullable=True),
        Column("entity_id", "int64", "The node, or the edge."),
        Column("entity_kind", "string", "Its kind, which tells nodes and edges apart.", values=ENTITY_KINDS),
        Column("properties", "string", "JSON object from key to value, each of its own type."),
    ),
    key=("entity_id", "repository"),
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
    """One object per node or edge, its keys in order."""
    # Sorting each small list costs a fifth of an aggregate that keeps an order; a pair starts with its key, quoted.
    listed = pairs.pair.collect().sort().join(", ")
    objects = pairs.group_by("repository", "file_id", "entity_id", "entity_kind").aggregate(
        properties=ibis.literal("{") + listed + "}"
    )
    return PROPERTY_MAPS.select(objects)


@task(PROPERTY_MAPS, stages=(_select_values, _order_by_key, _accelerate))
def property_maps(properties: Table) -> Table:
    """One row per node or edge that has properties, with all of them as one JSON object, keys in order."""
