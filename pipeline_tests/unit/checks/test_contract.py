"""Contract checks on forged data: each promise is broken once, and named."""

from __future__ import annotations

import duckdb
import ibis
import pytest

from pipeline_assets.checks.contract import SAMPLE_ROWS, check_contract, check_expression
from pipeline_assets.inference.contract import FILE_SHIFT, Column, Contract
from pipeline_assets.inference.manifest import CheckPlan
from pipeline_assets.project import render
from pipeline_assets.store.snapshot import Verdict

THINGS = Contract(
    name="things",
    layer="normalize",
    description="Things.",
    columns=(
        Column("repository", "string", "Repository."),
        Column("file_id", "int64", "File."),
        Column("thing_id", "int64", "Thing."),
        Column("kind", "string", "Kind.", nullable=True, values=("odd", "it's even")),
        Column("bstart", "int32", "First byte.", nullable=True),
        Column("bend", "int32", "Byte after the last.", nullable=True),
    ),
    key=("thing_id",),
    local=("file_id", "thing_id"),
    spans=(("bstart", "bend"),),
)
INSIDE = 7 << FILE_SHIFT
GOOD = ("r", 7, INSIDE, "it's even", 0, 4)


def connection_with(*rows: tuple) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE things (repository VARCHAR, file_id BIGINT, thing_id BIGINT, kind VARCHAR, bstart INT, bend INT)"
    )
    for row in rows:
        connection.execute("INSERT INTO things VALUES (?, ?, ?, ?, ?, ?)", row)
    return connection


def verdict_on(*rows: tuple) -> Verdict:
    return check_contract(connection_with(*rows), THINGS, "v1")


def test_good_rows_pass() -> None:
    verdict = verdict_on(GOOD, ("r", 7, INSIDE + 1, None, None, None))
    assert (verdict.passed, verdict.violations, verdict.message, verdict.sample) == (True, 0, "", ())
    assert (verdict.check, verdict.blocking, verdict.versions) == ("contract:things", True, {"things": "v1"})


def test_no_rows_pass() -> None:
    assert verdict_on().passed


@pytest.mark.parametrize(
    ("row", "broken"),
    [
        (("r", 7, INSIDE + 1, "even", 0, 1), "values:kind"),
        (("r", 7, INSIDE + 1, "odd", 3, 2), "span:bstart:bend"),
        (("r", 7, INSIDE + 1, "odd", -1, 2), "span:bstart:bend"),
        (("r", 7, INSIDE + 1, "odd", 3, None), "span:bstart:bend"),
        (("r", 8, INSIDE + 1, "odd", 0, 1), "local:thing_id"),
        (GOOD, "key"),
    ],
)
def test_each_broken_promise_is_named(row: tuple, broken: str) -> None:
    verdict = verdict_on(GOOD, row)
    assert (verdict.passed, verdict.violations, verdict.message) == (False, 1, f"{broken}: 1")
    assert [sample["violates"] for sample in verdict.sample] == [broken]


def test_rows_that_were_checked_before_can_only_break_the_key() -> None:
    connection = connection_with(GOOD, GOOD, ("r", 8, INSIDE + 1, "even", 0, 1))
    verdict = check_contract(connection, THINGS, "v1", rows_checked=True)
    assert (verdict.passed, verdict.message) == (False, "key: 1")
    assert check_contract(connection_with(GOOD), THINGS, "v1", rows_checked=True).passed


def test_rows_out_of_order_may_have_equal_keys_or_not() -> None:
    above, below = ("r", 7, INSIDE + 5, "odd", 0, 1), ("r", 7, INSIDE + 2, "odd", 0, 1)
    assert verdict_on(above, below).passed
    assert verdict_on(above, below, above).message == "key: 1"


def test_the_sample_shows_every_broken_promise_first() -> None:
    rows = [("r", 7, INSIDE + i, "even", 3, 2) for i in range(10)]
    verdict = verdict_on(*rows)
    assert verdict.violations == 20
    assert len(verdict.sample) == SAMPLE_ROWS
    assert [sample["violates"] for sample in verdict.sample[:2]] == ["values:kind", "span:bstart:bend"]


def test_an_expression_is_violated_by_its_rows() -> None:
    connection = duckdb.connect()
    connection.execute("CREATE TABLE things AS SELECT range AS thing_id FROM range(9)")
    things = ibis.table({"thing_id": "int64"}, name="things")
    plan = CheckPlan("few", "things", True, "No thing above three.", (), "f")
    failed = check_expression(connection, plan, render(things.filter(things.thing_id > 3)), {"things": "v1"})
    assert (failed.passed, failed.violations, len(failed.sample)) == (False, 5, SAMPLE_ROWS)
    assert failed.message == "No thing above three."
    passed = check_expression(connection, plan, render(things.filter(things.thing_id > 30)), {"things": "v1"})
    assert (passed.passed, passed.violations, passed.message) == (True, 0, "")
