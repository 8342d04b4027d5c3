"""Names as numbers, so that arrays can compare them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline_assets.normalize.data_flow.code import Ints

KNOWN = ("*", "__annotations__", "__class__", "__classcell__", "__module__", "__name__")
STAR_NAME, ANNOTATIONS, CLASS, CLASS_CELL, MODULE, MODULE_NAME = range(len(KNOWN))
"""Numbers of names that mean something to the interpreter; the first is what a star import binds."""


@dataclass(frozen=True, slots=True)
class Lists:
    """Lists of names by code unit: the unit and the place in its list of each name."""

    units: Ints
    positions: Ints
    names: Ints


@dataclass(frozen=True, slots=True)
class Names:
    """The numbers of what instructions work on, and of what code units list."""

    spelled: tuple[str, ...]
    arguments: Ints
    """By row of an operation on variables; of the first one where there are two."""
    seconds: Ints
    """By row: of the second one; -1 where there is none."""
    variables: Lists
    cells: Lists
    free: Lists


def read_names(inputs: Mapping[str, pa.Table]) -> Names:
    """Number all names that occur."""
    arguments = _text(inputs["named"]["argval"].fill_null(""))
    is_pair = pc.match_substring(arguments, ", ").to_numpy(zero_copy_only=False)
    pairs = np.flatnonzero(is_pair)
    halves = pc.list_flatten(pc.split_pattern(arguments.take(pairs), ", "))
    units = inputs["units"]
    lists = [_split(units[name]) for name in ("varnames", "cellvars", "freevars")]
    texts = [pa.array(KNOWN, pa.string()), arguments, halves, *(names for names, _, _ in lists)]
    pool = pa.concat_arrays(texts).dictionary_encode()
    ends = np.cumsum([len(text) for text in texts])
    _, first, second, *listed = np.split(pool.indices.to_numpy().astype(np.int64), ends[:-1])
    seconds = np.full(len(first), -1)
    first = first.copy()
    first[pairs], seconds[pairs] = second[::2], second[1::2]
    made = (Lists(of, at, names) for (_, of, at), names in zip(lists, listed, strict=True))
    return Names(tuple(pool.dictionary.to_pylist()), first, seconds, *made)


def _text(column: pa.ChunkedArray) -> pa.StringArray:
    column = column.cast(pa.string())
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], pa.string())


def _split(column: pa.ChunkedArray) -> tuple[pa.StringArray, Ints, Ints]:
    """The names of each unit's list, one list after the other, with their units and places."""
    split = pc.split_pattern(_text(column), ",")
    sizes = pc.list_value_length(split).to_numpy(zero_copy_only=False).astype(np.int64)
    units = np.repeat(np.arange(len(sizes)), sizes)
    at = np.arange(len(units)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    flat = pc.list_flatten(split)
    kept = np.flatnonzero(pc.not_equal(flat, "").to_numpy(zero_copy_only=False))
    return flat.take(kept), units[kept], at[kept]
