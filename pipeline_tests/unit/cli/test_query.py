"""`cpg query`: four forms of the same rows, and everything that is refused."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipeline_assets.cli import query
from pipeline_tests.unit.cli.conftest import Cpg


def test_the_forms_agree(built: Cpg, tmp_path: Path):
    sql = "SELECT path, size FROM paths ORDER BY path"
    rows = [{"path": "pkg/__init__.py", "size": 0}, {"path": "pkg/a.py", "size": 6}]
    assert built("query", sql, "--json").json == rows
    assert list(csv.DictReader(io.StringIO(built("query", sql, "--csv").out))) == [
        {name: str(value) for name, value in row.items()} for row in rows
    ]
    assert built("query", sql, "--parquet", tmp_path / "rows.parquet").code == 0
    assert pq.read_table(tmp_path / "rows.parquet").to_pylist() == rows
    table = built("query", sql).out
    assert "pkg/a.py" in table and "size" in table


def test_no_rows_are_an_empty_list(built: Cpg):
    assert built("query", "SELECT 1 AS one WHERE false", "--json").json == []
    assert built("query", "SELECT 1 AS one WHERE false", "--csv").out == "one\n"


def test_types_that_json_does_not_know(built: Cpg):
    sql = """
        SELECT DATE '2020-01-02' AS d, 'nan'::DOUBLE AS n, [1, 2] AS l, {'a': 1} AS s, 'x'::BLOB AS b,
            1.50::DECIMAL(4, 2) AS m
    """
    assert built("query", sql, "--json").json == [
        {"d": "2020-01-02", "n": None, "l": [1, 2], "s": {"a": 1}, "b": "78", "m": "1.50"}
    ]


def test_sql_may_come_from_stdin(built: Cpg, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("SELECT 42 AS answer"))
    assert built("query", "-", "--json").json == [{"answer": 42}]


def test_tables_and_stages_can_be_listed(built: Cpg):
    names = {row["name"] for row in built("query", "SHOW TABLES", "--json").json}
    assert {"paths", "sizes", "totals", "stages", "runs", "stage_runs", "waves"} <= names
    stages = built("query", "SELECT task_name, stage FROM stages ORDER BY ALL", "--json").json
    assert {"task_name": "sizes", "stage": "label"} in stages


@pytest.mark.parametrize(
    "sql",
    [
        "DROP VIEW paths",
        "CREATE TABLE x AS SELECT 1",
        "COPY (SELECT 1) TO 'stolen.csv'",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "INSTALL httpfs",
        "SET memory_limit = '1TB'",
        "SELECT 1; SELECT 2",
        "ATTACH 'other.duckdb'",
        "",
    ],
)
def test_anything_but_one_reading_statement_is_refused(built: Cpg, sql: str, tmp_path: Path):
    before = sorted(path.name for path in tmp_path.iterdir())
    ran = built("query", sql)
    assert ran.code == 1 and ran.err.startswith("error: ") and ran.out == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == before


@pytest.mark.parametrize("sql", ["SELEC 1", "SELECT * FROM nothing", "SELECT nothing FROM paths", "SELECT 'x'::INT"])
def test_sql_that_fails_says_what_is_wrong(built: Cpg, sql: str):
    ran = built("query", sql)
    assert ran.code == 1 and "error: " in ran.err and "unexpected" not in ran.err


def test_too_many_rows_are_refused(built: Cpg, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CPG_QUERY_ROWS", "10")
    ran = built("query", "FROM range(11)", "--json")
    assert ran.code == 1 and "more than 10 rows" in ran.err
    assert built("query", "FROM range(10)", "--json").code == 0


def test_a_long_table_is_cut_and_says_so(built: Cpg, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(query, "SHOWN", 3)
    ran = built("query", "FROM range(5)")
    assert "3 of 5 rows are shown" in ran.err
    assert [text.strip() for text in ran.out.splitlines()[2:]] == ["0", "1", "2"]


@pytest.mark.parametrize("extra", [["--json", "--csv"], ["--csv", "--parquet", "x"], ["--snapshot", "x"]])
def test_options_that_contradict_each_other_are_usage(built: Cpg, extra: list[str]):
    assert built("query", "SELECT 1", *extra).code == 2


def test_a_parquet_file_that_cannot_be_written_is_usage(built: Cpg, tmp_path: Path):
    ran = built("query", "SELECT 1 AS one", "--parquet", tmp_path / "no" / "rows.parquet")
    assert ran.code == 2 and "cannot be written" in ran.err


def test_an_older_snapshot_can_be_asked(built: Cpg, repository: Path):
    before = built("repositories", "--json").json[0]["snapshot"]
    (repository / "pkg" / "b.py").write_text("y = 1\n")
    built("build", repository)
    sql = "SELECT count(*) AS n FROM paths"
    assert built("query", sql, "--json").json == [{"n": 3}]
    assert built("query", sql, "--repository", "sample", "--snapshot", before, "--json").json == [{"n": 2}]
    ran = built("query", sql, "--repository", "sample", "--snapshot", "nothing")
    assert ran.code == 1 and "no such snapshot" in ran.err


def test_an_unknown_repository_is_named(built: Cpg):
    ran = built("query", "SELECT 1", "--repository", "nothing")
    assert ran.code == 1 and "'sample'" in ran.err
