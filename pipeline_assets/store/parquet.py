"""Parts: immutable Parquet files named by their content.

A part is written aside, hashed and renamed to `data/<dataset>/<first 32 hex of its sha256>.parquet`: whenever a process
is killed, a file under a final name is whole. Writing does not force bytes to the disk; publishing does, for every part
that a snapshot newly refers to, so a power cut can only hurt files that no snapshot knows.

The encoding is a function of the rows alone (not of chunking, dictionaries or the clock): same rows, same bytes.
Strings are written by codes, unless too many differ; integers are DELTA_BINARY_PACKED and floats BYTE_STREAM_SPLIT.
Splitting integers too would be no smaller (10.12 bytes a row against 10.15, plain 12.1) and DuckDB 1.5 refuses to read
it; it sums delta pages a third faster than plain ones. A page holds all of a column's rows in a row group: readers skip
by row group, and Parquet's usual 20,000 rows a page take a tenth longer to write.
"""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyarrow.types as pt

from pipeline_assets.inference.contract import Contract
from pipeline_assets.store.columns import arrow_schema, stored_columns
from pipeline_assets.store.dictionaries import CODED, coded, is_worthwhile
from pipeline_assets.store.errors import CorruptPart, SchemaMismatch, WarehouseUnwritable

ROW_GROUP_ROWS = 262_144
"""Small enough to stream and to be read by several threads; a million saves 0.3 % of the bytes, 15 % of the writing."""

CODED_ROWS = 4_096
"""From here on strings are coded before they are written; fewer are numbered as fast by Parquet's writer."""

DATA = "data"
STAGING = "staging"


@dataclass(frozen=True, slots=True)
class Part:
    """One immutable Parquet file of a dataset; `path` is POSIX and relative to the warehouse."""

    dataset: str
    path: str
    sha256: str
    rows: int
    bytes: int
    bucket: int | None = None
    """Which bucket of files the rows belong to; none for a dataset that is not kept in buckets."""


def write_part(
    data: pa.Table | pa.RecordBatchReader,
    contract: Contract,
    root: Path,
    bucket: int | None = None,
    place: str = DATA,
) -> Part:
    """Write `data`, cast to `contract`, as one part of the warehouse at `root`; callable from any process.

    Within `Warehouse.run` nothing sweeps it away before a snapshot refers to it. `place` is the folder of datasets.
    Raises `SchemaMismatch` naming the column that does not fit, `WarehouseUnwritable` when the disk refuses.
    """
    schema = arrow_schema(stored_columns(contract))
    aside = root / STAGING / f"{uuid.uuid4().hex}.parquet"
    try:
        rows = _write_file(data, contract.name, schema, aside)
        part = _describe(aside, f"{place}/{contract.name}", contract.name, rows, bucket)
        final = root / part.path
        final.parent.mkdir(parents=True, exist_ok=True)
        aside.replace(final)  # replaces an equal file too, which heals one that has rotted
    except OSError as error:
        if error.errno is None:
            raise
        raise WarehouseUnwritable(
            root, f"cannot write the dataset {contract.name} ({os.strerror(error.errno)})"
        ) from error
    finally:
        aside.unlink(missing_ok=True)
    return part


def verify_part(part: Part, root: Path) -> None:
    """Compare size and sha256 of the file with what was recorded; `CorruptPart` says how they differ."""
    check_presence(part, root)
    if file_sha256(root / part.path) != part.sha256:
        raise CorruptPart(part.dataset, part.path, "has changed since it was written (its sha256 differs)")


def check_presence(part: Part, root: Path) -> None:
    """Compare only the size of the file with what was recorded: cheap, and enough to notice a lost or torn file."""
    try:
        size = (root / part.path).stat().st_size
    except OSError as error:
        raise CorruptPart(part.dataset, part.path, f"cannot be read ({error.strerror})") from error
    if size != part.bytes:
        raise CorruptPart(part.dataset, part.path, f"has {size} bytes instead of {part.bytes}")


