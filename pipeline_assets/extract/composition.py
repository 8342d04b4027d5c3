"""Cutting a repository into chunks: by file ids and sizes alone, so that parts do not depend on who makes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline_assets.extract.chunk import Row

LARGEST_CHUNK = 1_500_000
SMALLEST_CHUNK = 128_000
CHUNKS_WANTED = 8
"""A small repository is still cut into a few chunks, to keep several workers busy."""
MOST_FILES = 2_000
BIG_FILE = 1_000_000
"""Files from this size are alone in their chunk, and such chunks run one at a time: parsing takes some 320 bytes of
memory a source byte."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Consecutive rows, by file id, that are extracted together."""

    rows: tuple[Row, ...]

    @property
    def size(self) -> int:
        """Bytes of source."""
        return sum(row["size"] for row in self.rows)

    @property
    def is_big(self) -> bool:
        """Whether it is one big file."""
        return len(self.rows) == 1 and self.size >= BIG_FILE

    def halves(self) -> tuple[Slice, Slice]:
        """The first and the second half of the rows."""
        middle = len(self.rows) // 2
        return Slice(self.rows[:middle]), Slice(self.rows[middle:])


def compose(rows: Sequence[Row]) -> list[Slice]:
    """Slices of about equal size, in the order of file ids."""
    return list(_cut(sorted(rows, key=lambda row: row["file_id"])))


def _cut(rows: Sequence[Row]) -> Iterator[Slice]:
    target = min(max(sum(row["size"] for row in rows) // CHUNKS_WANTED, SMALLEST_CHUNK), LARGEST_CHUNK)
    gathered: list[Row] = []
    size = 0
    for row in rows:
        if row["size"] >= BIG_FILE:
            yield Slice((row,))
            continue
        gathered.append(row)
        size += row["size"]
        if size >= target or len(gathered) >= MOST_FILES:
            yield Slice(tuple(gathered))
            gathered, size = [], 0
    if gathered:
        yield Slice(tuple(gathered))
