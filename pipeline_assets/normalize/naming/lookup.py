"""Looking things up in sorted arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ids = npt.NDArray[np.int64]
Places = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


def places(sorted_ids: Ids, wanted: Ids) -> Places:
    """Where each wanted id stands in an ascending array; -1 where it does not."""
    if not len(sorted_ids):
        return np.full(len(wanted), -1, np.int64)
    found = np.searchsorted(sorted_ids, wanted)
    found[found == len(sorted_ids)] = 0
    return np.where(sorted_ids[found] == wanted, found, -1)


def matches(sorted_ids: Ids, wanted: Ids) -> tuple[Places, Places]:
    """The pairs of a place in `sorted_ids` and one in `wanted` that hold the same id."""
    found = places(sorted_ids, wanted)
    kept = np.flatnonzero(found >= 0)
    return found[kept], kept


def ids_of(column: pa.ChunkedArray, missing: int = -1) -> Ids:
    """An integer column as an array, with `missing` for nulls."""
    if column.null_count:
        column = pc.fill_null(column, missing)
    found: Ids = column.to_numpy().astype(np.int64, copy=False)
    return found


def codes_of(column: pa.ChunkedArray, values: Sequence[str]) -> Places:
    """The place of each text in `values`; -1 for any other."""
    return ids_of(pc.index_in(column, pa.array(values)))


def flags_of(column: pa.ChunkedArray) -> Flags:
    """A boolean column as an array; null is false."""
    found: Flags = pc.fill_null(column, False).to_numpy().astype(bool, copy=False)
    return found


def at(values: npt.NDArray[Any], where: Places) -> npt.NDArray[Any]:
    """`values` at places, some of which may be -1: there, anything."""
    return values[where] if len(values) else np.zeros(len(where), values.dtype)


def nullable(ids: Ids) -> pa.Array:
    """Ids as a column, null where they are negative."""
    return pa.array(ids, mask=ids < 0)


def innermost(starts: Ids, ends: Ids, wanted: Ids) -> Places:
    """The innermost of nested ranges around each wanted id, as its place; -1 where there is none.

    Ranges are given by ascending start, outer ones first, and overlap only by holding one another.
    """
    if not len(starts):
        return np.full(len(wanted), -1, np.int64)
    edges, owners = _steps(starts.tolist(), ends.tolist())
    return owners[np.searchsorted(edges, wanted, "right")]


def _steps(starts: Sequence[int], ends: Sequence[int]) -> tuple[Ids, Places]:
    """Where the innermost range changes, and which it is from there on; before the first edge there is none."""
    edges: list[int] = []
    owners: list[int] = [-1]
    around: list[int] = []
    for place, start in enumerate(starts):
        while around and ends[around[-1]] <= start:
            edges.append(ends[around.pop()])
            owners.append(around[-1] if around else -1)
        edges.append(start)
        owners.append(place)
        around.append(place)
    while around:
        edges.append(ends[around.pop()])
        owners.append(around[-1] if around else -1)
    return np.array(edges, np.int64), np.array(owners, np.int64)


def enclosing(starts: Ids, ends: Ids) -> Places:
    """The range directly around each of nested ranges, as its place; -1 for none."""
    around: list[int] = []
    found: list[int] = []
    limits = ends.tolist()
    for place, start in enumerate(starts.tolist()):
        while around and limits[around[-1]] <= start:
            around.pop()
        found.append(around[-1] if around else -1)
        around.append(place)
    return np.array(found, np.int64)
