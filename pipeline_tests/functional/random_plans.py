"""Random plans over the tables of `unit/inference/plans.py`: a few operations composed.

Every plan is deterministic by construction (total orders, no floats), so that a moved value means a real dependence.
"""

from __future__ import annotations

from collections.abc import Callable

import ibis
import ibis.expr.types as ir
from hypothesis import strategies as st
from ibis.common.exceptions import IbisError

from pipeline_tests.unit.inference.plans import OWN, c, m, n

Draw = Callable[[st.SearchStrategy], object]
LEAVES = {"n": n, "c": c, "m": m}


@st.composite
def random_plans(draw: Draw, most_steps: int = 5, leaves: tuple[str, ...] = ("n", "c")) -> ir.Table:
    """A table expression of up to `most_steps` operations."""
    table = LEAVES[draw(st.sampled_from(leaves))]
    for step in draw(st.lists(st.sampled_from(STEPS), min_size=1, max_size=most_steps)):
        try:
            table = step(draw, table)
        except IbisError:  # Ibis refuses some combinations, such as unions of unequal schemas: leave that step out
            continue
    return table


def columns_of(table: ir.Table, *types: str) -> list[str]:
    """The columns whose type, nullability apart, is one of `types`; all columns without types."""
    names = {name: str(type_).lstrip("!") for name, type_ in table.schema().items()}
    return [name for name, type_ in names.items() if not types or type_ in types]


def _integers(table: ir.Table) -> list[str]:
    return columns_of(table, "int64")


def _some(draw: Draw, names: list[str], least: int = 1) -> list[str]:
    return draw(st.lists(st.sampled_from(names), min_size=least, max_size=max(least, 3), unique=True))


def _keys(draw: Draw, table: ir.Table) -> list[str]:
    """Columns to group or partition by: mostly with a key that the table still has."""
    keys = [name for name in (*OWN, "node_id", "parent_id") if name in table.columns]
    own = _some(draw, keys) if keys and draw(st.integers(0, 3)) else []
    others = [name for name in table.columns if name not in own]
    return [*own, *(_some(draw, others, least=0 if own else 1) if others else [])][:3]


def _new_name(table: ir.Table, stem: str) -> str:
    return next(name for i in range(99) if (name := f"{stem}{i}") not in table.columns)


def _integer(draw: Draw, table: ir.Table) -> ir.IntegerValue:
    column = table[draw(st.sampled_from(_integers(table)))]
    other = table[draw(st.sampled_from(_integers(table)))]
    small = draw(st.integers(0, 5))
    return draw(
        st.sampled_from(
            [
                column + small,
                column - other,
                column % 3,
                ibis.coalesce(column, other),
                ibis.ifelse(column > small, other, small),
                ibis.cases((column > small, column), (other.isnull(), small), else_=other),
                column.nullif(other),
                ibis.literal(small, type="int64"),
            ]
        )
    )


def _predicate(draw: Draw, table: ir.Table) -> ir.BooleanValue:
    texts, integers = columns_of(table, "string"), _integers(table)
    choices: list[ir.BooleanValue] = []
    if integers:
        column, other = table[draw(st.sampled_from(integers))], table[draw(st.sampled_from(integers))]
        small = draw(st.integers(0, 6))
        choices += [column > small, column.notnull(), column == other, column.isin([small, 1]), (column % 2) == 0]
    if texts:
        text = table[draw(st.sampled_from(texts))]
        choices += [text == "x", text.isnull(), text != "r1"]
    return draw(st.sampled_from(choices or [ibis.literal(True)]))


def _filter(draw: Draw, table: ir.Table) -> ir.Table:
    return table.filter(_predicate(draw, table))


def _filter_two(draw: Draw, table: ir.Table) -> ir.Table:
    left, right = _predicate(draw, table), _predicate(draw, table)
    return table.filter(left | right) if draw(st.booleans()) else table.filter(left, right)


def _mutate(draw: Draw, table: ir.Table) -> ir.Table:
    if not _integers(table):
        return table
    name = draw(st.sampled_from([_new_name(table, "a"), *_integers(table)]))
    return table.mutate(**{name: _integer(draw, table).cast("int64")})


def _select(draw: Draw, table: ir.Table) -> ir.Table:
    kept = _some(draw, list(table.columns))
    own = [name for name in OWN if name in table.columns and draw(st.integers(0, 4))]
    return table.select(*dict.fromkeys([*own, *kept]))


