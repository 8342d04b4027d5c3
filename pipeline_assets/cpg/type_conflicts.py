"""Entities whose declared types and inferred types exclude each other."""

from __future__ import annotations

import ibis
from ibis.expr.types import BooleanValue, StringValue, Table

from pipeline_assets.normalize.type_evidence.rows import DECLARED, PARTIAL

_VALUES = ("str", "bytes", "bytearray", "bool", "int", "float", "complex", "list", "tuple", "dict", "set", "frozenset")
"""Builtin classes none of whose objects is one of another of them, but for numbers."""
_NUMBERS = ("builtins.bool", "builtins.int", "builtins.float", "builtins.complex")
"""Each is taken where a later one is declared."""
_NONE = ("None", "builtins.None", "builtins.NoneType", "types.NoneType")
_PROTOCOLS = ("typing.Protocol", "typing_extensions.Protocol")


def type_conflicts(types: Table, mro: Table) -> Table:
    """One row per entity and role: none of the classes that Pyrefly finds is, or inherits, one that is declared.

    Only classes that are wholly known are held against each other: those of this repository, and a few builtins.
    """
    differing = types.filter(types.agreement == "differs").select(
        "repository", "file_id", "entity_id", "role", "origin", "type_text", "class_id", "confidence",
        "is_class_object", "rank", class_name=_one_name(types.class_name),
    )  # fmt: skip
    declared = differing.filter(differing.origin.isin(DECLARED) & (differing["rank"] == 0))
    inferred = differing.filter(differing.origin == "pyrefly").view()
    pairs = declared.inner_join(
        inferred,
        (declared.file_id == inferred.file_id)
        & (declared.entity_id == inferred.entity_id)
        & (declared.role == inferred.role),
    ).select(
        declared.repository, declared.file_id, declared.entity_id, declared.role,
        declared_class=declared.class_id, declared_name=declared.class_name, declared_text=declared.type_text,
        found_class=inferred.class_id, found_name=inferred.class_name, found_text=inferred.type_text,
        is_sure=(inferred.confidence > PARTIAL) & ~inferred.is_class_object & ~declared.is_class_object,
    )  # fmt: skip
    known = _with_ancestors(pairs, mro)
    excluding = (
        known.is_sure
        & (known.declared_name != known.found_name)
        & ~known.is_heir
        & _is_wholly_known(known.found_class, known.found_name, known.is_inexact)
        & _is_wholly_known(known.declared_class, known.declared_name, known.is_protocol)
        & ~_is_taken_as(known.found_name, known.declared_name)
    ).fill_null(False)
    judged = known.group_by("repository", "file_id", "entity_id", "role").aggregate(
        excludes=excluding.all(), declared_text=known.declared_text.min(), found_text=known.found_text.min()
    )
    return judged.filter(judged.excludes).drop("excludes")


def _one_name(name: StringValue) -> StringValue:
    return ibis.ifelse(name.isin(_NONE), "builtins.NoneType", name)


def _with_ancestors(pairs: Table, mro: Table) -> Table:
    """Whether the inferred class inherits the declared one, and what is not known of the two."""
    ancestors = mro.select("repository", "class_id", "ancestor_name").distinct()
    found = pairs.left_join(
        ancestors,
        (pairs.repository == ancestors.repository)
        & (pairs.found_class == ancestors.class_id)
        & (pairs.declared_name == ancestors.ancestor_name),
    ).select(pairs, is_heir=ancestors.class_id.notnull())
    inexact = mro.filter(mro.reason.notnull()).select("repository", "class_id").distinct().view()
    found = found.left_join(
        inexact, (found.repository == inexact.repository) & (found.found_class == inexact.class_id)
    ).select(found, is_inexact=inexact.class_id.notnull())
    protocols = mro.filter(mro.ancestor_name.isin(_PROTOCOLS)).select("repository", "class_id").distinct().view()
    return found.left_join(
        protocols, (found.repository == protocols.repository) & (found.declared_class == protocols.class_id)
    ).select(found, is_protocol=protocols.class_id.notnull())


def _is_wholly_known(class_id: ibis.Value, name: StringValue, is_doubted: BooleanValue) -> BooleanValue:
    plain = ("builtins.NoneType", *(f"builtins.{each}" for each in _VALUES))
    return (class_id.notnull() & ~is_doubted) | name.isin(plain)


def _is_taken_as(found: StringValue, declared: StringValue) -> BooleanValue:
    place, limit = (ibis.cases(*((name == each, at) for at, each in enumerate(_NUMBERS))) for name in (found, declared))
    return (place <= limit).fill_null(False)
