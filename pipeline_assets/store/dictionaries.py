"""Strings as codes into a dictionary in the order in which they appear, which is how Parquet's writer numbers them too.

A column that comes so is written without another look at its strings. The order makes the encoding a function of the
rows: it does not matter whether, and by which dictionary, a column was coded before.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.types as pt

CODED = pa.dictionary(pa.int32(), pa.string())

LARGEST_DICTIONARY = 1 << 20
"""Bytes of distinct strings in a row group from which codes save too little to be worth a reader's lookups."""

Integers = npt.NDArray[np.integer]


def coded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column of strings, spelled out or by any dictionary, by codes in the order of appearance."""
    if not pt.is_dictionary(column.type):
        spelled = column if column.type == pa.string() else column.cast(pa.string())
        return spelled.dictionary_encode()
    chunks = [_renumbered(chunk) for chunk in column.unify_dictionaries().chunks]
    return pa.chunked_array(chunks, CODED)


def is_worthwhile(column: pa.ChunkedArray) -> bool:
    """Whether the strings of a coded column are few enough to be written by codes."""
    return sum(_spelled_bytes(chunk.dictionary) for chunk in column.chunks) < LARGEST_DICTIONARY


def _spelled_bytes(strings: pa.StringArray) -> int:
    if not len(strings):
        return 0
    offsets = np.frombuffer(strings.buffers()[1], np.int32)
    return int(offsets[strings.offset + len(strings)] - offsets[strings.offset])


def _renumbered(chunk: pa.DictionaryArray) -> pa.DictionaryArray:
    if len(chunk) and len(chunk.dictionary) == 1 and not chunk.null_count and not chunk.dictionary.null_count:
        return chunk.cast(CODED)  # one string throughout, such as the repository's name, has its number
    codes = chunk.indices.cast(pa.int32()).fill_null(len(chunk.dictionary)).to_numpy(zero_copy_only=False)
    distinct = chunk.dictionary.cast(pa.string()).dictionary_encode()  # a dictionary may hold a string twice, and nulls
    places = np.append(distinct.indices.fill_null(-1).to_numpy(zero_copy_only=False), np.int32(-1))
    order, ranks = _appearance(codes, places, len(distinct.dictionary))
    renumbered = ranks[codes]
    missing = renumbered < 0
    indices = pa.array(renumbered, mask=missing if missing.any() else None)
    return pa.DictionaryArray.from_arrays(indices, distinct.dictionary.take(pa.array(order)))


def _appearance(codes: Integers, places: Integers, strings: int) -> tuple[Integers, Integers]:
    """Which strings appear, in order, and the number each code gets; `places` is each code's string, -1 for none."""
    rows = len(codes)
    first_of_code = np.full(len(places), rows)
    first_of_code[codes[::-1]] = np.arange(rows - 1, -1, -1)  # a code met again is overwritten, so its first row stays
    first = np.full(strings + 1, rows)
    np.minimum.at(first, places, first_of_code)
    order = np.argsort(first[:strings], kind="stable")[: np.count_nonzero(first[:strings] < rows)]
    ranks = np.full(strings + 1, -1, np.int32)
    ranks[order] = np.arange(len(order), dtype=np.int32)
    return order, ranks[places]
