"""Lineage: argued plan by plan, then held to what DuckDB scans and to what really moves."""

from __future__ import annotations

import random

import ibis
import pytest
from ibis import _

from pipeline_assets.inference.errors import UnsupportedOperation
from pipeline_assets.inference.lineage import Lineage, lineage
from pipeline_tests.unit.inference.engine import Engine, to_sql
from pipeline_tests.unit.inference.plans import OWN, PLANS, TABLES, Plan, b, c, n, sources
from pipeline_tests.unit.inference.samples import changed_cells, emptied, sample

EVERY_PLAN = pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.name)


@pytest.fixture(scope="module")
def engine():
    return Engine(TABLES)


@EVERY_PLAN
def test_lineage_is_as_argued(plan: Plan):
    expr = plan.build()
    found = lineage(expr)
    expected = {
        column: sources(plan.direct[column]) if column in plan.direct else {("n", column)} for column in expr.columns
    }
    assert found.direct == expected
    assert found.indirect == sources(plan.rows)
    assert found.idle == sources(plan.idle)


@EVERY_PLAN
def test_duckdb_scans_only_what_is_read(plan: Plan, engine: Engine):
    engine.load(sample(random.Random(1)))
    expr = plan.build()
    reads = lineage(expr).reads
    for table, columns in engine.scanned(to_sql(expr)).items():
        assert columns <= set(reads[table])


@EVERY_PLAN
def test_what_is_not_read_does_not_matter(plan: Plan, engine: Engine):
    rows = sample(random.Random(2))
    expr = plan.build()
    sql, found = to_sql(expr), lineage(expr)
    engine.load(rows)
    before = engine.run(sql)
    matters = found.indirect.union(*found.direct.values())
    for dataset in TABLES:
        rows = emptied(rows, dataset, lambda column, dataset=dataset: (dataset, column) in matters)
    engine.load(rows)
    assert engine.run(sql) == before


@EVERY_PLAN
def test_every_claimed_column_can_move_the_result(plan: Plan, engine: Engine):
    """Reads are not wider than they need be: each is seen to matter for some cell."""
    rng = random.Random(3)
    expr = plan.build()
    sql, found = to_sql(expr), lineage(expr)
    for dataset, column in sorted(found.indirect.union(*found.direct.values()) - sources(plan.inert)):
        assert _moves(engine, sql, rng, dataset, column), f"{dataset}.{column} is claimed but changes nothing"


def _moves(engine: Engine, sql: str, rng: random.Random, dataset: str, column: str) -> bool:
    for _attempt in range(6):
        rows = sample(rng)
        engine.load(rows)
        before = engine.run(sql)
        for changed in changed_cells(rng, rows, dataset, column, times=8):
            engine.load_table(dataset, changed[dataset])
            if engine.run(sql) != before:
                return True
    return False


def test_reads_name_every_table_even_without_columns():
    found = lineage(n.agg(rows=_.count()))
    assert found.reads == {"n": ()}
    assert found.indirect_reads == {"n": ()}
    assert found.direct_reads == {}


def test_reads_are_sorted_and_keep_direct_and_indirect_apart():
    found = lineage(n.semi_join(c, "node_id").filter(_.v > 3).select("repository", "kind"))
    assert found.direct_reads == {"n": ("kind", "repository")}
    assert found.indirect_reads == {"c": ("node_id",), "n": ("node_id", "v")}
    assert found.reads == {"c": ("node_id",), "n": ("kind", "node_id", "repository", "v")}


def test_idle_columns_are_read_but_decide_nothing():
    found = lineage(n.mutate(r=ibis.row_number().over(order_by="v")).select(*OWN))
    assert found.reads["n"] == ("file_id", "repository", "v")
    assert ("n", "v") not in found.indirect.union(*found.direct.values())


def test_several_expressions_are_one_lineage():
    found = lineage({"left": n.filter(_.v > 3).select("kind"), "right": c.select(kind="label")})
    assert found == Lineage(
        {"left.kind": sources("n.kind"), "right.kind": sources("c.label")}, sources("n.v"), frozenset(), ("c", "n")
    )


@pytest.mark.parametrize(
    ("build", "operation"),
    [
        (lambda: n.asof_join(c, "node_id", "file_id"), "asof join"),
        (lambda: n.join(c, "file_id", how="any_left"), "any_left join"),
        (lambda: n.join(c.select("w"), how="positional"), "positional join"),
        (lambda: ibis.memtable({"a": [1]}), "InMemoryTable"),
        (lambda: b.alias("other"), "AliasedRelation"),
    ],
)
def test_what_is_not_known_is_refused_by_name(build, operation):
    with pytest.raises(UnsupportedOperation) as refused:
        lineage(build())
    assert refused.value.operation == operation


def test_a_deep_plan_does_not_overflow():
    deep = n
    for _step in range(400):
        deep = deep.mutate(v=_.v + 1)
    value = n.v
    for _step in range(400):
        value = value + n.node_id
    assert lineage(deep.select("v")).direct == {"v": sources("n.v")}
    assert lineage(n.select(z=value)).direct == {"z": sources("n.v n.node_id")}
