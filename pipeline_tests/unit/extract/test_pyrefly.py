"""From a report's numbers to columns: places, groups of rows, texts, and the order of rows."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from pipeline_assets.extract.chunk import SourceFile
from pipeline_assets.extract.producers.pyrefly.columns import members, table, texts_column
from pipeline_assets.extract.producers.pyrefly.contracts import PYREFLY_OVERRIDES
from pipeline_assets.extract.producers.pyrefly.facts import NOTHING, Groups, Places, Rows
from pipeline_assets.extract.producers.pyrefly.modules import site_of
from pipeline_assets.extract.producers.pyrefly.places import spans_of

BUFFER = "é = f(é)\n\tg(1)\rh()\r\n\x0ci()".encode()


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("1:6-1:11", "f(é)"),
        ("1:8-1:10", "é"),
        ("2:2-2:6", "g(1)"),
        ("3:1-3:4", "h()"),
        ("4:2-4:5", "i()"),
        ("1:1-4:5", BUFFER.decode()),
        ("4:5-4:5", ""),
    ],
)
def test_lines_and_columns_count_bytes_from_one(place: str, text: str):
    spans = spans_of(_places((0, place)), [BUFFER])
    assert spans.known[0]
    assert BUFFER[spans.starts[0] : spans.ends[0]].decode() == text


@pytest.mark.parametrize(
    "place",
    [
        *("0:1-1:1", "1:0-1:1", "1:11-1:6", "9:1-9:2", "4:1-4:9", "1:99-2:1"),
        *("", "1:1", "a:b-c:d", ":-:", "1:1-1:1-1:1", "99999999999999999999:1-1:1", "-1:1-1:1", "1:1-1:٣"),
    ],
)
def test_places_that_a_file_does_not_have_are_unknown_and_harm_no_other(place: str):
    spans = spans_of(_places((0, "1:1-1:3"), (0, place), (1, "1:1-1:2")), [BUFFER, b"x"])
    assert spans.known.tolist() == [True, False, True, False]
    assert spans.starts.tolist() == [0, NOTHING, 0, NOTHING]


def test_nothing_to_place():
    assert spans_of(Places(), []).known.tolist() == [False]
    assert spans_of(Places(), [b""]).known.tolist() == [False]
    assert spans_of(_places((0, "1:1-1:1")), [b""]).known.tolist() == [True, False]


def test_members_are_the_rows_of_each_chosen_group():
    groups = Groups(Rows(("value",)))
    for values in ((1, 2), (), (3,)):
        for value in values:
            groups.rows.add(value)
        groups.close()
    at, rows = members(groups, np.array([2, 0, 1, 0]))
    assert at.tolist() == [0, 1, 1, 3, 3]
    assert rows.tolist() == [2, 0, 1, 0, 1]
    assert members(groups, np.zeros(0, np.int64))[1].tolist() == []


def test_texts_columns_keep_only_what_is_used_in_order():
    column = texts_column(["b", "unused", "a", None, "b", ""], np.array([0, 2, 3, NOTHING, 4, 5]))
    assert column.to_pylist() == ["b", "a", None, None, "b", ""]
    assert column.dictionary.to_pylist() == ["", "a", "b"]


def test_rows_are_ordered_by_all_they_say_whatever_order_they_came_in():
    rows = [
        (0, 5, 9, "m.f", None, "b.f"),
        (0, 1, 9, "m.f", "m.A", "b.g"),
        (0, 1, 9, "m.f", "m.A", "b.f"),
        (0, 1, 3, "m.f", None, "b.f"),
        (0, None, None, "m.x", None, "b.x"),
        (1, 0, 1, "n.f", "n.A", "b.f"),
    ]
    files = [SourceFile({"file_id": number + 7, "repository": "sample"}, b"") for number in range(2)]
    random = np.random.default_rng(3)
    tables = [
        table(PYREFLY_OVERRIDES, files, _columns(random.permutation(np.array(rows, object))))[0] for _ in range(20)
    ]
    assert all(made.equals(tables[0]) for made in tables)
    shown = [(row["bstart"], row["bend"], row["class"], row["base"]) for row in tables[0].to_pylist()]
    assert shown == [
        (None, None, None, "b.x"),
        (1, 9, "m.A", "b.f"),
        (1, 9, "m.A", "b.g"),
        (1, 3, None, "b.f"),
        (5, 9, None, "b.f"),
        (0, 1, "n.A", "b.f"),
    ]
    ids = tables[0]["fact_id"].to_pylist()
    assert ids == sorted(set(ids))


def test_misplaced_rows_are_left_out():
    files = [SourceFile({"file_id": 7, "repository": "sample"}, b"")]
    columns = _columns(np.array([(0, 1, 2, "a", None, "b"), (0, 1, 2, "c", None, "d")], object))
    made, crowded = table(PYREFLY_OVERRIDES, files, columns | {"is_misplaced": pa.array([True, False])})
    assert (made["method"].to_pylist(), crowded) == (["c"], frozenset())


def test_sites_say_what_calls_without_a_call_being_written():
    assert site_of("Call", "") == ("call", None)
    assert site_of("Call", "artificial-call|for-iter") == ("call", "for-iter")
    assert site_of("FormatStringStringify", "format-string-stringify") == ("stringify", None)
    assert site_of("Unheard", "") == ("Unheard", None)


def _places(*places: tuple[int, str]) -> Places:
    found = Places()
    for file, text in places:
        found.add(file, text)
    return found


def _columns(rows: np.ndarray) -> dict[str, pa.Array]:
    number, start, end, method, holder, base = rows.T
    empty = pa.nulls(len(rows), pa.int32())
    return {
        "number": pa.array(number.tolist(), pa.int64()),
        "is_misplaced": pa.array([False] * len(rows)),
        "bstart": pa.array(start.tolist(), pa.int32()),
        "bend": pa.array(end.tolist(), pa.int32()),
        "method": _texts(method),
        "class": _texts(holder),
        "base": _texts(base),
        "base_module": _texts(np.array(["b"] * len(rows))),
        "base_file_id": pa.nulls(len(rows), pa.int64()),
        "base_bstart": empty,
        "base_bend": empty,
    }


def _texts(values: np.ndarray) -> pa.Array:
    words = list(dict.fromkeys(values.tolist()))
    return texts_column(words, np.array([words.index(value) for value in values.tolist()]))
