"""How a graph task's rows are handed over: in order, and whole values of a column, one or several together."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from pipeline_assets.execution import groups_of, ordered_by

ROWS = st.lists(st.integers(0, 12), max_size=40)


def inputs(left: list[int], right: list[int]) -> dict[str, pa.Table]:
    return {
        name: pa.table({"file_id": pa.array(values, pa.int64()), "row": pa.array(range(len(values)), pa.int64())})
        for name, values in {"left": left, "right": right}.items()
    }


@given(ROWS, ROWS, st.integers(0, 15))
def test_every_row_comes_once_and_values_stay_whole(left: list[int], right: list[int], batch: int) -> None:
    tables = inputs(left, right)
    groups = groups_of(tables, "file_id", batch)
    seen: set[int] = set()
    for group in groups:
        values = {value for table in group.values() for value in table["file_id"].to_pylist()}
        assert values and not seen & values and (not seen or max(seen) < min(values))
        seen |= values
    for name, table in tables.items():
        together = [row for group in groups for row in group[name].to_pylist()]
        assert together == sorted(table.to_pylist(), key=lambda row: row["file_id"])


@given(ROWS, ROWS)
def test_without_a_batch_a_group_is_one_value(left: list[int], right: list[int]) -> None:
    groups = groups_of(inputs(left, right), "file_id")
    assert len(groups) == len({*left, *right})


@given(ROWS, ROWS, st.integers(1, 15))
def test_a_group_ends_with_the_value_that_fills_it(left: list[int], right: list[int], batch: int) -> None:
    groups = groups_of(inputs(left, right), "file_id", batch)
    for group in groups:
        last = max(value for table in group.values() for value in table["file_id"].to_pylist())
        before = max(sum(value < last for value in table["file_id"].to_pylist()) for table in group.values())
        assert before < batch
    for group in groups[:-1]:
        assert max(table.num_rows for table in group.values()) >= batch


@given(st.lists(st.lists(st.integers(0, 300), max_size=6).map(sorted), max_size=130))
def test_rows_are_ordered_by_a_column_that_tells_them_apart(runs: list[list[int]]) -> None:
    values = [value for run in runs for value in run]
    table = pa.table({"id": pa.array(values, pa.int64()), "row": pa.array(range(len(values)), pa.int64())})
    ordered = ordered_by(table, table["id"].to_numpy())
    if len(set(values)) < len(values):
        assert ordered is None
    else:
        assert ordered is not None
        assert ordered.to_pylist() == sorted(table.to_pylist(), key=lambda row: row["id"])
