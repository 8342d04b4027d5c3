"""Numpy columns as Arrow columns of the usual kinds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Numbers = npt.NDArray[np.integer]
Bool = npt.NDArray[np.bool_]


def coded(codes: Numbers, values: Sequence[str], missing: Bool | None = None) -> pa.Array:
    """Strings given as positions in `values`; null where `missing`."""
    return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32(), mask=missing), pa.array(values, pa.string()))


def repeated(values: Sequence[str], rows: Numbers) -> pa.Array:
    """`values[row]` for every row, each distinct value kept once."""
    encoded = pa.array(values, pa.string()).dictionary_encode()
    codes = encoded.indices.to_numpy(zero_copy_only=False)[rows]
    return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), encoded.dictionary)


def masked(numbers: Numbers, missing: Bool) -> pa.Array:
    """32-bit numbers, null where `missing`."""
    return pa.array(numbers, pa.int32(), mask=missing)


def scattered(texts: pa.Array, rows: Numbers, length: int) -> pa.Array:
    """A column of `length` strings: `texts`, dictionary encoded, at `rows`, null elsewhere."""
    encoded = texts.dictionary_encode()
    codes = np.full(length, -1, np.int32)
    codes[rows] = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes < 0), encoded.dictionary)
