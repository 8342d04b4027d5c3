"""Queries read the warehouse's tables and nothing else, within limits, from files that were verified."""

import threading
import time

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_assets.store.errors import CorruptPart, QueryError, QueryFailed, QueryLimit, QueryRefused, UnknownSnapshot
from pipeline_assets.store.publish import commit
from pipeline_assets.store.query import Limits, open_session, query
from pipeline_assets.store.records import RUNS, append
from pipeline_assets.store.statement import names_in
from pipeline_assets.store.views import Catalog, View

from .samples import CALLS, FUNCTIONS, calls_table, flip_bit, functions_table, made
from .test_records import run_row

CATALOG = Catalog(
    (FUNCTIONS, CALLS),
    views=(View("named", "SELECT node_id, name FROM functions WHERE name IS NOT NULL", "Functions with a name."),),
    macros={"twice": "CREATE OR REPLACE MACRO twice(x) AS x * 2"},
)

READING = [
    ("SELECT count(*) AS n FROM functions", [{"n": 6}]),
    ("FROM functions SELECT max(node_id) AS m;", [{"m": 5}]),
    ("WITH f AS (FROM functions) SELECT min(line) AS m FROM f -- the first", [{"m": 0}]),
    ("(SELECT 1 AS one)", [{"one": 1}]),
    ("VALUES (1), (2)", [{"col0": 1}, {"col0": 2}]),
    ("TABLE named", [{"node_id": i, "name": f"f{i}"} for i in (1, 2, 4, 5)]),
    ("SELECT twice(21) AS answer", [{"answer": 42}]),
    ("SELECT x FROM range(2) t(x)", [{"x": 0}, {"x": 1}]),
    ("SELECT unnest([1, 2]) AS x", [{"x": 1}, {"x": 2}]),
    (
        "PIVOT functions ON line USING count(*) GROUP BY repository",
        [{"repository": "r", **{str(i): 1 for i in range(6)}}],
    ),
    ("UNPIVOT (SELECT 1 AS a, 2 AS b) ON a, b", [{"name": "a", "value": 1}, {"name": "b", "value": 2}]),
    ("SELECT 'a;b' AS s, 'COPY x TO y' AS t", [{"s": "a;b", "t": "COPY x TO y"}]),
]
LOOKING = [
    "DESCRIBE functions",
    "DESC functions",
    "SHOW TABLES",
    "SHOW functions",
    "SUMMARIZE functions",
    "EXPLAIN SELECT 1",
    "EXPLAIN ANALYZE FROM functions",
    "EXPLAIN (FORMAT json) FROM functions",
    "explain /* why */ analyze -- really\n select 1",
    "SELECT view_name FROM duckdb_views()",
    "SELECT * FROM information_schema.columns",
]
OUTSIDE = {
    "ATTACH '{outside}/other.duckdb'": None,
    "COPY functions TO '{outside}/stolen.csv'": None,
    "COPY (SELECT 1) TO '{outside}/stolen.csv'": None,
    "EXPORT DATABASE '{outside}/dump'": None,
    "INSTALL httpfs": None,
    "LOAD httpfs": None,
    "LOAD '{outside}/evil.so'": None,
    "SET threads = 1": None,
    "RESET threads": None,
    "PRAGMA threads = 1": None,
    "PRAGMA database_list": None,
    "PRAGMA enable_profiling": None,
    "USE memory": None,
    "CREATE TABLE t (x INTEGER)": None,
    "CREATE OR REPLACE VIEW functions AS SELECT 1": None,
    "CREATE TEMP VIEW functions AS SELECT 1": None,
    "CREATE MACRO twice(x) AS x": None,
    "CREATE SECRET s (TYPE s3)": None,
    "DROP VIEW functions": None,
    "ALTER VIEW functions RENAME TO f": None,
    "COMMENT ON VIEW functions IS 'x'": None,
    "INSERT INTO functions VALUES (1)": None,
    "UPDATE functions SET line = 1": None,
    "DELETE FROM functions": None,
    "WITH x AS (SELECT 1) DELETE FROM functions": None,
    "MERGE INTO functions USING functions ON true WHEN MATCHED THEN DELETE": None,
    "BEGIN": None,
    "CHECKPOINT": None,
    "VACUUM": None,
    "CALL enable_logging()": None,
    "PREPARE p AS SELECT 1": None,
    "EXECUTE p": None,
    "SELECT 1; SELECT 2": None,
    "SELECT 1; DROP VIEW functions": None,
    "EXPLAIN ANALYZE CREATE TABLE t AS SELECT 1": None,
    "EXPLAIN ANALYZE COPY functions TO '{outside}/stolen.csv'": None,
    "EXPLAIN (ANALYZE) DROP VIEW functions": None,
    "FROM read_csv('{outside}/secret.csv')": None,
    "FROM read_text('{outside}/secret.csv')": None,
    "FROM \"read_text\" /* c */ ('{outside}/secret.csv')": None,
    "FROM system.main.read_text -- c\n ('{outside}/secret.csv')": None,
    "FROM glob('{outside}/*')": None,
    "FROM '{outside}/secret.csv'": None,
    "FROM read_parquet('{outside}/secret.parquet')": None,
    "FROM '{outside}/secret.parquet'": None,
    "FROM read_csv('https://127.0.0.1:1/x.csv')": None,
    "FROM query('SELECT 1')": None,
    "FROM query_table('functions')": None,
    "FROM enable_logging(storage := 'file')": None,
    "FROM enable_profiling\u00a0()": None,
    "SELECT 1 FROM functions,\u2003enable_profiling()": None,
    "FROM arrow_scan(1, 2, 3)": None,
    "FROM json_execute_serialized_sql('x')": None,
    "FROM duckdb_secrets()": None,
    "": None,
    " ; ; ": None,
    "-- nothing": None,
    "SELECT '\udcff'": None,
}


