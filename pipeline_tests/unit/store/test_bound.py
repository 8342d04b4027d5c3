"""What is read often is in memory, says the same, and gives way to other parts."""

from dataclasses import replace

import pyarrow as pa
import pytest

from pipeline_assets.inference.contract import Column
from pipeline_assets.store import bound
from pipeline_assets.store.bound import READ_OFTEN, Bound
from pipeline_assets.store.columns import stored_columns
from pipeline_assets.store.connection import connect
from pipeline_assets.store.errors import CorruptPart
from pipeline_assets.store.parquet import write_part

from .samples import FUNCTIONS, functions_table

COLUMNS = stored_columns(FUNCTIONS)


def scans(connection):
    """What a reader of `functions` reads: files or a table."""
    ((_, plan),) = connection.execute("EXPLAIN SELECT * FROM functions").fetchall()
    return "file" if "READ_PARQUET" in plan else "table"


def read(connection):
    shape = connection.execute("DESCRIBE functions").fetchall()
    return shape, connection.execute("FROM functions ORDER BY ALL").fetchall()


def test_what_is_read_often_is_in_memory_and_says_the_same(warehouse):
    part = write_part(functions_table(5), FUNCTIONS, warehouse.root)
    with connect() as connection:
        binding, found, places = Bound(connection, warehouse.root), [], []
        for _ in range(READ_OFTEN + 2):
            binding.bind("functions", (part,), COLUMNS)
            found.append(read(connection))
            places.append(scans(connection))
    assert places == ["file"] * READ_OFTEN + ["table"] * 2
    assert found[1:] == found[:-1]
    assert found[0][1]


def test_other_parts_take_the_place_of_what_is_in_memory(warehouse):
    rows = functions_table(5)
    part, other = (write_part(table, FUNCTIONS, warehouse.root) for table in (rows, rows.slice(0, 1)))
    with connect() as connection:
        binding = Bound(connection, warehouse.root)
        for _ in range(READ_OFTEN + 1):
            binding.bind("functions", (part,), COLUMNS)
        binding.bind("functions", (other,), COLUMNS)
        assert len(read(connection)[1]) == 1
        assert connection.execute("SELECT count(*) FROM duckdb_tables()").fetchone() == (0,)


def test_what_is_in_memory_is_in_the_order_of_its_kinds(warehouse):
    rows = functions_table(6).append_column("kind", pa.array(["b", "a", "b", "c", "a", "c"]))
    contract = replace(FUNCTIONS, columns=(*FUNCTIONS.columns, Column("kind", "string", "What it is.")))
    part = write_part(rows, contract, warehouse.root)
    with connect(threads=1) as connection:
        binding = Bound(connection, warehouse.root)
        for _ in range(READ_OFTEN + 1):
            binding.bind("functions", (part,), stored_columns(contract))
        assert scans(connection) == "table"
        assert [kind for (kind,) in connection.execute("SELECT kind FROM functions").fetchall()] == [*"aabbcc"]


def test_what_is_too_large_stays_in_its_files(warehouse, monkeypatch):
    monkeypatch.setattr(bound, "MOST_VALUES", 1)
    part = write_part(functions_table(5), FUNCTIONS, warehouse.root)
    with connect() as connection:
        binding = Bound(connection, warehouse.root)
        for _ in range(READ_OFTEN + 2):
            binding.bind("functions", (part,), COLUMNS)
        assert scans(connection) == "file"


def test_parts_are_verified_unless_trusted(warehouse):
    part = write_part(functions_table(5), FUNCTIONS, warehouse.root)
    path = warehouse.root / part.path
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-9] + b"damaged!!")
    with connect() as connection, pytest.raises(CorruptPart):
        Bound(connection, warehouse.root).bind("functions", (part,), COLUMNS)
