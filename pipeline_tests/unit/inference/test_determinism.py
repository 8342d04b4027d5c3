"""What a plan may not hold, each found by name, and the ordered or declared form beside it, which is fine."""

from __future__ import annotations

import ibis
import pytest
from ibis import _

from pipeline_assets.inference.determinism import foreign_leaves, nondeterministic
from pipeline_assets.inference.functions import stable_hash
from pipeline_tests.unit.inference.plans import PLANS, n


@ibis.udf.scalar.builtin
def md5_number(text: str) -> int: ...


@ibis.udf.scalar.python
def twice(value: int) -> int:
    return value * 2


@ibis.udf.scalar.python(name="stable_hash")
def pretender(text: str) -> int:
    return 1


f = ibis.table({"file_id": "!int64", "share": "float64"}, name="f")

UNDECIDED = [
    ("TimestampNow", lambda: n.mutate(z=ibis.now())),
    ("DateNow", lambda: n.mutate(z=ibis.today())),
    ("RandomScalar", lambda: n.mutate(z=ibis.random())),
    ("RandomUUID", lambda: n.mutate(z=ibis.uuid())),
    ("Sample", lambda: n.sample(0.5)),
    ("Hash", lambda: n.mutate(z=_.kind.hash())),
    ("Limit", lambda: n.limit(3)),
    ("Limit", lambda: n.order_by("v").group_by("kind").agg(rows=_.count()).limit(3)),
    ("Limit", lambda: n.limit(None, offset=2)),
    ("First", lambda: n.group_by("kind").agg(z=_.v.first())),
    ("Last", lambda: n.group_by("kind").agg(z=_.v.last())),
    ("Arbitrary", lambda: n.group_by("kind").agg(z=_.v.arbitrary())),
    ("First", lambda: n.distinct(on="kind")),
    ("ArgMax", lambda: n.group_by("kind").agg(z=_.v.argmax(_.node_id))),
    ("Mode", lambda: n.group_by("kind").agg(z=_.v.mode())),
    ("ArrayCollect", lambda: n.group_by("kind").agg(z=_.v.collect())),
    ("ArrayCollect", lambda: n.group_by("kind").agg(z=_.v.collect().sort(), y=_.v.collect()[0])),
    ("GroupConcat", lambda: n.group_by("file_id").agg(z=_.kind.group_concat())),
    ("ApproxCountDistinct", lambda: n.agg(z=_.v.approx_nunique())),
    ("RowNumber", lambda: n.mutate(z=ibis.row_number())),
    ("RowNumber", lambda: n.mutate(z=ibis.row_number().over(group_by="kind"))),
    ("Lag", lambda: n.mutate(z=_.v.lag())),
    ("First", lambda: n.mutate(z=_.v.first().over(group_by="kind"))),
    ("ArrayCollect", lambda: n.mutate(z=_.v.collect().over(group_by="kind"))),
    ("WindowFunction", lambda: n.mutate(z=_.v.cumsum())),
    ("Sum", lambda: f.agg(z=_.share.sum())),
    ("Mean", lambda: f.mutate(z=_.share.mean().over(group_by="file_id"))),
    ("StandardDev", lambda: n.agg(z=_.v.std())),
]


@pytest.mark.parametrize(("operation", "build"), UNDECIDED, ids=lambda value: value if isinstance(value, str) else "")
def test_what_rows_do_not_decide_is_found(operation, build):
    assert [found for found, _why in nondeterministic(build())] == [operation]


DECIDED = [
    lambda: n.order_by("node_id").limit(3),
    lambda: n.order_by("node_id").filter(_.v > 3).select("v").limit(3),
    lambda: n.limit(0),
    lambda: n.group_by("kind").agg(z=_.v.first(order_by=_.node_id)),
    lambda: n.group_by("kind").agg(z=_.v.collect().sort()),
    lambda: n.group_by("kind").agg(z=_.v.collect(order_by=_.node_id), top=_.v.max(), rows=_.count()),
    lambda: n.mutate(z=ibis.row_number().over(group_by="kind", order_by="node_id")),
    lambda: n.mutate(z=_.v.first().over(group_by="kind", order_by="node_id")),
    lambda: n.mutate(z=_.v.sum().over(group_by="kind")),
    lambda: n.mutate(z=_.v.rank()),
    lambda: n.agg(total=_.v.sum(), mean=_.v.mean()),
    lambda: n.mutate(z=stable_hash(_.kind)),
]


@pytest.mark.parametrize("build", DECIDED)
def test_what_rows_decide_passes(build):
    assert nondeterministic(build()) == []
    assert foreign_leaves(build()) == []


def test_one_first_in_two_places_is_found_where_it_is_bare():
    """The same operation is fine in an ordered window and not in an aggregate."""
    first = n.v.first()
    windowed = n.mutate(z=first.over(group_by="kind", order_by="node_id"))
    assert nondeterministic(windowed) == []
    assert [name for name, _ in nondeterministic(n.group_by("kind").agg(z=first))] == ["First"]
    both = windowed.join(n.group_by("kind").agg(q=first).view(), "kind")
    assert [name for name, _ in nondeterministic(both)] == ["First"]


@pytest.mark.parametrize(
    ("name", "build"),
    [
        ("md5_number", lambda: n.mutate(z=md5_number(_.kind))),
        ("twice", lambda: n.mutate(z=twice(_.v))),
        ("stable_hash", lambda: n.mutate(z=pretender(_.kind))),
        ("other", lambda: n.alias("other")),
        ("n", lambda: n.select("v").union(ibis.table({"v": "int64"}, name="n"))),
        ("far", lambda: ibis.table({"v": "int64"}, name="far", database="elsewhere")),
    ],
)
def test_foreign_inputs_are_found_by_name(name, build):
    assert [found for found, _why in foreign_leaves(build())] == [name]


def test_a_memtable_is_foreign():
    ((_name, why),) = foreign_leaves(ibis.memtable({"v": [1]}, schema={"v": "int64"}))
    assert "data inside the plan" in why


def test_a_parameter_bound_at_run_time_is_foreign():
    assert len(foreign_leaves(n.filter(_.v > ibis.param("int64")))) == 1


def test_the_plans_of_the_other_tests_are_deterministic():
    assert {plan.name: found for plan in PLANS if (found := nondeterministic(plan.build()))} == {}
