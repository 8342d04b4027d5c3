"""Documents made of fixed text and of queries whose rows are lines of text; written in batches, never held whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from pipeline_assets.store.connection import stream

Progress = Callable[[int], object]
"""Told how many more rows are written."""


@dataclass(frozen=True, slots=True)
class Rows:
    """A query with one column of text: each row is one line with its end."""

    sql: str


Document = Sequence[str | Rows]


def written(connection: duckdb.DuckDBPyConnection, document: Document, progress: Progress) -> Iterator[bytes]:
    """The document's bytes, batch by batch; `connection` must keep the order of rows."""
    for piece in document:
        if isinstance(piece, str):
            yield piece.encode()
        else:
            for batch in stream(connection, piece.sql):
                yield _joined(batch.column(0))
                progress(batch.num_rows)


def _joined(lines: pa.Array) -> bytes:
    """All lines one after the other, as an Arrow array of strings holds them anyway."""
    array = lines.cast(pa.large_string())
    _, offsets, text = array.buffers()
    if text is None or not len(array):
        return b""
    places = memoryview(offsets).cast("q")
    return memoryview(text)[places[array.offset] : places[array.offset + len(array)]].tobytes()
