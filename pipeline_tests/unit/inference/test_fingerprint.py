"""Fingerprints of plans: blind to what is only written differently, sensitive to whatever changes data."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pytest
from ibis import _

from pipeline_assets.inference.errors import UnsupportedOperation
from pipeline_assets.inference.fingerprint import ExpressionFingerprint, expression_fingerprint, short
from pipeline_assets.inference.functions import stable_hash
from pipeline_tests.unit.inference.plans import OWN, PLANS, c, n
from pipeline_tests.unit.inference.print_fingerprints import fingerprints

ROOT = Path(__file__).parents[3]
GOLDEN = ROOT / "pipeline_tests" / "golden" / "fingerprints.json"
PYTHONS = os.environ.get("CPG_TEST_PYTHONS", sys.executable).split(os.pathsep)


@pytest.mark.parametrize("seed", ["0", "4711"])
@pytest.mark.parametrize("python", PYTHONS)
def test_equal_in_every_process_hash_seed_and_python(python: str, seed: str):
    """CPG_TEST_PYTHONS lists further interpreters, separated like PATH, that have Ibis installed."""
    command = [python, "-W", "ignore", "-m", "pipeline_tests.unit.inference.print_fingerprints"]
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
    printed = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, check=True).stdout
    assert json.loads(printed) == json.loads(GOLDEN.read_bytes())


def test_this_interpreter_reproduces_the_golden_file():
    assert fingerprints() == json.loads(GOLDEN.read_bytes())


def view_again() -> ir.Table:
    left, right = n.view(), n.view()
    return left.join(right, left.parent_id == right.node_id).select(left.node_id, above=right.kind)


def deep(names: str) -> ir.Table:
    """A chain of steps whose helper column has another name each time."""
    table = n
    for name in names:
        table = table.mutate(**{f"helper_{name}": _.v + 1}).mutate(v=_[f"helper_{name}"]).drop(f"helper_{name}")
    return table.select("v")


SAME = {
    "view counters": (view_again, view_again),
    "names of helper columns": (lambda: deep("abc"), lambda: deep("xyz")),
    "column order below": (lambda: n.select("v", "kind").select("kind"), lambda: n.select("kind", "v").select("kind")),
    "columns added and dropped below": (lambda: n.select("v"), lambda: n.mutate(z=_.v * 2).drop("z").select("v")),
    "order of predicates": (lambda: n.filter(_.v > 3, _.kind == "x"), lambda: n.filter(_.kind == "x", _.v > 3)),
    "predicates or one AND": (lambda: n.filter(_.v > 3, _.kind == "x"), lambda: n.filter((_.v > 3) & (_.kind == "x"))),
    "one filter or two": (lambda: n.filter(_.v > 3, _.kind == "x"), lambda: n.filter(_.kind == "x").filter(_.v > 3)),
    "filter before or after a projection": (
        lambda: n.select("v", "kind").filter(_.v > 3),
        lambda: n.filter(_.v > 3).select("v", "kind"),
    ),
    "sides of an equality": (
        lambda: n.join(c, n.node_id == c.node_id).select(c.w),
        lambda: n.join(c, c.node_id == n.node_id).select(c.w),
    ),
    "order of join predicates": (
        lambda: n.join(c, ["node_id", "file_id"]).select(c.w),
        lambda: n.join(c, ["file_id", "node_id"]).select(c.w),
    ),
    "order of OR": (lambda: n.filter((_.v > 3) | (_.kind == "x")), lambda: n.filter((_.kind == "x") | (_.v > 3))),
    "order of group keys": (
        lambda: n.group_by("kind", "v").agg(rows=_.count()).select("kind", "v", "rows"),
        lambda: n.group_by("v", "kind").agg(rows=_.count()).select("kind", "v", "rows"),
    ),
    "order of partition keys": (
        lambda: n.select(z=_.v.max().over(group_by=["kind", "file_id"])),
        lambda: n.select(z=_.v.max().over(group_by=["file_id", "kind"])),
    ),
    "unrelated columns of the dataset": (
        lambda: n.select("v"),
        lambda: ibis.table({"v": "int64", "more": "string"}, name="n").select("v"),
    ),
    "sort of the result": (lambda: n.select("v"), lambda: n.order_by("v").select("v")),
}


@pytest.mark.parametrize("pair", SAME.values(), ids=SAME)
def test_blind_to(pair):
    left, right = (expression_fingerprint(build()) for build in pair)
    assert left == right


DIFFERENT = {
    "a literal": [lambda value=value: n.filter(_.v > value) for value in (3, 4)],
    "a literal's type": [
        lambda type_=type_: n.select(z=ibis.literal(1, type=type_)) for type_ in ("int8", "int64", "float64", "boolean")
    ],
    "text or number": [
        lambda value=value: n.select(z=ibis.literal(value)) for value in ("1", 1, 1.0, True, None, b"1")
    ],
    "the comparison": [
        lambda: n.filter(_.v > 3),
        lambda: n.filter(_.v >= 3),
        lambda: n.filter(_.v < 3),
        lambda: n.filter(_.v == 3),
        lambda: n.filter(_.v != 3),
        lambda: n.filter(_.v.identical_to(3)),
    ],
    "the sides of a comparison": [lambda: n.filter(_.v > _.node_id), lambda: n.filter(_.node_id > _.v)],
    "the sides of a difference": [lambda: n.select(z=_.v - _.node_id), lambda: n.select(z=_.node_id - _.v)],
    "AND or OR": [
        lambda: n.filter((_.v > 3) & (_.kind == "x")),
        lambda: n.filter((_.v > 3) | (_.kind == "x")),
        lambda: n.filter((_.v > 3) ^ (_.kind == "x")),
    ],
    "the join": [
        lambda how=how: n.join(c, "node_id", how=how).select(n.v)
        for how in ("inner", "left", "right", "outer", "semi", "anti")
    ],
    "the sides of a left join": [
        lambda: n.left_join(c, n.v == c.w).select(n.v),
        lambda: c.left_join(n, n.v == c.w).select(n.v),
    ],
    "the join's keys": [
        lambda: n.join(c, n.node_id == c.node_id).select(c.w),
        lambda: n.join(c, n.parent_id == c.node_id).select(c.w),
        lambda: n.join(c, ["node_id", "file_id"]).select(c.w),
    ],
    "the side of a self-join": [
        lambda: _self_join(lambda left, right: {"z": left.kind}),
        lambda: _self_join(lambda left, right: {"z": right.kind}),
    ],
    "the direction of a self-join": [
        lambda: _self_join(lambda left, right: {"z": left.kind}, lambda left, right: left.parent_id == right.node_id),
        lambda: _self_join(lambda left, right: {"z": left.kind}, lambda left, right: left.node_id == right.parent_id),
    ],
    "which of two joins to one table": [lambda: _two_joins("first"), lambda: _two_joins("second")],
    "the order of rows in a window": [
        lambda key=key: n.select(z=ibis.row_number().over(group_by="kind", order_by=key))
        for key in (
            n.node_id,
            n.node_id.desc(),
            n.node_id.asc(nulls_first=True),
            n.node_id.desc(nulls_first=True),
            n.v,
        )
    ],
    "the order of order keys": [
        lambda: n.select(z=ibis.row_number().over(order_by=["v", "kind"])),
        lambda: n.select(z=ibis.row_number().over(order_by=["kind", "v"])),
    ],
    "the frame of a window": [
        lambda frame=frame: n.select(z=_.v.sum().over(order_by="node_id", **frame))
        for frame in (
            {},
            {"rows": (None, 0)},
            {"rows": (-1, 0)},
            {"rows": (0, 1)},
            {"rows": (-2, 0)},
            {"range": (-1, 0)},
            {"range": (None, 0)},
        )
    ],
    "the partition": [
        lambda keys=keys: n.select(z=_.v.max().over(group_by=keys))
        for keys in ([], ["kind"], ["file_id"], ["kind", "file_id"])
    ],
    "the rows a window sees": [
        lambda: n.mutate(z=_.v.max().over(group_by="kind")).filter(_.v > 3).select("z"),
        lambda: n.filter(_.v > 3).mutate(z=_.v.max().over(group_by="kind")).select("z"),
    ],
    "the rows a filter on a window sees": [
        lambda: n.filter(ibis.row_number().over(order_by="node_id") == 0).filter(_.v > 3),
        lambda: n.filter(_.v > 3).filter(ibis.row_number().over(order_by="node_id") == 0),
    ],
    "how far a lag looks": [
        lambda: n.select(z=_.v.lag().over(order_by="node_id")),
        lambda: n.select(z=_.v.lag(2).over(order_by="node_id")),
        lambda: n.select(z=_.v.lag(1, 0).over(order_by="node_id")),
        lambda: n.select(z=_.v.lead().over(order_by="node_id")),
    ],
    "the aggregate": [
        lambda reduce=reduce: n.group_by("kind").agg(z=reduce)
        for reduce in (
            _.v.max(),
            _.v.min(),
            _.v.sum(),
            _.v.count(),
            _.count(),
            _.v.nunique(),
            _.node_id.max(),
            _.v.max(where=_.v > 3),
            _.v.max(where=_.v > 4),
            _.v.first(order_by=_.node_id),
            _.v.first(order_by=_.node_id.desc()),
            _.v.first(order_by=_.node_id, include_null=True),
            _.v.last(order_by=_.node_id),
            _.v.var(),
            _.v.var(how="pop"),
        )
    ],
    "the group keys": [
        lambda keys=keys: n.group_by(*keys).agg(rows=_.count()).select("rows")
        for keys in (["kind"], ["v"], ["kind", "v"])
    ],
    "the rows grouped": [
        lambda: n.group_by("kind").agg(rows=_.count()).filter(_.kind == "x"),
        lambda: n.filter(_.kind == "x").group_by("kind").agg(rows=_.count()),
    ],
    "a cast": [
        lambda: n.select(z=_.v),
        lambda: n.select(z=_.v.cast("int32")),
        lambda: n.select(z=_.v.cast("string")),
        lambda: n.select(z=_.v.try_cast("int32")),
    ],
    "a named option": [
        lambda unit=unit: ibis.table({"t": "timestamp"}, name="times").select(z=_.t.truncate(unit))
        for unit in ("D", "M", "h")
    ],
    "a hash function": [lambda how=how: n.select(z=_.kind.hexdigest(how)) for how in ("md5", "sha256")],
    "a declared function": [
        lambda: n.select(z=stable_hash(_.kind)),
        lambda: n.select(z=_.kind),
        lambda: n.select(z=other(_.kind)),
    ],
    "the set operation": [
        lambda: n.select("v").union(c.select(v="w")),
        lambda: n.select("v").union(c.select(v="w"), distinct=True),
        lambda: n.select("v").intersect(c.select(v="w")),
        lambda: n.select("v").difference(c.select(v="w")),
        lambda: c.select(v="w").difference(n.select("v")),
        lambda: n.select("v").difference(c.select(v="w"), distinct=False),
    ],
    "which columns a union pairs": [
        lambda: n.select(x="v", y="parent_id").union(n.select(x="v", y="parent_id")),
        lambda: n.select(x="v", y="parent_id").union(n.select(x="parent_id", y="v")),
    ],
    "what a distinct compares": [
        lambda: n.select("v").distinct(),
        lambda: n.select("v"),
        lambda: n.select("v", "kind").distinct().select("v"),
    ],
    "the limit": [
        lambda: n.order_by("node_id"),
        lambda: n.order_by("node_id").limit(3),
        lambda: n.order_by("node_id").limit(4),
        lambda: n.order_by("node_id").limit(3, offset=1),
        lambda: n.order_by("v").limit(3),
        lambda: n.order_by(ibis.desc("node_id")).limit(3),
        lambda: n.order_by("node_id").limit(3).filter(_.v > 3),
        lambda: n.filter(_.v > 3).order_by("node_id").limit(3),
    ],
    "the nulls dropped": [
        lambda: n.drop_null(["v"]),
        lambda: n.drop_null(["v", "kind"]),
        lambda: n.drop_null(["v", "kind"], how="all"),
        lambda: n.drop_null(),
    ],
    "the nulls filled": [
        lambda: n,
        lambda: n.fill_null({"v": 0}),
        lambda: n.fill_null({"v": 1}),
        lambda: n.fill_null({"parent_id": 0}),
    ],
    "the rows unnested": [
        lambda: n.select("v"),
        lambda: n.mutate(u=_.items.unnest()).select("v"),
        lambda: n.mutate(u=_.items.unnest()).mutate(u=_.items.unnest()).select("v"),
        lambda: n.unnest("items").select("v"),
        lambda: n.unnest("items", keep_empty=True).select("v"),
    ],
    "which of two unnests": [
        lambda: n.mutate(x=_.items.unnest()).mutate(y=_.items.unnest()).select(z="x"),
        lambda: n.mutate(x=_.items.unnest()).mutate(y=_.items.unnest()).select(z="y"),
    ],
    "element or position": [
        lambda: n.unnest("items", offset="at").select(z="items"),
        lambda: n.unnest("items", offset="at").select(z="at"),
    ],
    "the subquery": [
        lambda: n.mutate(z=_.v + c.agg(top=c.w.max()).as_scalar()),
        lambda: n.mutate(z=_.v + c.agg(top=c.w.min()).as_scalar()),
        lambda: n.mutate(z=_.v + c.filter(c.w > 1).agg(top=c.w.max()).as_scalar()),
    ],
    "the dataset": [lambda name=name: ibis.table({"v": "int64"}, name=name) for name in ("n", "c")],
    "the type of a column read": [
        lambda type_=type_: ibis.table({"v": type_}, name="n").select("v")
        for type_ in ("int64", "!int64", "int32", "string")
    ],
    "names and their order": [
        lambda: n.select("v", "kind"),
        lambda: n.select("kind", "v"),
        lambda: n.select("v", kynd="kind"),
        lambda: n.select(v="kind", kind="v"),
    ],
    "the case": [
        lambda: n.select(z=ibis.cases((n.v > 3, "a"), (n.v > 1, "b"), else_="c")),
        lambda: n.select(z=ibis.cases((n.v > 1, "b"), (n.v > 3, "a"), else_="c")),
        lambda: n.select(z=ibis.cases((n.v > 3, "a"), (n.v > 1, "b"))),
    ],
}


@ibis.udf.scalar.builtin(signature=(("string",), "int64"))
def other(text: str) -> int: ...


def _self_join(columns, predicate=lambda left, right: left.parent_id == right.node_id) -> ir.Table:
    right = n.view()
    return n.join(right, predicate(n, right)).select(**columns(n, right))


def _two_joins(which: str) -> ir.Table:
    first, second = n.view(), n.view()
    once = n.left_join(first, n.parent_id == first.node_id).select(n.node_id, n.v, x=first.kind)
    twice = once.left_join(second, once.v == second.v).select(once.node_id, once.x, y=second.kind)
    return twice.select(z={"first": "x", "second": "y"}[which])


@pytest.mark.parametrize("builds", DIFFERENT.values(), ids=DIFFERENT)
def test_sensitive_to(builds):
    found = [expression_fingerprint(build()).whole for build in builds]
    assert all(left != right for left, right in combinations(found, 2))


def test_no_two_named_plans_meet_unless_they_are_the_same():
    """Sorting a result changes nothing; nor does a value that nobody looks at, or the order of a union's columns."""
    found: dict[str, list[str]] = {}
    for plan in PLANS:
        if plan.fingerprint:
            found.setdefault(expression_fingerprint(plan.build()).whole, []).append(plan.name)
    assert sorted(names for names in found.values() if len(names) > 1) == [
        [
            "sort keys are read",
            "a window that nobody uses is still computed",
            "a scalar subquery that nobody uses is still computed",
        ],
        ["union all", "union, columns in another order"],
    ]


