"""Lineage and grain against the engine, on plans and rows that nobody chose.

CPG_TEST_EXAMPLES sets how many plans are tried (40 by default, a few seconds).
"""

from __future__ import annotations

import os
import random
from collections import Counter

import duckdb
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pytest
from hypothesis import HealthCheck, event, given, reject, settings
from hypothesis import strategies as st
from ibis.common.exceptions import IbisError

from pipeline_assets.inference.fingerprint import expression_fingerprint
from pipeline_assets.inference.grain import expression_grain
from pipeline_assets.inference.lineage import Lineage, lineage
from pipeline_tests.functional.random_plans import random_plans
from pipeline_tests.unit.inference.engine import Engine, to_sql
from pipeline_tests.unit.inference.plans import FACTS, TABLES, n
from pipeline_tests.unit.inference.samples import changed_cells, emptied, parts, sample

ENGINE = Engine(TABLES)
SEEDS = st.integers(0, 10_000)
bounded = settings(
    max_examples=int(os.environ.get("CPG_TEST_EXAMPLES", "40")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize="CPG_TEST_EXAMPLES" not in os.environ,
)


@bounded
@given(random_plans(), SEEDS)
def test_a_changed_cell_moves_only_columns_that_claim_it(expr: ir.Table, seed: int):
    sql = _compiled(expr)
    assert not list(unclaimed_moves(lineage(expr), sql, seed))


@bounded
@given(random_plans(), SEEDS)
def test_what_is_not_read_is_neither_scanned_nor_missed(expr: ir.Table, seed: int):
    sql, found = _compiled(expr), lineage(expr)
    rows = sample(random.Random(seed))
    ENGINE.load(rows)
    before = ENGINE.run(sql)
    for table, columns in ENGINE.scanned(sql).items():
        assert columns <= set(found.reads[table]) or _defeats_pruning(expr, sql), table
    matters = found.indirect.union(*found.direct.values())
    for dataset in TABLES:
        rows = emptied(rows, dataset, lambda column, dataset=dataset: (dataset, column) in matters)
    ENGINE.load(rows)
    assert ENGINE.run(sql) == before


@bounded
@given(random_plans(), SEEDS)
def test_a_plan_runs_part_by_part_at_its_grain(expr: ir.Table, seed: int):
    sql, verdict = _compiled(expr), expression_grain(expr, FACTS)
    event(f"{verdict.grain} grain")
    if verdict.grain == "platform":
        return
    rows = sample(random.Random(seed))
    ENGINE.load(rows)
    whole, together = ENGINE.run(sql), Counter()
    for part in parts(rows, verdict.grain):
        ENGINE.load(part)
        together += ENGINE.run(sql)
    assert whole == together


@bounded
@given(random_plans(), random_plans(), SEEDS)
def test_equal_fingerprints_mean_equal_rows(left: ir.Table, right: ir.Table, seed: int):
    """Two random plans rarely agree; a plan and its own rebuilt copy must."""
    assert expression_fingerprint(left) == expression_fingerprint(left.view())
    if expression_fingerprint(left).whole == expression_fingerprint(right).whole:
        ENGINE.load(sample(random.Random(seed)))
        assert ENGINE.run(_compiled(left)) == ENGINE.run(_compiled(right))


def test_duckdb_prunes_no_columns_to_the_right_of_a_distinct():
    """Why plans that hold both are let off above; once DuckDB mends this, they need not be."""
    distinct, filtered = n.select("kind").distinct(), n.filter(n.v > 3).view()
    expr = distinct.join(filtered, distinct.kind == filtered.kind).select(distinct.kind)
    assert _scans_of(expr) == {"n": set(n.columns)}
    assert lineage(expr).reads == {"n": ("kind", "v")}


def test_the_oracle_sees_a_claim_that_is_missing():
    expr = n.filter(n.v > 3).select("kind")
    true = lineage(expr)
    missing = Lineage(true.direct, frozenset(), true.idle, true.tables)
    assert not list(unclaimed_moves(true, to_sql(expr), seed=1))
    assert ("kind", "n", "v") in unclaimed_moves(missing, to_sql(expr), seed=1)


def unclaimed_moves(found: Lineage, sql: str, seed: int):
    """(output column, dataset, column) wherever a changed cell moved an output column that did not claim it."""
    rng = random.Random(seed)
    rows = sample(rng)
    ENGINE.load(rows)
    before = ENGINE.run_columns(sql)
    for dataset in found.tables:
        for column in TABLES[dataset].columns:
            for changed in changed_cells(rng, rows, dataset, column, times=2):
                ENGINE.load_table(dataset, changed[dataset])
                after = ENGINE.run_columns(sql)
                for output, claimed in found.direct.items():
                    if after[output] != before[output] and (dataset, column) not in claimed | found.indirect:
                        yield output, dataset, column
        ENGINE.load_table(dataset, rows[dataset])


def _defeats_pruning(expr: ir.Table, sql: str) -> bool:
    """DuckDB 1.5 keeps every column of a WITH that it does not inline, and of a join's right side after a DISTINCT."""
    distinct = [node for node in expr.op().find((ops.Distinct, ops.Set)) if getattr(node, "distinct", True)]
    return sql.startswith("WITH ") or bool(distinct and expr.op().find(ops.JoinChain))


def _scans_of(expr: ir.Table) -> dict[str, set[str]]:
    ENGINE.load(sample(random.Random(1)))
    return ENGINE.scanned(to_sql(expr))


def _compiled(expr: ir.Table) -> str:
    """The SQL of a plan; plans that Ibis or DuckDB refuse are no examples."""
    try:
        sql = to_sql(expr)
        ENGINE.load({})
        ENGINE.run(sql)
    except (IbisError, duckdb.Error) as refused:
        event(f"refused: {type(refused).__name__}")
        reject()
        pytest.fail("unreachable")
    return sql
