"""Lineage: which source columns decide each output column, and which decide what rows there are.

Three kinds of influence are kept apart:

direct     per output column: everything its value is computed from, given the rows — operands, conditions of a
           case, partition and order of a window, filter and order of an aggregate, a scalar subquery's inputs.
indirect   for all columns alike: everything that decides which rows there are, or their order — filters, join
           keys, grouping, distinct, set operations, unnested arrays, sort keys, limits.
idle       decides nothing, yet an engine reads it: keys of a window whose column nobody uses (DuckDB 1.5 drops the
           column but still partitions and sorts), inputs of a scalar subquery whose value nobody uses.

A change in a source cell can only move an output column whose `direct` or the plan's `indirect` names the cell's
column; that is what the perturbation tests hold this module to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import ibis.expr.operations as ops
import ibis.expr.types as ir

from pipeline_assets.inference.errors import UnsupportedOperation
from pipeline_assets.inference.traversal import cached_by_identity, fold, operands, relations_of, values_held, values_of

Source = tuple[str, str]
"""A dataset and one of its columns."""
Sources = frozenset[Source]
NOTHING: Sources = frozenset()
JOIN_KINDS = frozenset({"inner", "left", "right", "outer", "semi", "anti", "cross"})


@dataclass(frozen=True)
class Lineage:
    """What an expression's columns (`direct`) and rows (`indirect`) come from."""

    direct: dict[str, Sources]
    indirect: Sources
    idle: Sources
    tables: tuple[str, ...]

    @property
    def reads(self) -> dict[str, tuple[str, ...]]:
        """Dataset → its columns that are read; a dataset of which only rows are counted has none."""
        return self._by_dataset(self.indirect, self.idle, *self.direct.values())

    @property
    def direct_reads(self) -> dict[str, tuple[str, ...]]:
        """Dataset → its columns that flow into an output column."""
        return {name: columns for name, columns in self._by_dataset(*self.direct.values()).items() if columns}

    @property
    def indirect_reads(self) -> dict[str, tuple[str, ...]]:
        """Every dataset → its columns that decide rows or are read to no effect."""
        return self._by_dataset(self.indirect, self.idle)

    def _by_dataset(self, *groups: Sources) -> dict[str, tuple[str, ...]]:
        columns: dict[str, set[str]] = {name: set() for name in self.tables}
        for dataset, column in NOTHING.union(*groups):
            columns[dataset].add(column)
        return {name: tuple(sorted(found)) for name, found in columns.items()}


def lineage(expr: ir.Table | Mapping[str, ir.Table]) -> Lineage:
    """The lineage of a table expression, or of several by name (outputs are then called `name.column`).

    Raises `UnsupportedOperation` for a relational operation, join kind or leaf whose lineage is not known.
    """
    if isinstance(expr, Mapping):
        return _merged({name: lineage(table) for name, table in expr.items()})
    relations = relations_of(expr.op())
    for relation in relations:
        _flow(relation)  # inputs first: `_flow` asks for those of its inputs, and a deep plan would overflow
    top = _flow(expr.op())
    idle = NOTHING.union(*map(_idle, relations)) - top.everything
    tables = {relation.name for relation in relations if isinstance(relation, ops.UnboundTable)}
    return Lineage(dict(top.columns), top.rows, idle, tuple(sorted(tables)))


def _merged(parts: Mapping[str, Lineage]) -> Lineage:
    return Lineage(
        {f"{name}.{column}": sources for name, part in parts.items() for column, sources in part.direct.items()},
        NOTHING.union(*(part.indirect for part in parts.values())),
        NOTHING.union(*(part.idle for part in parts.values())),
        tuple(sorted({table for part in parts.values() for table in part.tables})),
    )


@dataclass(frozen=True, slots=True)
class _Flow:
    """What flows into each column of one relation, and into which rows it has."""

    columns: dict[str, Sources]
    rows: Sources = NOTHING

    @property
    def everything(self) -> Sources:
        return self.rows.union(*self.columns.values())


@cached_by_identity
def _flow(relation: ops.Relation) -> _Flow:
    """What flows into one relation."""
    rule = _RULES.get(type(relation))
    if rule is None:
        raise UnsupportedOperation(type(relation).__name__, "its lineage is not known; build the plan without it")
    return rule(relation)


def _leaf(relation: ops.UnboundTable) -> _Flow:
    return _Flow({column: frozenset({(relation.name, column)}) for column in relation.schema.names})


def _same(relation: ops.Relation) -> _Flow:
    return _flow(relation.parent)


def _project(relation: ops.Project) -> _Flow:
    return _evaluated(relation.values, _flow(relation.parent).rows)


def _literal_rows(relation: ops.DummyTable) -> _Flow:
    return _evaluated(relation.values, NOTHING)


def _join(relation: ops.JoinChain) -> _Flow:
    for link in relation.rest:
        if link.how not in JOIN_KINDS:
            raise UnsupportedOperation(f"{link.how} join", "which rows match is not determined by its keys alone")
    rows = NOTHING.union(*(_flow(table).rows for table in relation.tables))
    rows |= _sources(p for link in relation.rest for p in link.predicates)
    return _evaluated(relation.values, rows)


