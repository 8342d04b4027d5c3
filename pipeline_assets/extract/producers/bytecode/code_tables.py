"""CPython's compact tables beside the bytecode, decoded for many code objects at once.

Both are streams of entries whose first byte, and no other, has its highest bit set. The formats are described in
CPython's `Objects/locations.md` and `Objects/exception_handling_notes.txt`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int32]

_FIRST, _MORE, _PAYLOAD, _BITS = 0x80, 0x40, 0x3F, 6
_ONE_LINE, _NO_COLUMNS, _LONG, _NOWHERE = 10, 13, 14, 15
"""Kinds of location: below the first come the short forms, up to the second the ones on a line."""
_LONGEST = 24
"""Bytes that may be read past the last entry's first byte."""


@dataclass(frozen=True, slots=True)
class Locations:
    """Locations in the order of the code; what is not told is -1."""

    of_position: Numbers
    """The entry of each position (code unit of two bytes) of the bytecode."""
    lines: Numbers
    end_lines: Numbers
    columns: Numbers
    end_columns: Numbers
    units: Numbers
    """The code object of each entry."""


@dataclass(frozen=True, slots=True)
class Handlers:
    """Entries of exception tables; positions count from the start of the code object."""

    units: Numbers
    starts: Numbers
    ends: Numbers
    targets: Numbers
    depths: Numbers
    keeps_last: npt.NDArray[np.bool_]


def read_locations(tables: Sequence[bytes], first_lines: Sequence[int]) -> Locations:
    """The location tables of code objects; lines count from the code object's own first line."""
    buffer, firsts, units = _entries(tables)
    heads = buffer[firsts].astype(np.int32)
    kinds, lengths = heads >> 3 & 15, (heads & 7) + 1
    deltas, columns, end_columns, spans = _short_forms(buffer, firsts, kinds)
    _long_forms(buffer, firsts, kinds, (deltas, columns, end_columns, spans))
    sums = np.cumsum(deltas, dtype=np.int64)
    before = np.append(0, sums)[np.searchsorted(units, np.arange(len(tables)))]
    lines = (sums + (np.array(first_lines, np.int64) - before)[units]).astype(np.int32)
    nowhere = kinds == _NOWHERE
    lines[nowhere] = -1
    end_lines = np.where(nowhere, np.int32(-1), lines + spans)
    of_position = np.repeat(np.arange(len(firsts), dtype=np.int32), lengths)
    return Locations(of_position, lines, end_lines, columns, end_columns, units)


def read_handlers(tables: Sequence[bytes]) -> Handlers:
    """The exception tables of code objects, in order."""
    buffer, at, units = _entries(tables)
    numbers = []
    for _ in range(4):
        number, at = _variable_length(buffer, at, big_endian=True)
        numbers.append(number)
    starts, lengths, targets, depths = numbers
    return Handlers(units, starts, starts + lengths, targets, depths >> 1, depths & 1 == 1)


def _entries(tables: Sequence[bytes]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64], Numbers]:
    """The joined tables, where entries begin, and the table that each one is of."""
    joined = b"".join(tables)
    firsts = np.flatnonzero(np.frombuffer(joined, np.uint8) & _FIRST)
    ends = np.cumsum(np.fromiter(map(len, tables), np.int64, len(tables)))
    units = np.searchsorted(ends, firsts, "right").astype(np.int32)
    return np.frombuffer(joined + bytes(_LONGEST), np.uint8), firsts, units


def _short_forms(
    buffer: npt.NDArray[np.uint8], firsts: npt.NDArray[np.int64], kinds: Numbers
) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Change of line, columns, and lines spanned, as the forms of two and three bytes have them; none for others."""
    second, third = buffer[firsts + 1].astype(np.int32), buffer[firsts + 2].astype(np.int32)
    short, on_line = kinds < _ONE_LINE, (kinds >= _ONE_LINE) & (kinds < _NO_COLUMNS)
    starts = kinds << 3 | second >> 4
    columns = np.where(short, starts, np.where(on_line, second, -1)).astype(np.int32)
    end_columns = np.where(short, starts + (second & 15), np.where(on_line, third, -1)).astype(np.int32)
    deltas = np.where(on_line, kinds - _ONE_LINE, 0).astype(np.int32)
    return deltas, columns, end_columns, np.zeros(len(firsts), np.int32)


def _long_forms(
    buffer: npt.NDArray[np.uint8],
    firsts: npt.NDArray[np.int64],
    kinds: Numbers,
    into: tuple[Numbers, Numbers, Numbers, Numbers],
) -> None:
    """Fill in what the forms of variable length say."""
    deltas, columns, end_columns, spans = into
    changed = np.flatnonzero((kinds == _NO_COLUMNS) | (kinds == _LONG))
    number, at = _variable_length(buffer, firsts[changed] + 1)
    deltas[changed] = np.where(number & 1, -(number >> 1), number >> 1)
    long = kinds[changed] == _LONG
    entries, at = changed[long], at[long]
    spans[entries], at = _variable_length(buffer, at)
    number, at = _variable_length(buffer, at)
    columns[entries] = number - 1
    number, at = _variable_length(buffer, at)
    end_columns[entries] = number - 1


def _variable_length(
    buffer: npt.NDArray[np.uint8], at: npt.NDArray[np.int64], big_endian: bool = False
) -> tuple[Numbers, npt.NDArray[np.int64]]:
    """The number at each place, six bits a byte, and where it ends."""
    read = buffer[at]
    numbers = (read & _PAYLOAD).astype(np.int32)
    at = at + 1
    unfinished = np.flatnonzero(read & _MORE)
    shift = _BITS
    while len(unfinished):
        read = buffer[at[unfinished]]
        payload = (read & _PAYLOAD).astype(np.int32)
        numbers[unfinished] = (
            numbers[unfinished] << _BITS | payload if big_endian else (numbers[unfinished] | payload << shift)
        )
        at[unfinished] += 1
        unfinished = unfinished[(read & _MORE) != 0]
        shift += _BITS
    return numbers, at
