"""Which columns a stage hands on as they came: the same value, though perhaps of other rows, and under another name."""

from __future__ import annotations

from collections.abc import Mapping

import ibis.expr.operations as ops
from ibis.expr.types import Table

_SAME_COLUMNS = (
    ops.Filter,
    ops.Sort,
    ops.Limit,
    ops.Distinct,
    ops.DropColumns,
    ops.DropNull,
    ops.SelfReference,
    ops.JoinReference,
)


def handed_on(before: Table, after: Table) -> dict[str, str]:
    """Column of `after` → the column of `before` whose value it is; columns that are computed are left out."""
    source = before.op()
    found = {name: _origin(after.op(), name, source) for name in after.columns}
    return {name: origin for name, origin in found.items() if origin is not None}


def _origin(relation: ops.Relation, name: str, source: ops.Relation) -> str | None:
    while relation != source:
        if isinstance(relation, ops.Set):
            sides = {_origin(side, name, source) for side in (relation.left, relation.right)}
            return sides.pop() if len(sides) == 1 else None
        if not isinstance(relation, _SAME_COLUMNS):
            value = _value(relation, name)
            if value is None:
                return None
            relation, name = value.rel, value.name
        else:
            relation = relation.parent
    return name


def _value(relation: ops.Relation, name: str) -> ops.Field | None:
    """The field that a column of a relation is, where it is nothing but that."""
    values = relation.groups if isinstance(relation, ops.Aggregate) else getattr(relation, "values", None)
    value = values.get(name) if isinstance(values, Mapping) else None
    while isinstance(value, ops.Alias):
        value = value.arg
    return value if isinstance(value, ops.Field) else None