@pytest.fixture
def published(warehouse):
    functions = made(warehouse, FUNCTIONS, functions_table(6))
    calls = made(warehouse, CALLS, calls_table(6), {"functions": functions.data_version})
    commit(warehouse, "r", {"functions": functions, "calls": calls})
    append(warehouse, RUNS, [run_row("a")])
    return warehouse


@pytest.fixture
def outside(tmp_path):
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "secret.csv").write_text("a,b\n1,2\n")
    duckdb.sql(f"COPY (SELECT 1 AS a) TO '{folder}/secret.parquet'")
    return folder


@pytest.mark.parametrize(("sql", "rows"), READING)
def test_reading_statements_give_their_rows(published, sql, rows):
    assert query(published, sql, CATALOG).to_pylist() == rows


@pytest.mark.parametrize("sql", LOOKING)
def test_looking_around_is_allowed(published, sql):
    assert query(published, sql, CATALOG).num_rows > 0


@pytest.mark.parametrize("sql", OUTSIDE)
def test_everything_else_is_refused_and_leaves_no_trace(published, outside, sql):
    before = sorted(path.name for path in outside.iterdir())
    with open_session(published, CATALOG) as session:
        with pytest.raises(QueryError):
            session.table(sql.format(outside=outside))
        assert session.table("SELECT count(*) AS n FROM functions").to_pylist() == [{"n": 6}]
        assert session.table("SELECT current_setting('threads') = 1 AS t").num_rows == 1
    assert sorted(path.name for path in outside.iterdir()) == before


@pytest.mark.parametrize(
    "sql",
    [
        "ATTACH '{outside}/other.duckdb'",
        "COPY (SELECT 1) TO '{outside}/stolen.csv'",
        "SET threads = 1",
        "CREATE VIEW v AS SELECT 1",
        "FROM read_csv('{outside}/secret.csv')",
        "FROM read_text('{outside}/secret.csv')",
        "FROM glob('{outside}/*')",
        "FROM '{outside}/secret.parquet'",
        "FROM enable_profiling()",
        "FROM query('SELECT 1')",
        "EXPLAIN ANALYZE CREATE TABLE t AS SELECT 1",
        "SELECT 1; CREATE TABLE t AS SELECT 1",
    ],
)
def test_the_control_an_unguarded_connection_does_all_of_that(outside, sql):
    with duckdb.connect() as unguarded:
        unguarded.execute(sql.format(outside=outside))


