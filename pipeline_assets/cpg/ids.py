"""Ids of graph nodes that are not syntax nodes: companions of one, and entities outside any file."""

from __future__ import annotations

import ibis
from ibis.expr.types import IntegerValue, StringValue

from pipeline_assets.inference.contract import FILE_SHIFT, ORDINAL_BITS
from pipeline_assets.inference.functions import stable_hash, stable_hash_of, stable_mix

OUTSIDE = 1 << 62
"""Set in the id of every entity that belongs to no file."""

# Families 6 to 9 are companions of the syntax node with the same ordinal; a node has at most one in each family,
# so the families are shared: what a companion is follows from its owner's class.
BODY_BLOCK = 6 << ORDINAL_BITS
FIELD_IDENTIFIER = 6 << ORDINAL_BITS
ELSE_BLOCK = 7 << ORDINAL_BITS
METHOD_REF = 7 << ORDINAL_BITS
CLASS_BODY = 7 << ORDINAL_BITS
NAMESPACE_BLOCK = 7 << ORDINAL_BITS
FINAL_BLOCK = 8 << ORDINAL_BITS
CLASS_TYPE = 8 << ORDINAL_BITS
FILE = 8 << ORDINAL_BITS
METHOD_RETURN = 9 << ORDINAL_BITS
# A class statement has a companion in each of these already, and one in family 10: its variable.
TYPE_REF = 15 << ORDINAL_BITS
PARAMETER_OUT = 6 << ORDINAL_BITS
IMPORT = 6 << ORDINAL_BITS
ALIAS = 7 << ORDINAL_BITS
ANNOTATION = 8 << ORDINAL_BITS
CONSTRUCTOR_TRAIT = 8 << ORDINAL_BITS
LAMBDA_TRAIT = 6 << ORDINAL_BITS
DECORATED_TRAIT = 9 << ORDINAL_BITS
# Family 4 holds binding sites; the variable behind a preferred site is its neighbour in family 10.
VARIABLE = 6 << ORDINAL_BITS


def word_id(words: StringValue, known: tuple[str, ...], prefix: str = "") -> IntegerValue:
    """The `stable_hash` of `prefix` and one of the `known` words, computed here once per word."""
    branches = ((words == word, ibis.literal(stable_hash_of(prefix + word), "int64")) for word in known)
    return ibis.cases(*branches, else_=ibis.null("int64"))


def companion(node_id: IntegerValue, slot: int) -> IntegerValue:
    """The id of a node's companion: `slot` is one of the constants of this module."""
    return node_id + slot


def file_node(file_id: IntegerValue) -> IntegerValue:
    """The id of a file's FILE node, whether or not the file could be parsed."""
    return file_id * (1 << FILE_SHIFT) + FILE


def outside_node(kind: str, name: StringValue) -> IntegerValue:
    """The id of an entity outside any file, from its node kind and qualified name."""
    return stable_hash(ibis.literal(f"{kind}|") + name) + OUTSIDE


def fact_node(kind: str, fact_id: IntegerValue) -> IntegerValue:
    """The id of a node for a row that its dataset numbers by itself, from its node kind and the row's id."""
    return stable_mix(ibis.literal(stable_hash_of(kind)), fact_id) + OUTSIDE
