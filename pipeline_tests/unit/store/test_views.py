"""The views of readers, and the catalog file that holds them for any DuckDB client."""

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline_assets.inference.contract import Column, Contract
from pipeline_assets.store.catalog import build_catalog
from pipeline_assets.store.errors import CorruptPart, QueryFailed, UnknownRepository, WarehouseUnwritable
from pipeline_assets.store.names import PLATFORM
from pipeline_assets.store.publish import commit
from pipeline_assets.store.records import RECORDS, RUNS, append
from pipeline_assets.store.views import Catalog, View, visible_snapshots

from .samples import CALLS, FUNCTIONS, calls_table, functions_table, made
from .test_records import run_row

BUSY = View(
    "busy",
    "SELECT f.name, count(*) AS n FROM calls AS c "
    "JOIN functions AS f ON (f.repository, f.node_id) = (c.repository, c.callee) GROUP BY ALL",
    "Who's called most.",
    {"n": 'How "often"; it\'s a count.'},
)
CATALOG = Catalog((FUNCTIONS, CALLS), views=(BUSY,), macros={"twice": "CREATE OR REPLACE MACRO twice(x) AS x * 2"})


def ask(warehouse, sql):
    with duckdb.connect(warehouse.catalog, read_only=True) as connection:
        return connection.execute(sql).fetchall()


@pytest.fixture
def published(warehouse, tmp_path):
    warehouse.register("s/2 'é'", tmp_path)
    for name, count in (("r", 4), ("s/2 'é'", 3)):
        functions = made(warehouse, FUNCTIONS, functions_table(count, name))
        calls = made(warehouse, CALLS, calls_table(count, name), {"functions": functions.data_version})
        commit(warehouse, name, {"functions": functions, "calls": calls})
    return warehouse


def test_views_unite_the_repositories(published):
    build_catalog(published, CATALOG)
    counts = "SELECT repository, count(*) FROM functions GROUP BY ALL ORDER BY ALL"
    assert ask(published, counts) == [("r", 4), ("s/2 'é'", 3)]
    assert ask(published, "SELECT twice(n) FROM busy WHERE name = 'f1'") == [(4,)]  # function 2 calls it, in both


def test_views_and_columns_say_what_they_hold(published):
    build_catalog(published, CATALOG)
    comments = dict(ask(published, "SELECT view_name, comment FROM duckdb_views() WHERE NOT internal"))
    assert comments["calls"] == CALLS.description
    assert comments["busy"] == "Who's called most."
    columns = ask(published, "SELECT column_name, comment FROM duckdb_columns() WHERE table_name = 'functions'")
    assert columns == [(column.name, column.description) for column in FUNCTIONS.columns]
    assert ("n", BUSY.columns["n"]) in ask(
        published, "SELECT column_name, comment FROM duckdb_columns() WHERE table_name = 'busy'"
    )


def test_everything_promised_is_there_and_typed_in_an_empty_warehouse(warehouse):
    build_catalog(warehouse, CATALOG)
    for name in ("functions", "calls", "busy", "dataset_versions", *(record.name for record in RECORDS)):
        assert ask(warehouse, f"SELECT count(*) FROM {name}") == [(0,)]
    kinds = [row[1] for row in ask(warehouse, "DESCRIBE functions")]
    assert kinds == ["VARCHAR", "BIGINT", "VARCHAR", "INTEGER", "DOUBLE"]


def test_records_are_views_too(warehouse):
    append(warehouse, RUNS, [run_row("a"), run_row("b")])
    build_catalog(warehouse, CATALOG)
    assert ask(warehouse, "SELECT run_id, seconds FROM runs ORDER BY ALL") == [("a", 1.5), ("b", 1.5)]


def test_what_an_older_plan_made_is_flagged(published):
    newer = Catalog((FUNCTIONS, CALLS), fingerprints={"functions": "another", "calls": "plan"})
    build_catalog(published, newer)
    flags = ask(published, "SELECT DISTINCT dataset, is_current_plan FROM dataset_versions ORDER BY ALL")
    assert flags == [("calls", True), ("functions", False)]
    comments = dict(ask(published, "SELECT view_name, comment FROM duckdb_views() WHERE NOT internal"))
    assert comments["functions"].endswith("Made by an older plan for: r, s/2 'é'.")
    assert "older" not in comments["calls"]


