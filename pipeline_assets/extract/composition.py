"""Cutting a repository into buckets and slices: by file ids and sizes alone, so that parts do not depend on who makes
them, nor on what was built before.

A bucket is a range of file ids: ids are hashes, so buckets are about equal, a file stays in its bucket when others come
and go, and parts in the order of buckets are in the order of ids. A slice is what one worker does at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from pipeline_assets.extract.chunk import Row
from pipeline_assets.sources.identity import FILE_ID_BITS

LARGEST_BUCKET = 750_000
"""Mean bytes of source a bucket: workers stay below 250 MB, and a changed file costs little beside itself."""
SMALLEST_BUCKET = 128_000
BUCKETS_WANTED = 8
"""A small repository is still cut into a few buckets, to keep several workers busy."""
LARGEST_SLICE = 1_000_000
MOST_FILES = 1_000
BIG_FILE = 1_000_000
"""Files from this size are alone in their slice, and such slices run one at a time: parsing takes some 320 bytes of
memory a source byte."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Consecutive rows of one bucket, by file id, that are extracted together."""

    bucket: int
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
        return Slice(self.bucket, self.rows[:middle]), Slice(self.bucket, self.rows[middle:])


def bucket_bits(size: int) -> int:
    """How many upper bits of a file id name its bucket, in a repository of `size` bytes of source."""
    target = min(max(size // BUCKETS_WANTED, SMALLEST_BUCKET), LARGEST_BUCKET)
    return max(size // target - 1, 0).bit_length()


def bucket_of(file_id: int, bits: int) -> int:
    """The bucket of a file: a one and then the upper bits of its id, so that a number means one range of ids."""
    return 1 << bits | file_id >> (FILE_ID_BITS - bits)


def overlap(one: int, other: int) -> bool:
    """Whether two buckets, perhaps of different sizes, share ids."""
    shorter, longer = sorted((one, other))
    return longer >> (longer.bit_length() - shorter.bit_length()) == shorter


def compose(rows: Sequence[Row], bits: int) -> dict[int, list[Slice]]:
    """The slices of every bucket that has files, both in the order of file ids."""
    ordered = sorted(rows, key=lambda row: row["file_id"])
    grouped = groupby(ordered, key=lambda row: bucket_of(row["file_id"], bits))
    return {bucket: list(_cut(bucket, found)) for bucket, found in grouped}


def _cut(bucket: int, rows: Iterator[Row]) -> Iterator[Slice]:
    gathered: list[Row] = []
    size = 0
    for row in rows:
        alone = row["size"] >= BIG_FILE
        if gathered and (alone or size + row["size"] > LARGEST_SLICE or len(gathered) >= MOST_FILES):
            yield Slice(bucket, tuple(gathered))
            gathered, size = [], 0
        if alone:
            yield Slice(bucket, (row,))
        else:
            gathered.append(row)
            size += row["size"]
    if gathered:
        yield Slice(bucket, tuple(gathered))