@pytest.mark.parametrize(
    "sql",
    [
        "ATTACH '{outside}/other.duckdb'",
        "COPY (SELECT 1) TO '{outside}/stolen.csv'",
        "LOAD httpfs",
        "SET threads = 1",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "SET allowed_directories = ['/']",
        "FROM read_csv('{outside}/secret.csv')",
        "FROM read_parquet('{outside}/secret.parquet')",
        "FROM read_parquet('{root}/data/*/*.parquet')",
        "FROM glob('{outside}/*')",
    ],
)
def test_the_second_wall_stands_without_the_first(published, outside, sql):
    """Whatever got past the check of the statement still finds DuckDB locked."""
    with open_session(published, CATALOG) as session, pytest.raises(duckdb.Error):
        session._connection.execute(sql.format(outside=outside, root=published.root))


def test_refusals_say_what_and_why(published):
    with pytest.raises(QueryRefused, match="DROP is not a reading statement; the query may only read"):
        query(published, "drop view functions", CATALOG)
    with pytest.raises(QueryRefused, match="more than one SQL statement"):
        query(published, "SELECT 1; SELECT 2", CATALOG)
    with pytest.raises(QueryRefused, match="the table function read_text is not allowed"):
        query(published, "FROM read_text('/etc/hostname')", CATALOG)
    with pytest.raises(QueryRefused, match="try `SHOW TABLES`"):
        query(published, "", CATALOG)


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT nope FROM functions", "nope"),
        ("FROM nowhere", "nowhere"),
        ("SELECT (1", "Parser Error"),
        ("SELECT 1 +", "syntax error"),
    ],
)
def test_failing_sql_says_why(published, sql, message):
    with pytest.raises(QueryFailed, match=message):
        query(published, sql, CATALOG)


def test_one_repository_and_one_snapshot_can_be_asked(published, tmp_path):
    published.register("s", tmp_path)
    first = commit(published, "s", {"functions": made(published, FUNCTIONS, functions_table(2, "s"))})
    commit(published, "s", {"functions": made(published, FUNCTIONS, functions_table(3, "s"))})
    sql = "SELECT count(*) AS n FROM functions"
    assert query(published, sql, CATALOG).to_pylist() == [{"n": 9}]
    assert query(published, sql, CATALOG, repository="s").to_pylist() == [{"n": 3}]
    assert query(published, sql, CATALOG, repository="s", snapshot=first.id).to_pylist() == [{"n": 2}]
    with pytest.raises(UnknownSnapshot):
        query(published, sql, CATALOG, repository="s", snapshot="nope")


def test_more_rows_than_allowed_is_an_error_not_a_cut(published):
    limits = Limits(rows=10)
    assert query(published, "FROM range(10)", CATALOG, limits=limits).num_rows == 10
    with pytest.raises(QueryLimit, match="more than 10 rows; add LIMIT"):
        query(published, "FROM range(11)", CATALOG, limits=limits)


@pytest.mark.parametrize(
    "sql", ["SELECT count(*) FROM range(100000000000) t(x) WHERE hash(x) = 1", "FROM range(100000000000000)"]
)
def test_time_runs_out_and_the_session_stays_usable(published, sql):
    with open_session(published, CATALOG, limits=Limits(rows=None, seconds=0.3)) as session:
        started = time.monotonic()
        with pytest.raises(QueryLimit, match=r"stopped after 0.3 seconds"):
            session.table(sql)
        assert time.monotonic() - started < 20
        assert session.table("SELECT 42 AS x").to_pylist() == [{"x": 42}]


def test_memory_runs_out_and_the_session_stays_usable(published):
    with open_session(published, CATALOG, limits=Limits(memory="50MB", threads=1)) as session:
        with pytest.raises(QueryLimit, match="out of memory"):
            session.table("SELECT len(list(x::VARCHAR)) FROM range(30000000) t(x)")
        assert session.table("SELECT 42 AS x").to_pylist() == [{"x": 42}]