def _filter(relation: ops.Filter) -> _Flow:
    return _narrowed(relation, _sources(relation.predicates))


def _sort(relation: ops.Sort) -> _Flow:
    return _narrowed(relation, _sources(relation.keys))


def _limit(relation: ops.Limit) -> _Flow:
    bounds = [bound for bound in (relation.n, relation.offset) if isinstance(bound, ops.Value)]
    return _narrowed(relation, _sources(bounds))


def _distinct(relation: ops.Distinct) -> _Flow:
    return _narrowed(relation, _flow(relation.parent).everything)


def _drop_null(relation: ops.DropNull) -> _Flow:
    columns = relation.subset
    if columns is None:
        return _narrowed(relation, _flow(relation.parent).everything)
    return _narrowed(relation, _sources(columns))


def _fill_null(relation: ops.FillNull) -> _Flow:
    parent = _flow(relation.parent)
    columns = dict(parent.columns)
    for column in columns:
        by = relation.replacements.get(column) if isinstance(relation.replacements, Mapping) else relation.replacements
        if isinstance(by, ops.Value):
            columns[column] |= _sources([by])
    return _Flow(columns, parent.rows)


def _drop_columns(relation: ops.DropColumns) -> _Flow:
    parent = _flow(relation.parent)
    return _Flow({c: parent.columns[c] for c in relation.schema.names}, parent.rows)


def _aggregate(relation: ops.Aggregate) -> _Flow:
    groups = _sources(relation.groups.values())
    return _evaluated(relation.values, _flow(relation.parent).rows | groups)


def _set(relation: ops.Set) -> _Flow:
    left, right = _flow(relation.left), _flow(relation.right)
    columns = {column: left.columns[column] | right.columns[column] for column in relation.schema.names}
    rows = left.rows | right.rows
    if relation.distinct or not isinstance(relation, ops.Union):
        rows = rows.union(*columns.values())
    return _Flow(columns, rows)


def _unnest(relation: ops.TableUnnest) -> _Flow:
    parent, array = _flow(relation.parent), _sources([relation.column])
    made = dict.fromkeys(filter(None, (relation.column_name, relation.offset)), array)
    return _Flow({**parent.columns, **made}, parent.rows | array)


_RULES: dict[type, Callable[..., _Flow]] = {
    ops.UnboundTable: _leaf,
    ops.SelfReference: _same,
    ops.JoinReference: _same,
    ops.Sample: _same,
    ops.Project: _project,
    ops.DummyTable: _literal_rows,
    ops.JoinChain: _join,
    ops.Filter: _filter,
    ops.Sort: _sort,
    ops.Limit: _limit,
    ops.Distinct: _distinct,
    ops.DropNull: _drop_null,
    ops.FillNull: _fill_null,
    ops.DropColumns: _drop_columns,
    ops.Aggregate: _aggregate,
    ops.Union: _set,
    ops.Intersection: _set,
    ops.Difference: _set,
    ops.TableUnnest: _unnest,
}


def _evaluated(values: Mapping[str, ops.Value], rows: Sources) -> _Flow:
    """Columns computed from `values`; the arrays unnested among them multiply the rows."""
    columns = {name: _sources([value]) for name, value in values.items()}
    nodes = (node for value in values.values() for node in values_of(value))
    return _Flow(columns, rows | _sources(node for node in nodes if isinstance(node, ops.Unnest)))


def _narrowed(relation: ops.Relation, by: Sources) -> _Flow:
    parent = _flow(relation.parent)
    return _Flow(parent.columns, parent.rows | by)


def _sources(values: Iterable[ops.Value]) -> Sources:
    return NOTHING.union(*(fold(value, _combined) for value in values))


def _combined(node: ops.Value, found: Mapping[ops.Value, Sources]) -> Sources:
    match node:
        case ops.Field():
            return _flow(node.rel).columns[node.name]
        case ops.InSubquery():
            return found[node.needle] | _subquery(node)
        case ops.Subquery():
            return _subquery(node)
        case ops.CountStar():
            return NOTHING if node.where is None else found[node.where]
        case ops.CountDistinctStar():
            where = NOTHING if node.where is None else found[node.where]
            return where.union(*_flow(node.arg).columns.values())
    return NOTHING.union(*(found[operand] for operand in operands(node)))


@cached_by_identity
def _idle(relation: ops.Relation) -> Sources:
    """What an engine reads to evaluate this relation's windows and subqueries, wanted or not."""
    found = NOTHING
    for node in (node for value in values_held(relation) for node in values_of(value)):
        if isinstance(node, ops.WindowFunction):
            found |= _sources((*node.group_by, *node.order_by))
        elif isinstance(node, ops.Subquery):
            found |= _subquery(node)
    return found


def _subquery(node: ops.Subquery) -> Sources:
    flow = _flow(node.rel)
    return flow.rows if isinstance(node, ops.ExistsSubquery) else flow.everything
