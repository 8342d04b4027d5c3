"""Fingerprints of plans: equal exactly when nothing that decides data changed, in every process and Python version.

`row_set` says which rows there are, `columns` how each one's value is made from source columns. Equal row sets with
one differing column mean "one column changed"; a differing row set means "other rows". Not part of a fingerprint: names
and column order of intermediate tables, the order of predicates, group keys and partition keys, how filters are split,
view counters, sort order of the result.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import ibis.expr.operations as ops
import ibis.expr.types as ir

from pipeline_assets.inference.digests import FieldDigest, digest, plain, value_digest
from pipeline_assets.inference.errors import UnsupportedOperation
from pipeline_assets.inference.source_text import source_fingerprint
from pipeline_assets.inference.traversal import cached_by_identity, conjuncts, relations_of, values_of

__all__ = ["ExpressionFingerprint", "expression_fingerprint", "short", "source_fingerprint"]


@dataclass(frozen=True)
class ExpressionFingerprint:
    """32 hexadecimal digits each: which rows there are, how each column is made, and both with names and types."""

    row_set: str
    columns: dict[str, str]
    whole: str


def expression_fingerprint(expr: ir.Table | Mapping[str, ir.Table]) -> ExpressionFingerprint:
    """The fingerprint of a table expression, or of several by name (columns are then called `name.column`).

    Raises `UnsupportedOperation` for an operation or argument that has no stable text.
    """
    if isinstance(expr, Mapping):
        return _merged({name: expression_fingerprint(table) for name, table in expr.items()})
    for relation in relations_of(expr.op()):
        _shape(relation)  # inputs first: `_shape` asks for those of its inputs, and a deep plan would overflow
    top, schema = _shape(expr.op()), expr.op().schema
    columns = {name: digest(top.columns[name], str(schema[name])) for name in schema.names}
    named = [part for name, column in columns.items() for part in (name, column)]
    return ExpressionFingerprint(top.row_set, columns, digest("table", top.row_set, *named))


def short(fingerprint: str) -> str:
    """The first 16 digits: enough to tell plans of one project apart, and short enough for a tag."""
    return fingerprint[:16]


def _merged(parts: Mapping[str, ExpressionFingerprint]) -> ExpressionFingerprint:
    ordered = sorted(parts.items())
    return ExpressionFingerprint(
        digest("tables", *(text for name, part in ordered for text in (name, part.row_set))),
        {f"{name}.{column}": found for name, part in parts.items() for column, found in part.columns.items()},
        digest("tables", *(text for name, part in ordered for text in (name, part.whole))),
    )


@dataclass(frozen=True, slots=True)
class _Shape:
    """A relation as text: how its rows come about, the conditions they passed, their order, and its columns.

    Conditions are a set, so that splitting or reordering filters changes nothing.
    """

    base: str
    columns: dict[str, str]
    conditions: frozenset[str] = frozenset()
    order: str = ""

    @property
    def row_set(self) -> str:
        return digest("filtered", self.base, *sorted(self.conditions)) if self.conditions else self.base

    @property
    def context(self) -> str:
        """What windows and reductions over this relation depend on beside their operands."""
        return digest("over", self.row_set, self.order)


@cached_by_identity
def _shape(relation: ops.Relation) -> _Shape:
    """The shape of one relation."""
    rule = _RULES.get(type(relation))
    if rule is None:
        raise UnsupportedOperation(type(relation).__name__, "it has no stable fingerprint; build the plan without it")
    return rule(relation)


def _leaf(relation: ops.UnboundTable) -> _Shape:
    name = relation.name
    return _Shape(
        digest("dataset", name), {c: digest("column", name, c, str(type_)) for c, type_ in relation.schema.items()}
    )


def _same(relation: ops.Relation) -> _Shape:
    return _shape(relation.parent)


def _project(relation: ops.Project) -> _Shape:
    return _evaluated(relation.values, _shape(relation.parent), _field_of(relation))


def _literal_rows(relation: ops.DummyTable) -> _Shape:
    return _evaluated(relation.values, _Shape(digest("literal rows"), {}), _field_of(relation))


def _drop_columns(relation: ops.DropColumns) -> _Shape:
    parent = _shape(relation.parent)
    return _Shape(parent.base, {c: parent.columns[c] for c in relation.schema.names}, parent.conditions, parent.order)


def _filter(relation: ops.Filter) -> _Shape:
    parent, field = _shape(relation.parent), _field_of(relation)
    conditions = {_in_context(p, parent, field) for p in conjuncts(relation.predicates)}
    return _Shape(parent.base, parent.columns, parent.conditions | conditions, parent.order)


def _drop_null(relation: ops.DropNull) -> _Shape:
    parent, field = _shape(relation.parent), _field_of(relation)
    subset = relation.parent.fields.values() if relation.subset is None else relation.subset
    condition = digest("not null", relation.how, *sorted({_digest(column, field) for column in subset}))
    return _Shape(parent.base, parent.columns, parent.conditions | {condition}, parent.order)


def _fill_null(relation: ops.FillNull) -> _Shape:
    parent, by = _shape(relation.parent), relation.replacements
    field = _field_of(relation)
    columns = dict(parent.columns)
    for name, type_ in relation.schema.items():
        value = by.get(name) if isinstance(by, Mapping) else (by if type_.nullable else None)
        if value is not None:
            filled = _digest(value, field) if isinstance(value, ops.Value) else plain(value, "FillNull")
            columns[name] = digest("filled", columns[name], filled)
    return _Shape(parent.base, columns, parent.conditions, parent.order)


def _sort(relation: ops.Sort) -> _Shape:
    parent, field = _shape(relation.parent), _field_of(relation)
    keys = [_in_context(key, parent, field) for key in relation.keys]
    return _Shape(parent.base, parent.columns, parent.conditions, digest("sorted", *keys, parent.order))


def _limit(relation: ops.Limit) -> _Shape:
    parent, field = _shape(relation.parent), _field_of(relation)
    bounds = [
        _digest(bound, field) if isinstance(bound, ops.Value) else plain(bound, "Limit")
        for bound in (relation.n, relation.offset)
    ]
    return _Shape(digest("limit", parent.context, *bounds), parent.columns, order=parent.order)


def _sample(relation: ops.Sample) -> _Shape:
    parent = _shape(relation.parent)
    how = [plain(argument, "Sample") for argument in (relation.fraction, relation.method, relation.seed)]
    return _Shape(digest("sample", parent.context, *how), parent.columns)


def _distinct(relation: ops.Distinct) -> _Shape:
    parent = _shape(relation.parent)
    return _Shape(digest("distinct", parent.row_set, *sorted(set(parent.columns.values()))), parent.columns)


def _unnest(relation: ops.TableUnnest) -> _Shape:
    parent, field = _shape(relation.parent), _field_of(relation)
    array = _digest(relation.column, field)
    base = digest("unnest", parent.row_set, array, plain(relation.keep_empty, "TableUnnest"))
    made = {relation.column_name: digest("element", base)}
    if relation.offset is not None:
        made[relation.offset] = digest("position", base)
    return _Shape(base, {**parent.columns, **made})


def _aggregate(relation: ops.Aggregate) -> _Shape:
    parent, field = _shape(relation.parent), _field_of(relation)
    groups = {name: _in_context(value, parent, field) for name, value in relation.groups.items()}
    base = digest("grouped", parent.context, *sorted(set(groups.values())))
    metrics = {name: digest("metric", base, _digest(value, field)) for name, value in relation.metrics.items()}
    return _Shape(base, {**groups, **metrics})


def _set(relation: ops.Set) -> _Shape:
    left, right = _shape(relation.left), _shape(relation.right)
    kind = [type(relation).__name__, plain(relation.distinct, "Set")]
    columns = {c: digest(*kind, left.columns[c], right.columns[c]) for c in relation.schema.names}
    compares = relation.distinct or not isinstance(relation, ops.Union)
    compared = sorted(set(columns.values())) if compares else []
    return _Shape(digest(*kind, left.row_set, right.row_set, *compared), columns)


def _join(relation: ops.JoinChain) -> _Shape:
    """Fields are told apart by their table's place in the chain: both sides of a self-join hold the same columns."""
    places = {table: str(place) for place, table in enumerate(relation.tables)}

    def field(node: ops.Field) -> str:
        if node.rel not in places:
            raise _correlated(node)
        return digest("side", places[node.rel], _shape(node.rel).columns[node.name])

    parts = [_shape(relation.first).row_set]
    for link in relation.rest:
        predicates = sorted({_digest(predicate, field) for predicate in conjuncts(link.predicates)})
        parts += [digest(link.how, _shape(link.table).row_set, *predicates)]
    return _evaluated(relation.values, _Shape(digest("join", *parts), {}), field)


