"""Columns as numpy arrays, and the few operations on them that the flow needs everywhere."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline_assets.inference.contract import FILE_SHIFT, ORDINAL_BITS

Ids = npt.NDArray[np.int64]
Places = npt.NDArray[np.int64]
"""Positions in a batch; -1 for none."""
Codes = npt.NDArray[np.int64]
"""Positions in a fixed list of words."""
Bool = npt.NDArray[np.bool_]
MOST_BITS = 62
"""Of several numbers that are packed into one."""


def numbers(column: pa.ChunkedArray) -> Ids:
    """The numbers of a column, -1 for none."""
    found = column.fill_null(-1) if column.null_count else column
    return found.to_numpy().astype(np.int64, copy=False)  # type: ignore[no-any-return]


def booleans(column: pa.ChunkedArray) -> Bool:
    """The truth values of a column."""
    return column.to_numpy()  # type: ignore[no-any-return]


def codes(column: pa.ChunkedArray, words: Sequence[str]) -> Codes:
    """Positions in `words`, -1 for any other."""
    return numbers(pc.index_in(column, pa.array(words, pa.string())))


def find(ids: Ids, wanted: Ids) -> Places:
    """Where each of `wanted` stands in the ascending `ids`; -1 where it does not."""
    places = np.searchsorted(ids, wanted)
    found = np.append(ids, -1)[places] == wanted
    return np.where(found, places, -1)


def place_of(files: Ids, counts: Ids, ids: Ids) -> Places:
    """Where rows of a dataset stand that numbers the rows of every file on from 0; `counts` rows of each of `files`.

    Both are ascending, so files are looked up by run and not by row.
    """
    origins = np.cumsum(counts) - counts
    of_row = ids >> FILE_SHIFT
    starts = np.searchsorted(of_row, files)
    lengths = np.searchsorted(of_row, files, "right") - starts
    places: Places = np.repeat(origins, lengths) + (ids & ((1 << ORDINAL_BITS) - 1))
    return places


def ranges(starts: Places, counts: Places) -> Places:
    """The numbers of several ranges, one range after the other."""
    firsts = np.cumsum(counts) - counts
    return np.repeat(starts - firsts, counts) + np.arange(int(counts.sum()))


def bounds(sorted_groups: Places, count: int) -> Places:
    """Where the rows of each of `count` groups start; the last entry is where the last one's end."""
    return np.searchsorted(sorted_groups, np.arange(count + 1))


def distinct(*columns: npt.NDArray[np.integer]) -> Places:
    """The first row of each distinct combination, in ascending order of the combinations."""
    return counted(*columns)[0]


def ordering(*columns: npt.NDArray[np.integer]) -> Places:
    """The order of rows by the first column, then the next; packed into one number each, if they fit: it is faster."""
    widths = [int(column.max(initial=0)).bit_length() for column in columns]
    if sum(widths) > MOST_BITS or any(column.min(initial=0) < 0 for column in columns):
        return np.lexsort(columns[::-1])
    key = np.zeros(len(columns[0]), np.int64)
    for column, width in zip(columns, widths, strict=True):
        key = (key << width) | column
    return np.argsort(key, kind="stable")


def counted(*columns: npt.NDArray[np.integer]) -> tuple[Places, Places]:
    """The first row of each distinct combination, ascending, and how many rows have it."""
    order = ordering(*columns)
    differs = np.ones(len(order), np.bool_)
    differs[1:] = False
    for column in columns:
        ordered = column[order]
        differs[1:] |= ordered[1:] != ordered[:-1]
    starts = np.flatnonzero(differs)
    return order[starts], np.diff(np.append(starts, len(order)))