def changes(before: ir.Table, after: ir.Table) -> tuple[bool, set[str]]:
    """Whether the rows are other rows, and which columns are made differently or new."""
    old, new = expression_fingerprint(before), expression_fingerprint(after)
    return old.row_set != new.row_set, {name for name, found in new.columns.items() if found != old.columns.get(name)}


def test_a_change_says_what_it_touches():
    base = n.filter(_.v > 3).select(*OWN, "kind", z=_.v + 1)
    assert changes(base, n.filter(_.v > 3).select(*OWN, "kind", z=_.v + 1)) == (False, set())
    assert changes(base, n.filter(_.v > 3).select(*OWN, "kind", z=_.v + 2)) == (False, {"z"})
    assert changes(base, n.filter(_.v > 3).select(*OWN, "kind", z=_.v + 1, more=_.v)) == (False, {"more"})
    assert changes(base, n.filter(_.v > 4).select(*OWN, "kind", z=_.v + 1)) == (True, set())
    assert changes(base, n.filter(_.v > 3).select(*OWN, "kind")) == (False, set())


def test_other_rows_change_what_is_computed_over_them():
    by_kind = n.group_by("kind").agg(rows=_.count())
    assert changes(by_kind, n.filter(_.v > 3).group_by("kind").agg(rows=_.count())) == (True, {"rows"})


