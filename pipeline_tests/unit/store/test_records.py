"""Records: appended rows are kept in order, checked, and rewritten as one file when there are many."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from pipeline_assets.store.errors import CorruptDocument, CorruptPart, SchemaMismatch
from pipeline_assets.store.records import MOST_PARTS, RECORDS, RUNS, WAVES, append, read_records, record_parts
from pipeline_assets.store.sweep import sweep

from .samples import flip_bit


def run_row(run_id, **changes):
    return {
        "run_id": run_id,
        "repository": "r",
        "started": datetime(2026, 1, 1, tzinfo=UTC),
        "seconds": 1.5,
        "status": "ok",
        "snapshot": None,
        "plan_fingerprint": "p",
        "files": 1,
        "lines": 2,
        "reused": 0,
        "errors": 0,
        "message": None,
        **changes,
    }


def test_every_record_is_typed_and_empty_before_the_first_row(warehouse):
    for contract in RECORDS:
        table = read_records(warehouse, contract)
        assert (table.num_rows, table.column_names) == (0, list(contract.names))


def test_rows_come_back_in_the_order_of_appending(warehouse):
    append(warehouse, RUNS, [run_row("b"), run_row("a", message="it failed", status="failed")])
    append(warehouse, RUNS, [])
    append(warehouse, RUNS, [run_row("c")])
    table = read_records(warehouse, RUNS)
    assert table["run_id"].to_pylist() == ["b", "a", "c"]
    assert table.to_pylist()[1] == run_row("a", message="it failed", status="failed")
    assert read_records(warehouse, WAVES).num_rows == 0


def test_many_small_files_are_rewritten_as_one_and_swept_later(warehouse):
    for number in range(MOST_PARTS + 2):
        append(warehouse, RUNS, [run_row(str(number))])
    assert len(record_parts(warehouse, RUNS)) == 2
    expected = [str(number) for number in range(MOST_PARTS + 2)]
    assert read_records(warehouse, RUNS)["run_id"].to_pylist() == expected
    assert sweep(warehouse).files == MOST_PARTS + 1
    assert read_records(warehouse, RUNS)["run_id"].to_pylist() == expected


def test_a_row_that_does_not_fit_is_refused_whole(warehouse):
    with pytest.raises(SchemaMismatch, match=r"runs\.colour"):
        append(warehouse, RUNS, [run_row("a"), run_row("b", colour="red")])
    with pytest.raises(SchemaMismatch, match=r"runs\.status: 1 null"):
        append(warehouse, RUNS, [run_row("a", status=None)])
    with pytest.raises(SchemaMismatch, match=r"runs\.files: .*abc"):
        append(warehouse, RUNS, [run_row("a", files="abc")])
    assert read_records(warehouse, RUNS).num_rows == 0


def test_damage_is_named(warehouse):
    append(warehouse, RUNS, [run_row("a")])
    part = record_parts(warehouse, RUNS)[0]
    flip_bit(warehouse.root / part.path, part.bytes // 3)
    with pytest.raises(CorruptPart, match="dataset runs"):
        read_records(warehouse, RUNS)
    (warehouse.records / "runs" / "index.json").write_text("{}")
    with pytest.raises(CorruptDocument, match=r"index\.json"):
        read_records(warehouse, RUNS)


def test_records_have_a_description_for_every_column_and_types_that_can_be_stored():
    for contract in RECORDS:
        assert isinstance(contract.schema.to_pyarrow(), pa.Schema)
        assert contract.query
