"""Parts: what is written is what the contract says, in bytes that depend on the rows alone."""

import random
from itertools import pairwise

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline_assets.inference.contract import Column, Contract
from pipeline_assets.store.columns import arrow_schema, stored_columns
from pipeline_assets.store.errors import CorruptPart, SchemaMismatch, WarehouseUnwritable
from pipeline_assets.store.parquet import ROW_GROUP_ROWS, read_part, verify_part, write_part

from .samples import FUNCTIONS, flip_bit, functions_table

TYPES = (
    *("int8", "int16", "int32", "int64", "float32", "float64", "boolean", "string", "binary"),
    *("date", "timestamp", "timestamp('UTC')", "array<string>", "array<int64>"),
)
EVERY_TYPE = Contract(
    name="every_type",
    layer="extract",
    description="A column of every type that can be stored.",
    columns=(
        *(Column(f"c{number}", kind, "A column.", nullable=True) for number, kind in enumerate(TYPES)),
        Column("key", "int64", "The key."),
    ),
    key=("key",),
)


def every_type_table() -> pa.Table:
    extremes = {
        "int8": [-128, 127],
        "int16": [-(2**15), 2**15 - 1],
        "int32": [-(2**31), 2**31 - 1],
        "int64": [-(2**63), 2**63 - 1],
        "float": [float("-inf"), 1.5],
        "double": [float("inf"), 5e-324],
        "bool": [True, False],
        "string": ["", "é😀\x00\n'\""],
        "binary": [b"", b"\x00\xff"],
        "date32[day]": [0, 20000],
        "timestamp[us]": [-1, 2**50],
        "timestamp[us, tz=UTC]": [0, 2**50],
        "list<item: string>": [[], ["a", None]],
        "list<item: int64>": [[1, None], []],
    }
    schema = arrow_schema(stored_columns(EVERY_TYPE))
    columns = [pa.array([*extremes[str(field.type)], None], field.type) for field in list(schema)[:-1]]
    return pa.table([*columns, pa.array([1, 2, 3])], schema=schema)


def test_every_type_survives_a_round_trip_through_pyarrow_and_duckdb(warehouse):
    table = every_type_table()
    part = write_part(table, EVERY_TYPE, warehouse.root)
    assert read_part(part, warehouse.root).to_pylist() == table.to_pylist()
    through_duckdb = duckdb.sql(f"FROM '{warehouse.root / part.path}'").to_arrow_table()
    assert through_duckdb.cast(table.schema).to_pylist() == table.to_pylist()


def test_a_part_is_named_by_its_content_and_described_exactly(warehouse):
    part = write_part(functions_table(10), FUNCTIONS, warehouse.root, bucket=3)
    path = warehouse.root / part.path
    assert part.path == f"data/functions/{part.sha256[:32]}.parquet"
    assert (part.dataset, part.rows, part.bytes, part.bucket) == ("functions", 10, path.stat().st_size, 3)
    verify_part(part, warehouse.root)
    assert list((warehouse.root / "staging").iterdir()) == []


def test_the_file_has_the_promised_encodings_and_nothing_about_its_maker(warehouse):
    part = write_part(functions_table(1000), FUNCTIONS, warehouse.root)
    metadata = pq.read_metadata(warehouse.root / part.path)
    columns = {metadata.row_group(0).column(i).path_in_schema: metadata.row_group(0).column(i) for i in range(5)}
    assert {column.compression for column in columns.values()} == {"ZSTD"}
    assert "DELTA_BINARY_PACKED" in columns["node_id"].encodings
    assert "DELTA_BINARY_PACKED" in columns["line"].encodings
    assert "BYTE_STREAM_SPLIT" in columns["weight"].encodings
    assert {name for name, column in columns.items() if column.has_dictionary_page} == {"repository", "name"}
    assert not metadata.metadata  # no embedded Arrow schema


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(0, 2000), max_size=8), encode=st.booleans(), stream=st.booleans())
def test_equal_rows_make_equal_bytes_however_they_are_chunked_or_encoded(warehouse, cuts, encode, stream):
    table = functions_table(2000)
    expected = write_part(table, FUNCTIONS, warehouse.root)
    if encode:
        names = pa.chunked_array([table["name"].slice(0, 700), table["name"].slice(700)]).dictionary_encode()
        table = table.set_column(2, "name", names)
    edges = [0, *sorted(cuts), 2000]
    pieces = [table.slice(low, high - low) for low, high in pairwise(edges)]
    data = pa.concat_tables(pieces)
    if stream:
        data = pa.RecordBatchReader.from_batches(data.schema, data.to_batches())
    assert write_part(data, FUNCTIONS, warehouse.root) == expected


