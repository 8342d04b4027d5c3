"""DuckDB connections: nothing leaks in, views have the contract's types, results stream."""

import duckdb
import pyarrow as pa
import pytest

from pipeline_assets.store.columns import arrow_schema, arrow_type, duckdb_type, inline_select, stored_columns
from pipeline_assets.store.connection import BATCH_ROWS, connect, relation_view, stream
from pipeline_assets.store.errors import UnstorableType
from pipeline_assets.store.parquet import write_part
from pipeline_assets.store.warehouse import Warehouse

from .samples import FUNCTIONS, functions_table
from .test_parquet import EVERY_TYPE, every_type_table


def types(connection, name):
    return [(row[0], row[1]) for row in connection.execute(f'DESCRIBE "{name}"').fetchall()]


def test_settings_are_what_was_asked_for(tmp_path):
    with connect(memory_limit="100MB", threads=1, temp=tmp_path / "t", ordered=True) as connection:
        names = ("threads", "temp_directory", "preserve_insertion_order", "autoinstall_known_extensions", "TimeZone")
        found = [connection.execute(f"SELECT current_setting('{name}')").fetchone()[0] for name in names]
    assert found == [1, str(tmp_path / "t"), True, False, "UTC"]


def test_without_a_folder_nothing_is_spilled(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with connect(memory_limit="20MB", threads=1) as connection, pytest.raises(duckdb.OutOfMemoryException):
        connection.execute("SELECT * FROM (SELECT x, md5(x::VARCHAR) h FROM range(2000000) t(x)) ORDER BY h").fetchall()
    assert list(tmp_path.iterdir()) == []


def test_python_variables_are_not_tables():
    secret = pa.table({"x": [1]})
    with duckdb.connect() as unguarded:
        assert unguarded.execute("FROM secret").fetchall() == [(1,)]  # the control: it does happen
    with connect() as connection, pytest.raises(duckdb.CatalogException, match="secret"):
        connection.execute("FROM secret")
    assert secret.num_rows == 1


def test_macros_are_known():
    with connect(macros={"twice": "CREATE MACRO twice(x) AS x * 2"}) as connection:
        assert connection.execute("SELECT twice(21)").fetchone() == (42,)


def test_a_view_over_parts_has_the_contracts_types_with_and_without_rows(warehouse):
    part = write_part(every_type_table(), EVERY_TYPE, warehouse.root)
    none = write_part(every_type_table().slice(0, 0), EVERY_TYPE, warehouse.root)
    columns = stored_columns(EVERY_TYPE)
    with connect() as connection:
        relation_view(connection, "full", [part, none], columns, warehouse.root)
        relation_view(connection, "without parts", [], columns, warehouse.root)
        relation_view(connection, "without rows", [none], columns, warehouse.root)
        assert types(connection, "full") == [(c.name, duckdb_type(c.type)) for c in columns]
        assert types(connection, "without parts") == types(connection, "without rows") == types(connection, "full")
        assert connection.execute('SELECT count(*) FROM "full"').fetchone() == (3,)
        assert connection.execute('SELECT count(*) FROM "without parts"').fetchone() == (0,)


@pytest.mark.parametrize("folder", ["plain", "it's", "a[b]*?", "key=1", "sp ace", "é😀", 'quo"te'])
def test_a_warehouse_may_lie_in_a_folder_of_any_name(tmp_path, folder):
    warehouse = Warehouse.create(tmp_path / folder)
    part = write_part(functions_table(3), FUNCTIONS, warehouse.root)
    with connect() as connection:
        relation_view(connection, 'odd "view"', [part], stored_columns(FUNCTIONS), warehouse.root)
        rows = connection.execute('SELECT node_id FROM "odd ""view"""').fetchall()
        assert [name for name, _ in types(connection, 'odd ""view""')] == list(FUNCTIONS.names)
    assert sorted(rows) == [(0,), (1,), (2,)]


def test_results_arrive_in_batches():
    with connect() as connection:
        reader = stream(connection, f"SELECT x FROM range({BATCH_ROWS * 2 + 1}) t(x)")
        sizes = [batch.num_rows for batch in reader]
    assert sum(sizes) == BATCH_ROWS * 2 + 1
    assert max(sizes) <= BATCH_ROWS


def test_rows_kept_in_a_view_are_typed_and_quoted():
    columns = stored_columns(FUNCTIONS)
    rows = [('it\'s "r"', 2**60, None, 3, 1.5), ("s", 1, "é\n", 4, None)]
    with connect() as connection:
        table = connection.execute(inline_select(columns, rows)).to_arrow_table()
        empty = connection.execute(inline_select(columns, [])).to_arrow_table()
    assert [tuple(row.values()) for row in table.to_pylist()] == rows
    assert table.schema.types == empty.schema.types == arrow_schema(columns).types


@pytest.mark.parametrize("name", ["int", "decimal(3, 2)", "array<json>", "map<string, int64>", ""])
def test_a_type_that_cannot_be_stored_is_refused_with_those_that_can(name):
    for use in (arrow_type, duckdb_type):
        with pytest.raises(UnstorableType, match="use one of int8"):
            use(name)


def test_it_prints_nothing_of_its_own():
    """A bar of DuckDB's on stdout would stand in the middle of `--json`."""
    assert connect().execute("SELECT current_setting('enable_progress_bar')").fetchone() == (False,)
