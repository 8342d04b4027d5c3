r"""From the line and column ranges of a report to spans of the canonical buffers.

Pyrefly counts lines from 1, after `\n`, `\r\n` and lone `\r`, and columns from 1 in bytes of UTF-8; ends are exclusive.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline_assets.extract.arrow import Bool
from pipeline_assets.extract.producers.pyrefly.facts import NOTHING, Places
from pipeline_assets.extract.text import Offsets, line_spans

_RANGE = re.compile(r"(\d{1,9}):(\d{1,9})-(\d{1,9}):(\d{1,9})", re.ASCII)
_MARKS = bytes.maketrans(b":-\n", b"   ")


@dataclass(frozen=True, slots=True)
class Spans:
    """Half-open byte ranges, one for each place and a last one, which is unknown, for `NOTHING`."""

    files: Offsets
    starts: Offsets
    ends: Offsets
    known: Bool
    """Whether the place is one of its file's."""
    told: Offsets
    """First line and column, last line and column of each, as the report has them; zeros for what is no range."""


def spans_of(places: Places, buffers: Sequence[bytes]) -> Spans:
    """Where every place is in the buffer of its file."""
    files = np.append(np.frombuffer(places.files, np.int64), NOTHING)
    lines = _Lines.of(buffers)
    told = _numbers(places.texts)
    first_lines, first_columns, last_lines, last_columns = told.T
    starts, ends = lines.offsets(files, first_lines, first_columns), lines.offsets(files, last_lines, last_columns)
    known = (starts >= 0) & (ends >= starts)
    return Spans(files, np.where(known, starts, NOTHING), np.where(known, ends, NOTHING), known, told)


@dataclass(frozen=True, slots=True)
class _Lines:
    """The lines of all buffers, one after the other, and after those of each the end of the buffer."""

    starts: Offsets
    firsts: Offsets
    counts: Offsets

    @classmethod
    def of(cls, buffers: Sequence[bytes]) -> _Lines:
        """The lines of each buffer; what may stand on a line goes up to where the next one starts."""
        found = [np.append(line_spans(buffer)[0], len(buffer)) for buffer in buffers]
        counts = np.array([len(starts) for starts in found], np.int64)
        starts = np.concatenate([*found, np.zeros(1, np.int64)])
        return cls(starts, np.cumsum(counts) - counts, counts)

    def offsets(self, files: Offsets, lines: Offsets, columns: Offsets) -> Offsets:
        """Byte offsets of positions; `NOTHING` for those that their file does not have."""
        if not len(self.counts):
            return np.full(len(files), NOTHING, np.int64)
        count = self.counts[files]
        real = (files >= 0) & (lines >= 1) & (lines <= count) & (columns >= 1)
        at = np.where(real, self.firsts[files] + lines - 1, 0)
        after = np.where(lines < count, at + 1, at)
        offsets = self.starts[at] + columns - 1
        return np.where(real & (offsets <= self.starts[after]), offsets, NOTHING)


def _numbers(texts: Sequence[str]) -> Offsets:
    """The four numbers of each range, and a row of zeros at the end; zeros, too, for what is no range."""
    plain = "\n".join(texts).encode("ascii", "replace")
    rows = len(texts)
    if rows and plain.translate(None, b"0123456789") + b"\n" == b":-:\n" * rows:
        numbers = np.fromstring(plain.translate(_MARKS), np.int64, sep=" ")
        if len(numbers) == 4 * rows:
            return np.append(numbers, np.zeros(4, np.int64)).reshape(-1, 4)
    matches = (_RANGE.fullmatch(text) for text in texts)
    found = [[int(number) for number in match.groups()] if match else [0] * 4 for match in matches]
    return np.array([*found, [0] * 4], np.int64)