def read_part(part: Part, root: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """The rows of a part, every page checked against its checksum."""
    check_presence(part, root)
    try:
        with pq.ParquetFile(root / part.path, page_checksum_verification=True) as file:
            return file.read(columns=None if columns is None else list(columns))
    except (OSError, pa.ArrowException) as error:
        raise CorruptPart(part.dataset, part.path, f"is damaged ({error})") from error


def _write_file(data: pa.Table | pa.RecordBatchReader, dataset: str, schema: pa.Schema, path: Path) -> int:
    _check_names(data.schema.names, dataset, schema.names)
    groups = _fitted_groups(data, dataset, schema)
    first = next(groups, None)
    written = schema if first is None else _written_schema(first, schema)
    rows = 0
    with _open_writer(path, written) as writer:
        for group in () if first is None else chain([first], groups):
            writer.write_table(_as_written(group, written), row_group_size=ROW_GROUP_ROWS)
            rows += group.num_rows
    return rows


def _fitted_groups(data: pa.Table | pa.RecordBatchReader, dataset: str, schema: pa.Schema) -> Iterator[pa.Table]:
    rows = 0
    for group in _row_groups(data):
        yield _fit(group, dataset, schema, rows)
        rows += group.num_rows


def _written_schema(first: pa.Table, schema: pa.Schema) -> pa.Schema:
    """The types to write: strings by codes where the first row group has many rows and few different strings."""
    if first.num_rows < CODED_ROWS:
        return schema
    return pa.schema(
        field.with_type(CODED) if pt.is_string(field.type) and is_worthwhile(first.column(field.name)) else field
        for field in schema
    )


def _as_written(group: pa.Table, written: pa.Schema) -> pa.Table:
    return pa.table([_spelled_or_coded(group.column(field.name), field.type) for field in written], schema=written)


def _spelled_or_coded(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    if column.type == kind:
        return column
    return coded(column) if pt.is_dictionary(kind) else column.cast(kind)


def _check_names(found: Sequence[str], dataset: str, wanted: Sequence[str]) -> None:
    for name in wanted:
        if found.count(name) != 1:
            raise SchemaMismatch(
                dataset, name, "the column appears twice" if name in found else "the column is missing"
            )
    for name in found:
        if name not in wanted:
            raise SchemaMismatch(dataset, name, "the contract has no such column; add it there or drop it in the task")


def _open_writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    delta = [field.name for field in schema if pt.is_integer(field.type) or pt.is_temporal(field.type)]
    split = [field.name for field in schema if pt.is_floating(field.type)]
    return pq.ParquetWriter(
        path,
        schema,
        compression="zstd",
        compression_level=1,
        use_dictionary=[field.name for field in schema if pt.is_dictionary(field.type) or pt.is_string(field.type)],
        column_encoding=dict.fromkeys(delta, "DELTA_BINARY_PACKED") | dict.fromkeys(split, "BYTE_STREAM_SPLIT"),
        write_statistics=delta,  # a row group holds names from A to Z: their least and greatest exclude nothing
        write_page_checksum=True,
        max_rows_per_page=ROW_GROUP_ROWS,
        store_schema=False,
    )


def _row_groups(data: pa.Table | pa.RecordBatchReader) -> Iterator[pa.Table]:
    """Tables of `ROW_GROUP_ROWS` rows (the last may be shorter), each in one chunk: pages would follow chunks."""
    waiting: list[pa.RecordBatch] = []
    count = 0
    for batch in data.to_batches() if isinstance(data, pa.Table) else data:
        while count + batch.num_rows >= ROW_GROUP_ROWS:
            room = ROW_GROUP_ROWS - count
            yield _join([*waiting, batch.slice(0, room)])
            batch, waiting, count = batch.slice(room), [], 0
        if batch.num_rows:
            waiting.append(batch)
            count += batch.num_rows
    if waiting:
        yield _join(waiting)


def _join(batches: list[pa.RecordBatch]) -> pa.Table:
    # Chunks may disagree about their dictionaries; unifying them is cheaper than decoding each.
    return pa.Table.from_batches(batches).unify_dictionaries().combine_chunks()


def _fit(group: pa.Table, dataset: str, schema: pa.Schema, first_row: int) -> pa.Table:
    """The columns in the contract's order and types; strings by codes if they are many."""
    by_codes = group.num_rows >= CODED_ROWS
    columns = (_fit_column(group.column(field.name), field, dataset, first_row, by_codes) for field in schema)
    return pa.table(dict(zip(schema.names, columns, strict=True)))


def _fit_column(
    values: pa.ChunkedArray, field: pa.Field, dataset: str, first_row: int, by_codes: bool
) -> pa.ChunkedArray:
    if values.null_count and not field.nullable:
        row = first_row + int(pc.index(values.is_null(), True).as_py())
        reason = f"{values.null_count} null(s) in a column that may not be null, first at row {row}"
        raise SchemaMismatch(dataset, field.name, reason)
    by_codes = by_codes and pt.is_string(field.type)
    if values.type == field.type and not by_codes:
        return values
    if not _is_castable(values.type, field.type):
        raise SchemaMismatch(dataset, field.name, f"the data has type {values.type}, the contract says {field.type}")
    try:
        return coded(values) if by_codes else values.cast(field.type)
    except pa.ArrowInvalid as error:
        raise SchemaMismatch(dataset, field.name, f"a value does not fit {field.type}: {error}") from error


def _is_castable(found: pa.DataType, wanted: pa.DataType) -> bool:
    """Whether a cast keeps the meaning: the same family of types, or a column of nothing but nulls."""
    if pt.is_dictionary(found):
        return _is_castable(found.value_type, wanted)
    return pt.is_null(found) or _family(found) == _family(wanted)


def _family(kind: pa.DataType) -> str:
    if pt.is_integer(kind) or (pt.is_decimal(kind) and kind.scale == 0):
        return "integer"  # DuckDB sums to HUGEINT, which arrives as a decimal
    if pt.is_string(kind) or pt.is_large_string(kind) or pt.is_string_view(kind):
        return "string"
    if pt.is_binary(kind) or pt.is_large_binary(kind) or pt.is_binary_view(kind):
        return "binary"
    if pt.is_timestamp(kind):
        return f"timestamp {kind.tz}"
    if pt.is_list(kind) or pt.is_large_list(kind) or pt.is_list_view(kind):
        return f"list of {_family(kind.value_type)}"
    return "float" if pt.is_floating(kind) else str(kind)


def _describe(path: Path, folder: str, dataset: str, rows: int, bucket: int | None) -> Part:
    digest = file_sha256(path)
    return Part(dataset, f"{folder}/{digest[:32]}.parquet", digest, rows, path.stat().st_size, bucket)


def file_sha256(path: Path) -> str:
    """The sha256 of a file, read back from the disk: what will be read later, not what was meant."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for block in iter(partial(file.read, 1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()
