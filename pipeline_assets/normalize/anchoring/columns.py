"""Columns as numpy arrays: numbers with -1 for none, and strings by code."""

from __future__ import annotations

from collections.abc import Callable, Container

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Rows = npt.NDArray[np.int64]
"""Places in a batch; -1 for none."""
Bool = npt.NDArray[np.bool_]


def integers(column: pa.ChunkedArray) -> Rows:
    """The numbers of a column."""
    numbers: Rows = column.fill_null(-1).to_numpy().astype(np.int64, copy=False)
    return numbers


def strings(column: pa.ChunkedArray) -> pa.StringArray:
    """A column in one piece."""
    whole = column.combine_chunks()
    return whole if isinstance(whole, pa.Array) else pa.concat_arrays(whole.chunks)


class Words:
    """A column of strings of which few differ."""

    def __init__(self, column: pa.ChunkedArray) -> None:
        encoded = strings(column).dictionary_encode()
        self.words: list[str] = encoded.dictionary.to_pylist()
        self.codes: npt.NDArray[np.int32] = encoded.indices.fill_null(len(self.words)).to_numpy()

    def table(self, wanted: Container[str] | Callable[[str], bool]) -> Bool:
        """By code, whether the word is wanted; none is not."""
        test = wanted if callable(wanted) else wanted.__contains__
        return np.array([*map(test, self.words), False])

    def among(self, rows: Rows, wanted: Container[str]) -> Bool:
        """Whether the words of these rows are wanted; no row is not."""
        found: Bool = self.table(wanted)[self.codes[rows]] & (rows >= 0)
        return found

    def rows(self, wanted: Container[str] | Callable[[str], bool]) -> Rows:
        """The rows with a wanted word."""
        return np.flatnonzero(self.table(wanted)[self.codes])

    def mask(self, wanted: Container[str] | Callable[[str], bool]) -> Bool:
        """Per row, whether its word is wanted."""
        found: Bool = self.table(wanted)[self.codes]
        return found


def ranges(starts: Rows, counts: Rows) -> Rows:
    """The numbers of several ranges, one range after the other."""
    firsts = np.cumsum(counts) - counts
    numbers: Rows = np.repeat(starts - firsts, counts) + np.arange(int(counts.sum()))
    return numbers