def test_datasets_with_older_columns_are_united_by_name(warehouse, tmp_path):
    old = Contract(
        name="functions",
        layer="normalize",
        description="As it once was.",
        columns=(
            Column("line", "int64", "The line, once wider."),
            Column("node_id", "int64", "The id."),
            Column("gone", "string", "Dropped since.", nullable=True),
            Column("repository", "string", "The repository."),
        ),
        key=("node_id",),
    )
    before = functions_table(2, "old").select(["line", "node_id", "name", "repository"])
    before = before.rename_columns(["line", "node_id", "gone", "repository"])
    warehouse.register("old", tmp_path)
    commit(warehouse, "old", {"functions": made(warehouse, old, before)})
    commit(warehouse, "r", {"functions": made(warehouse, FUNCTIONS, functions_table(2))})
    build_catalog(warehouse, CATALOG)
    rows = ask(warehouse, "SELECT repository, node_id, name, line, weight FROM functions ORDER BY ALL")
    assert rows == [
        ("old", 0, None, 0, None),
        ("old", 1, None, 1, None),
        ("r", 0, None, 0, 0.0),
        ("r", 1, "f1", 1, 1 / 7),
    ]
    assert [row[1] for row in ask(warehouse, "DESCRIBE functions")] == [
        "VARCHAR",
        "BIGINT",
        "VARCHAR",
        "INTEGER",
        "DOUBLE",
    ]


def test_platform_datasets_are_read_from_the_platform_only(published):
    commit(published, PLATFORM, {"calls": made(published, CALLS, calls_table(1, "everyone"))})
    build_catalog(published, Catalog((FUNCTIONS, CALLS), platform=frozenset({"calls"})))
    assert ask(published, "SELECT repository FROM calls") == [("everyone",)]
    assert ask(published, "SELECT count(*) FROM functions") == [(7,)]


def test_readers_of_the_old_catalog_are_not_disturbed_by_a_new_one(published):
    build_catalog(published, CATALOG)
    with duckdb.connect(published.catalog, read_only=True) as reader:
        build_catalog(published, Catalog((FUNCTIONS,)))
        assert reader.execute("SELECT count(*) FROM calls").fetchone() == (7,)
    with pytest.raises(duckdb.CatalogException):
        ask(published, "FROM calls")


def test_a_lost_file_is_named_and_the_old_catalog_stays(published):
    build_catalog(published, CATALOG)
    part = visible_snapshots(published, "r")[0].datasets["calls"].parts[0]
    (published.root / part.path).unlink()
    before = published.catalog.read_bytes()
    with pytest.raises(CorruptPart, match=r"dataset calls: the file data/calls/"):
        build_catalog(published, CATALOG)
    assert published.catalog.read_bytes() == before
    assert list((published.root / "staging").iterdir()) == []


def test_a_file_that_is_no_parquet_any_more_is_named(published):
    part = visible_snapshots(published, "r")[0].datasets["calls"].parts[0]
    (published.root / part.path).write_bytes(b"x" * part.bytes)
    with pytest.raises(CorruptPart, match="sha256 differs"):
        build_catalog(published, CATALOG)


def test_a_view_that_does_not_bind_is_named(published):
    with pytest.raises(QueryFailed, match="the view wrong cannot be made"):
        build_catalog(published, Catalog((FUNCTIONS,), views=(View("wrong", "SELECT nope FROM functions", ""),)))


def test_a_catalog_that_cannot_be_swapped_in_is_told(published):
    published.catalog.mkdir()
    with pytest.raises(WarehouseUnwritable, match=r"cpg\.duckdb"):
        build_catalog(published, CATALOG)


def test_what_one_repository_sees(published):
    assert [snapshot.repository for snapshot in visible_snapshots(published, "r")] == ["r"]
    assert len(visible_snapshots(published)) == 2
    with pytest.raises(UnknownRepository):
        visible_snapshots(published, "nope")


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.text(min_size=1, max_size=30).filter(lambda text: "\0" not in text and text.isprintable()),
    comment=st.text(max_size=30).filter(lambda text: "\0" not in text),
)
def test_any_text_is_quoted_as_a_name_and_as_a_comment(warehouse, name, comment):
    view = View(f"v {name}", "SELECT 1 AS one", comment, {"one": comment})
    build_catalog(warehouse, Catalog((), views=(view,)))
    found = ask(warehouse, "SELECT view_name, comment FROM duckdb_views() WHERE view_name LIKE 'v %'")
    assert found == [(f"v {name}", comment)]