def _rename(draw: Draw, table: ir.Table) -> ir.Table:
    return table.rename({_new_name(table, "q"): draw(st.sampled_from(table.columns))})


def _swap(draw: Draw, table: ir.Table) -> ir.Table:
    if len(_integers(table)) < 2:
        return table
    one, two = draw(st.permutations(_integers(table)))[:2]
    return table.rename({one: two, two: one})


def _drop(draw: Draw, table: ir.Table) -> ir.Table:
    return table.drop(draw(st.sampled_from(table.columns))) if len(table.columns) > 2 else table


def _sort(draw: Draw, table: ir.Table) -> ir.Table:
    return table.order_by(draw(st.sampled_from(table.columns)))


def _limit(draw: Draw, table: ir.Table) -> ir.Table:
    return table.order_by(*draw(st.permutations(table.columns))).limit(draw(st.integers(1, 6)))


def _distinct(draw: Draw, table: ir.Table) -> ir.Table:
    return table.distinct()


def _drop_null(draw: Draw, table: ir.Table) -> ir.Table:
    how = draw(st.sampled_from(["any", "all"]))
    return table.drop_null(_some(draw, list(table.columns)) if draw(st.booleans()) else None, how=how)


def _fill_null(draw: Draw, table: ir.Table) -> ir.Table:
    if not _integers(table):
        return table
    return table.fill_null({draw(st.sampled_from(_integers(table))): draw(st.integers(0, 3))})


def _group(draw: Draw, table: ir.Table) -> ir.Table:
    keys = _keys(draw, table)
    metrics: dict[str, ir.Value] = {_new_name(table, "g"): table.count()}
    rest = [name for name in table.columns if name not in keys]
    for name in _some(draw, rest, least=0) if rest else []:
        metrics[name] = _reduction(draw, table, name)
    return table.group_by(*keys).agg(**metrics)


def _reduction(draw: Draw, table: ir.Table, name: str) -> ir.Value:
    column = table[name]
    where = _predicate(draw, table) if draw(st.booleans()) else None
    order = table[draw(st.sampled_from(table.columns))]
    choices = [
        column.max(where=where),
        column.min(where=where),
        column.first(where=where, order_by=[order, column]),
        column.last(where=where, order_by=[order, column]),
    ]
    if name in _integers(table):
        choices += [(column % 7).sum(where=where), column.nunique(where=where).cast("int64")]
    return draw(st.sampled_from(choices))


def _window_value(draw: Draw, table: ir.Table) -> ir.Value:
    partition = _keys(draw, table) if draw(st.integers(0, 4)) else []
    column = table[draw(st.sampled_from(table.columns))]
    total = list(draw(st.permutations(table.columns)))
    direction = ibis.desc if draw(st.booleans()) else ibis.asc
    order = [direction(total[0]), *total[1:]]
    choices = [
        ibis.row_number().over(group_by=partition, order_by=order),
        column.lag().over(group_by=partition, order_by=order),
        column.lead(2).over(group_by=partition, order_by=order),
        column.first().over(group_by=partition, order_by=order),
        column.rank().over(group_by=partition),
        column.max().over(group_by=partition),
        column.count().over(group_by=partition, order_by=order, rows=(1, None)),
        table.count().over(group_by=partition),
    ]
    return draw(st.sampled_from(choices))


def _window(draw: Draw, table: ir.Table) -> ir.Table:
    return table.mutate(**{_new_name(table, "w"): _window_value(draw, table)})


def _qualify(draw: Draw, table: ir.Table) -> ir.Table:
    if not table.columns:
        return table
    keys = _keys(draw, table)
    order = list(draw(st.permutations(table.columns)))
    return table.filter(ibis.row_number().over(group_by=keys, order_by=order) < draw(st.integers(1, 3)))


def _unnest(draw: Draw, table: ir.Table) -> ir.Table:
    arrays = columns_of(table, "array<int64>")
    if not arrays:
        return table
    name = draw(st.sampled_from(arrays))
    if draw(st.booleans()):
        return table.mutate(**{_new_name(table, "u"): table[name].unnest()})
    offset = draw(st.sampled_from([None, _new_name(table, "o")]))
    return table.unnest(name, offset=offset, keep_empty=draw(st.booleans()))


