from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_assets.store.dictionaries import LARGEST_DICTIONARY, coded, is_worthwhile


def _dictionaries(column: pa.ChunkedArray) -> list[list[str]]:
    return [chunk.dictionary.to_pylist() for chunk in column.chunks]


@settings(deadline=None)
@given(st.lists(st.sampled_from(["a", "b", "c", "", None]), max_size=20), st.permutations(["c", "", "d", "b", "a"]))
def test_any_dictionary_becomes_the_strings_in_the_order_of_appearance(texts, order):
    codes = pa.array([None if text is None else order.index(text) for text in texts], pa.int8())
    column = pa.chunked_array([pa.DictionaryArray.from_arrays(codes, pa.array(order))])
    found = coded(column)
    assert found.to_pylist() == texts
    assert _dictionaries(found) == [list(dict.fromkeys(text for text in texts if text is not None))]
    assert found.equals(coded(pa.chunked_array([pa.array(texts, pa.string())])))


def test_a_dictionary_may_hold_a_string_twice_and_nulls():
    codes = pa.array([3, 2, 0, None, 1], pa.int32())
    column = pa.chunked_array([pa.DictionaryArray.from_arrays(codes, pa.array(["a", None, "b", "a"]))])
    assert coded(column).to_pylist() == ["a", "b", "a", None, None]
    assert _dictionaries(coded(column)) == [["a", "b"]]


@pytest.mark.parametrize("kind", [pa.large_string(), pa.string_view()])
def test_other_kinds_of_strings_become_the_stored_kind(kind):
    assert coded(pa.chunked_array([pa.array(["a", None, "a"], kind)])).type == pa.dictionary(pa.int32(), pa.string())


@pytest.mark.parametrize(("size", "worthwhile"), [(LARGEST_DICTIONARY - 1, True), (LARGEST_DICTIONARY, False)])
def test_codes_are_worthwhile_while_the_strings_are_few(size: int, worthwhile: bool):
    column = coded(pa.chunked_array([pa.array(["x" * (size - 1), "y", "y"])]))
    assert is_worthwhile(column) is worthwhile
    assert is_worthwhile(coded(pa.chunked_array([pa.array([], pa.string())])))