def test_large_results_stream_in_row_groups_of_one_size(warehouse):
    count = ROW_GROUP_ROWS * 2 + 5
    table = functions_table(4)
    numbers = np.arange(count)
    table = pa.table(
        {
            "repository": pa.repeat("r", count),
            "node_id": numbers,
            "name": pa.nulls(count),
            "line": pa.array(numbers % 100, pa.int32()),
            "weight": pa.nulls(count),
        }
    )
    batches = pa.RecordBatchReader.from_batches(table.schema, table.to_batches(max_chunksize=100_003))
    part = write_part(batches, FUNCTIONS, warehouse.root)
    metadata = pq.read_metadata(warehouse.root / part.path)
    sizes = [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)]
    assert sizes == [ROW_GROUP_ROWS, ROW_GROUP_ROWS, 5]
    assert read_part(part, warehouse.root, ["node_id"])["node_id"].to_numpy().tolist() == numbers.tolist()


def test_an_empty_table_is_a_part_without_rows(warehouse):
    part = write_part(functions_table(0), FUNCTIONS, warehouse.root)
    assert part.rows == 0
    assert read_part(part, warehouse.root).schema.names == list(FUNCTIONS.names)


def test_columns_are_put_in_the_contracts_order(warehouse):
    table = functions_table(5)
    turned = table.select(list(reversed(table.column_names)))
    assert write_part(turned, FUNCTIONS, warehouse.root) == write_part(table, FUNCTIONS, warehouse.root)


@pytest.mark.parametrize(
    ("change", "column", "reason"),
    [
        (lambda t: t.drop_columns("line"), "line", "missing"),
        (lambda t: t.append_column("extra", t["line"]), "extra", "no such column"),
        (lambda t: t.append_column("line", t["line"]), "line", "twice"),
        (lambda t: t.set_column(3, "line", t["line"].cast(pa.string())), "line", "type string"),
        (lambda t: t.set_column(1, "node_id", t["node_id"].cast(pa.float64())), "node_id", "type double"),
        (lambda t: t.set_column(3, "line", pa.array([2**31] * 4)), "line", "does not fit int32"),
        (lambda t: t.set_column(1, "node_id", pa.array([1, 2, None, None])), "node_id", "2 null(s)"),
        (lambda t: t.set_column(2, "name", pa.array([b"\xff"] * 4)), "name", "type binary"),
    ],
)
def test_data_that_does_not_fit_is_refused_by_dataset_and_column(warehouse, change, column, reason):
    with pytest.raises(SchemaMismatch) as caught:
        write_part(change(functions_table(4)), FUNCTIONS, warehouse.root)
    assert (caught.value.dataset, caught.value.column) == ("functions", column)
    assert reason in str(caught.value)
    assert not list(warehouse.root.glob("data/*/*"))
    assert not list(warehouse.root.glob("staging/*"))


def test_the_row_of_a_null_is_counted_over_the_whole_stream(warehouse):
    ids = pa.array([*range(ROW_GROUP_ROWS + 3), None])
    count = len(ids)
    table = pa.table(
        {
            "repository": pa.repeat("r", count),
            "node_id": ids,
            "name": pa.nulls(count),
            "line": pa.array([0] * count, pa.int32()),
            "weight": pa.nulls(count),
        }
    )
    with pytest.raises(SchemaMismatch, match=f"first at row {ROW_GROUP_ROWS + 3}$"):
        write_part(table, FUNCTIONS, warehouse.root)


