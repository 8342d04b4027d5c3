"""From lines and characters, counted in the units that an indexer counts in, to bytes of the canonical buffer."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt

from pipeline_assets.extract.text import Offsets, line_spans

NOWHERE = -1


class Positions:
    """The places of one file; `encoding` is UTF8, UTF16 or UTF32.

    `counts_bom` says that the indexer takes the byte order mark, which the canonical buffer is without, for text.
    """

    def __init__(self, canonical: bytes, encoding: str, *, counts_bom: bool = False) -> None:
        self._canonical = canonical
        self._encoding = "UTF8" if canonical.isascii() else encoding
        self._bom = (3 if encoding == "UTF8" else 1) if counts_bom else 0
        starts, ends = line_spans(canonical)
        if not len(starts) or canonical.endswith((b"\n", b"\r")):  # behind the last line break there is a place too
            starts, ends = np.append(starts, len(canonical)), np.append(ends, len(canonical))
        self._starts, self._ends = starts, ends

    def offsets(self, lines: Offsets, characters: Offsets) -> Offsets:
        """The byte at each place; `NOWHERE` for places that the file does not have."""
        characters = np.where(lines == 0, characters - self._bom, characters)
        exists = (lines >= 0) & (lines < len(self._starts)) & (characters >= 0)
        rows = np.where(exists, lines, 0)
        if self._encoding == "UTF8":
            found, last = self._starts[rows] + characters, self._ends[rows]
        else:
            before = self._units_before
            found, last = before[self._starts[rows]] + characters, before[self._ends[rows]]
        exists &= found <= last
        return np.where(exists, self._bytes[np.where(exists, found, 0)], NOWHERE)

    def spans(self, ranges: Offsets) -> tuple[Offsets, Offsets]:
        """Start and end of ranges (rows of start line, start character, end line, end character)."""
        starts, ends = self.offsets(ranges[:, 0], ranges[:, 1]), self.offsets(ranges[:, 2], ranges[:, 3])
        known = (starts >= 0) & (ends >= starts)
        return np.where(known, starts, NOWHERE), np.where(known, ends, NOWHERE)

    def lines(self, starts: Offsets) -> Offsets:
        """The line, from 1, of each byte."""
        return np.searchsorted(self._starts, starts, "right")

    @cached_property
    def _widths(self) -> npt.NDArray[np.int64]:
        """By byte: the units of the character that begins there, none inside a character."""
        buffer = np.frombuffer(self._canonical, np.uint8)
        begins = (buffer & 0xC0) != 0x80
        return np.where(begins, 1 + (buffer >= 0xF0) * (self._encoding == "UTF16"), 0)

    @cached_property
    def _units_before(self) -> npt.NDArray[np.int64]:
        """By byte: the units in front of it."""
        return np.append(0, np.cumsum(self._widths))

    @cached_property
    def _bytes(self) -> npt.NDArray[np.int64]:
        """By unit: the byte it begins at; `NOWHERE` inside a character."""
        size = len(self._canonical)
        if self._encoding == "UTF8":
            found = np.arange(size + 1)
            found[:-1][self._widths == 0] = NOWHERE
            return found
        found = np.full(self._units_before[-1] + 1, NOWHERE)
        begins = np.flatnonzero(self._widths)
        found[self._units_before[begins]] = begins
        found[-1] = size
        return found