_RULES: dict[type, Callable[..., _Shape]] = {
    ops.UnboundTable: _leaf,
    ops.SelfReference: _same,
    ops.JoinReference: _same,
    ops.Project: _project,
    ops.DummyTable: _literal_rows,
    ops.DropColumns: _drop_columns,
    ops.Filter: _filter,
    ops.DropNull: _drop_null,
    ops.FillNull: _fill_null,
    ops.Sort: _sort,
    ops.Limit: _limit,
    ops.Sample: _sample,
    ops.Distinct: _distinct,
    ops.TableUnnest: _unnest,
    ops.Aggregate: _aggregate,
    ops.Union: _set,
    ops.Intersection: _set,
    ops.Difference: _set,
    ops.JoinChain: _join,
}
_BEYOND_THE_ROW = (ops.WindowFunction, ops.Analytic, ops.Reduction, ops.Unnest)


def _evaluated(values: Mapping[str, ops.Value], base: _Shape, field: FieldDigest) -> _Shape:
    """Columns computed from `values` over the rows of `base`; the arrays unnested there decide the rows."""
    columns = {name: _in_context(value, base, field) for name, value in values.items()}
    unnested = {node for value in values.values() for node in values_of(value) if isinstance(node, ops.Unnest)}
    if not unnested:
        return _Shape(base.base, columns, base.conditions, base.order)
    return _Shape(digest("unnest", base.row_set, *sorted({_digest(n, field) for n in unnested})), columns)


def _in_context(value: ops.Value, over: _Shape, field: FieldDigest) -> str:
    """The text of a value; one that looks beyond its own row depends on which rows there are, and on their order."""
    text = _digest(value, field)
    beyond = any(isinstance(node, _BEYOND_THE_ROW) for node in values_of(value))
    return digest("in", over.context, text) if beyond else text


def _field_of(relation: ops.Relation) -> FieldDigest:
    def field(node: ops.Field) -> str:
        if node.rel != relation.parent:
            raise _correlated(node)
        return _shape(node.rel).columns[node.name]

    return field


def _correlated(node: ops.Field) -> UnsupportedOperation:
    return UnsupportedOperation("Subquery", f"it refers to {node.name} of the outer query; write a join or semi-join")


def _digest(value: ops.Value, field: FieldDigest) -> str:
    def relation(node: ops.Relation) -> str:
        shape = _shape(node)
        return digest("relation", shape.context, *(shape.columns[name] for name in node.schema.names))

    return value_digest(value, field, relation)