def test_what_duckdb_sums_to_fits_an_integer_column(warehouse):
    table = functions_table(3)
    huge = duckdb.sql("SELECT sum(x) AS s FROM range(3) t(x)").to_arrow_table()["s"]
    assert pa.types.is_decimal(huge.type)  # DuckDB's HUGEINT
    wide = table.set_column(1, "node_id", pa.array([huge[0].as_py()] * 3, huge.type))
    assert read_part(write_part(wide, FUNCTIONS, warehouse.root), warehouse.root)["node_id"].to_pylist() == [3, 3, 3]


def test_every_flipped_bit_is_found_by_the_hash(warehouse):
    part = write_part(functions_table(300), FUNCTIONS, warehouse.root)
    path = warehouse.root / part.path
    whole = path.read_bytes()
    for offset in random.Random(1).sample(range(part.bytes), 60):
        flip_bit(path, offset, offset % 8)
        with pytest.raises(CorruptPart, match="cpg doctor --repair"):
            verify_part(part, warehouse.root)
        path.write_bytes(whole)
    verify_part(part, warehouse.root)


def test_flipped_bits_in_pages_are_found_by_reading(warehouse):
    table = functions_table(300)
    part = write_part(table, FUNCTIONS, warehouse.root)
    path = warehouse.root / part.path
    whole = path.read_bytes()
    column = pq.read_metadata(path).row_group(0).column(1)
    start, end = column.data_page_offset, column.data_page_offset + column.total_compressed_size
    for offset in range(start, end, 7):
        flip_bit(path, offset)
        try:
            assert read_part(part, warehouse.root).to_pylist() == table.to_pylist()  # a bit that carries no data
        except CorruptPart as error:
            assert error.dataset == "functions"
        path.write_bytes(whole)
    flip_bit(path, end - 3)
    with pytest.raises(CorruptPart, match="is damaged"):
        read_part(part, warehouse.root)


def test_a_lost_and_a_torn_file_are_named(warehouse):
    part = write_part(functions_table(300), FUNCTIONS, warehouse.root)
    path = warehouse.root / part.path
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(CorruptPart, match=f"functions: the file {part.path} has {part.bytes - 10} bytes instead"):
        read_part(part, warehouse.root)
    path.unlink()
    with pytest.raises(CorruptPart, match="No such file"):
        verify_part(part, warehouse.root)


def test_writing_the_same_rows_again_heals_a_damaged_file(warehouse):
    part = write_part(functions_table(300), FUNCTIONS, warehouse.root)
    flip_bit(warehouse.root / part.path, 50)
    assert write_part(functions_table(300), FUNCTIONS, warehouse.root) == part
    verify_part(part, warehouse.root)


def test_a_folder_that_cannot_be_written_is_named(warehouse):
    (warehouse.root / "data" / "functions").write_text("a file in the way")
    with pytest.raises(WarehouseUnwritable, match="cannot write the dataset functions"):
        write_part(functions_table(3), FUNCTIONS, warehouse.root)
    assert not list(warehouse.root.glob("staging/*"))


@pytest.mark.parametrize("kind", ["a name of its own, number {}", "{}"], ids=["spelled out", "by codes"])
def test_many_strings_make_equal_bytes_whatever_their_dictionary(warehouse, kind: str):
    count = 60_000
    names = [kind.format(row) if row % 7 else None for row in range(count)]
    table = functions_table(count).set_column(2, "name", pa.array(names))
    part = write_part(table, FUNCTIONS, warehouse.root)
    assert read_part(part, warehouse.root)["name"].to_pylist() == names
    dictionary = pa.array([*reversed(names), "unused", None])
    codes = pa.array(range(count - 1, -1, -1), pa.int32())
    other = table.set_column(2, "name", pa.DictionaryArray.from_arrays(codes, dictionary))
    assert write_part(other, FUNCTIONS, warehouse.root) == part