def _collect(draw: Draw, table: ir.Table) -> ir.Table:
    if not _integers(table):
        return table
    keys = _keys(draw, table)
    name = draw(st.sampled_from(_integers(table)))
    return table.group_by(*keys).agg(**{_new_name(table, "l"): table[name].collect(order_by=table[name])})


def _pivot_longer(draw: Draw, table: ir.Table) -> ir.Table:
    if len(_integers(table)) < 2:
        return table
    names = list(draw(st.permutations(_integers(table))))[:2]
    return table.pivot_longer(names, names_to=_new_name(table, "k"), values_to=_new_name(table, "x"))


def _set(draw: Draw, table: ir.Table) -> ir.Table:
    other = _filter(draw, table.view())
    integers = _integers(table)
    if len(integers) > 1 and draw(st.booleans()):
        one, two = draw(st.permutations(integers))[:2]
        other = other.rename({one: two, two: one}).select(*table.columns)
    distinct = draw(st.booleans())
    return draw(
        st.sampled_from(
            [
                table.union(other, distinct=distinct),
                table.intersect(other, distinct=distinct),
                table.difference(other, distinct=distinct),
            ]
        )
    )


def _right_side(draw: Draw, table: ir.Table) -> ir.Table:
    right = draw(st.sampled_from([n, c, m, table]))
    for step in draw(st.lists(st.sampled_from(SIMPLE_STEPS), max_size=2)):
        right = step(draw, right)
    return right.view()


def _join_predicates(draw: Draw, left: ir.Table, right: ir.Table) -> list[ir.BooleanValue]:
    """Mostly on columns of one name; sometimes on any two of one type, and sometimes with an inequality beside."""
    shared = [name for name in columns_of(left, "int64", "string") if name in columns_of(right, "int64", "string")]
    shared = [name for name in shared if left[name].type().is_string() == right[name].type().is_string()]
    pairs = [(name, name) for name in shared]
    if draw(st.integers(0, 3)) == 0 or not pairs:
        pairs = [(one, two) for one in _integers(left) for two in _integers(right)] or pairs
    predicates = [left[one] == right[two] for one, two in (_some(draw, pairs) if pairs else [])]
    if predicates and _integers(left) and _integers(right) and draw(st.integers(0, 3)) == 0:
        predicates.append(left[_integers(left)[0]] <= right[_integers(right)[0]])
    return predicates or [ibis.literal(True)]


def _join(draw: Draw, table: ir.Table) -> ir.Table:
    right = _right_side(draw, table)
    how = draw(st.sampled_from(["inner", "left", "right", "outer", "semi", "anti"]))
    predicates = _join_predicates(draw, table, right)
    joined = table.join(right, predicates, how=how)
    if how in ("semi", "anti"):
        return joined.select(*(table[name] for name in table.columns))
    taken = {name: table[name] for name in table.columns}
    for name in _some(draw, list(right.columns)):
        taken[name if name not in taken or draw(st.booleans()) else _new_name(table, "r")] = right[name]
    for name in set(OWN) & set(table.columns) & set(right.columns):
        if draw(st.booleans()) and table[name].type().copy(nullable=True) == right[name].type().copy(nullable=True):
            taken[name] = ibis.coalesce(table[name], right[name])
    joined = joined.select(**taken)
    return joined.view() if draw(st.booleans()) else joined


def _subquery(draw: Draw, table: ir.Table) -> ir.Table:
    if not _integers(table):
        return table
    name = draw(st.sampled_from(_integers(table)))
    other = _filter(draw, c)
    if draw(st.booleans()):
        return table.filter(table[name].isin(other[draw(st.sampled_from(_integers(other)))]))
    top = other.agg(top=(other.w % 5).sum()).as_scalar()
    return table.mutate(**{_new_name(table, "s"): (table[name] % 3 + top).cast("int64")})


SIMPLE_STEPS = (_filter, _mutate, _select, _rename, _drop, _group, _distinct)
STEPS = (
    *SIMPLE_STEPS,
    _filter_two,
    _swap,
    _sort,
    _limit,
    _drop_null,
    _fill_null,
    _group,
    _window,
    _window,
    _qualify,
    _unnest,
    _collect,
    _pivot_longer,
    _set,
    _join,
    _join,
    _join,
    _subquery,
)
