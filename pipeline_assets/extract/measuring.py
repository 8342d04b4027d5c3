"""How large what one stage hands to the next is; only asked when stages are profiled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from pipeline_assets.extract.chunk import Chunk


@dataclass(frozen=True, slots=True)
class Size:
    """Rows and bytes of a value, None where it has none; of several tables, columns are `table.column`."""

    rows: int | None
    bytes: int | None
    columns: tuple[str, ...] = ()

    def __add__(self, other: Size) -> Size:
        """Of two values together, such as those of two groups of files."""
        columns = tuple(dict.fromkeys((*self.columns, *other.columns)))
        return Size(_sum(self.rows, other.rows), _sum(self.bytes, other.bytes), columns)


NOTHING = Size(0, 0)
UNKNOWN = Size(None, None)


def size_of(value: Any) -> Size:
    """The size of a table, of several by name, of a chunk of files, or of a record of arrays and tables.

    Arrays side by side have bytes, but how many rows they stand for their names do not say; other values are opaque.
    """
    match value:
        case pa.Table():
            return Size(value.num_rows, value.nbytes, tuple(value.column_names))
        case Chunk():
            return Size(len(value.files), sum(len(file.content or b"") for file in value.files))
        case np.ndarray():
            return Size(None, value.nbytes)
        case Mapping():
            return _together({str(name): size_of(item) for name, item in value.items()})
    if is_dataclass(value) and not isinstance(value, type):
        return _together({f.name: size_of(getattr(value, f.name)) for f in fields(value)})
    return UNKNOWN


def _together(sizes: Mapping[str, Size]) -> Size:
    columns = tuple(f"{name}.{column}" for name, size in sizes.items() for column in size.columns)
    return Size(_total(s.rows for s in sizes.values()), _total(s.bytes for s in sizes.values()), columns)


def _total(counts: Iterable[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _sum(first: int | None, second: int | None) -> int | None:
    return None if first is None or second is None else first + second