def test_sorting_more_than_fits_spills_beside_and_cleans_up(published, tmp_path):
    spill = tmp_path / "spill"
    spill.mkdir()
    limits = Limits(rows=None, memory="60MB", threads=1)
    sql = "SELECT count(*) AS n FROM (SELECT x, md5(x::VARCHAR) h FROM range(2000000) t(x) ORDER BY h LIMIT 1999999)"
    assert query(published, sql, CATALOG, limits=limits, temp=spill).to_pylist() == [{"n": 1999999}]
    assert list(spill.iterdir()) == []


def test_a_query_can_be_interrupted_from_another_thread(published):
    with open_session(published, CATALOG) as session:
        timer = threading.Timer(0.3, session.interrupt)
        timer.start()
        with pytest.raises(QueryFailed, match=r"(?i)interrupt"):
            session.table("SELECT count(*) FROM range(100000000000) t(x) WHERE hash(x) = 1")
        timer.join()
        assert session.table("SELECT 42 AS x").num_rows == 1


def test_an_alarm_of_a_query_that_was_given_up_does_not_stop_the_next(published):
    with open_session(published, CATALOG, limits=Limits(rows=None, seconds=0.4)) as session:
        next(iter(session.reader("FROM range(100000000)")))
        slow = "SELECT count(*) AS n FROM range(30000000) t(x) WHERE hash(x) = 1"
        session.table("SELECT 1")
        time.sleep(0.5)
        assert session.table(slow.replace("30000000", "1000")).num_rows == 1


def test_results_can_be_read_batch_by_batch(published):
    with open_session(published, CATALOG, limits=Limits(rows=None)) as session:
        reader = session.reader("SELECT x FROM range(300000) t(x)")
        assert isinstance(reader, pa.RecordBatchReader)
        assert [batch.num_rows for batch in reader] == [122_880, 122_880, 54_240]


@pytest.mark.parametrize(
    "sql",
    [
        "FROM calls",
        'SELECT max(caller) FROM "Calls"',
        "SELECT (SELECT count(*) FROM calls)",
        "PIVOT calls ON callee USING count(*)",
        "SUMMARIZE calls",
    ],
)
@pytest.mark.parametrize("harm", ["page", "footer", "lost"])
def test_damage_under_a_query_is_named_and_other_tables_still_answer(published, sql, harm):
    path = next(published.root.glob("data/calls/*.parquet"))
    size = path.stat().st_size
    if harm == "lost":
        path.unlink()
    else:
        flip_bit(path, 40 if harm == "page" else size // 2)
    with open_session(published, CATALOG) as session:
        with pytest.raises(CorruptPart, match=r"dataset calls: the file data/calls/.*cpg doctor --repair"):
            session.table(sql)
        assert session.table("SELECT count(*) AS n FROM named").to_pylist() == [{"n": 4}]


@pytest.mark.parametrize(
    ("pattern", "sql", "dataset"),
    [("data/functions/*.parquet", "FROM named", "functions"), ("records/runs/*.parquet", "FROM runs", "runs")],
)
def test_damage_is_found_below_a_view_and_below_a_record(published, pattern, sql, dataset):
    flip_bit(next(published.root.glob(pattern)), 40)
    with pytest.raises(CorruptPart, match=f"dataset {dataset}"):
        query(published, sql, CATALOG)


def test_a_warehouse_in_which_nothing_can_be_written_can_be_queried(published):
    before = sorted(path for path in published.root.rglob("*"))
    query(published, "FROM functions", CATALOG)
    assert sorted(path for path in published.root.rglob("*")) == before


@given(
    st.sampled_from(["calls", '"calls"', '"CALLS"', "CALLS", "'calls'", "$$calls$$", "$t$calls$t$"]),
    st.sampled_from([" ", "\n", "/* x */", "-- x\n", "\u00a0", "\u3000", "\t", "\ufeff"]),
    st.sampled_from(["", " ", "-- end", "/* end */", ";", "\u00a0"]),
)
def test_names_are_found_however_they_are_written(name, space, end):
    assert "calls" in names_in(f"SELECT 'é' ,1 FROM{space}{name}{end}")