def test_short_is_a_prefix():
    found = expression_fingerprint(n)
    assert len(found.whole) == len(found.row_set) == 32
    assert found.whole.startswith(short(found.whole))
    assert len(short(found.whole)) == 16


def test_several_expressions_have_one_fingerprint():
    one = expression_fingerprint({"a": n.select("v"), "b": c.select("w")})
    assert one == expression_fingerprint({"b": c.select("w"), "a": n.select("v")})
    assert set(one.columns) == {"a.v", "b.w"}
    assert one.whole != expression_fingerprint({"b": n.select("v"), "a": c.select("w")}).whole
    assert isinstance(one, ExpressionFingerprint)


@ibis.udf.scalar.python
def twice(value: int) -> int:
    return value * 2


@pytest.mark.parametrize(
    ("operation", "build"),
    [
        ("twice", lambda: n.mutate(z=twice(_.v))),
        ("ScalarParameter", lambda: n.filter(_.v > ibis.param("int64"))),
        ("Subquery", lambda: n.filter((c.w == n.v).any())),
        ("Subquery", lambda: n.filter(n.v == c.filter(c.node_id == n.node_id).agg(top=c.w.max()).as_scalar())),
        ("InMemoryTable", lambda: ibis.memtable({"v": [1]}, schema={"v": "int64"})),
    ],
)
def test_what_has_no_stable_text_is_refused_by_name(operation, build):
    with pytest.raises(UnsupportedOperation) as refused:
        expression_fingerprint(build())
    assert refused.value.operation == operation


def test_a_deep_plan_does_not_overflow():
    plan, value = n, n.v
    for _step in range(400):
        plan, value = plan.mutate(v=_.v + 1), value + n.node_id
    assert expression_fingerprint(plan).whole != expression_fingerprint(n.mutate(v=value)).whole
