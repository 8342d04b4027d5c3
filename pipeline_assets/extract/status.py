"""What became of every file in every layer: read, refused and why, or lost to a worker that died on it."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from operator import attrgetter

import pyarrow as pa

from pipeline_assets.extract.chunk import Row, SourceFile, input_digest
from pipeline_assets.inference.contract import Column, Contract
from pipeline_assets.pipes import union
from pipeline_assets.sources.errors import Unreadable
from pipeline_assets.store.columns import arrow_schema, stored_columns

PARSER_ERRORS = (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError)
"""What CPython's parser and symbol table raise for sources they refuse."""

STATUS_SUFFIX = "_status"
"""What the status dataset of a layer is called after the layer's name."""

STATUSES = ("ok", "failed", "skipped", "limited", "crashed", "timeout")

_COLUMNS = (
    Column("repository", "string", "Name of the repository."),
    Column("file_id", "int64", "The file."),
    Column("layer", "string", "The extractor that tells."),
    Column("path", "string", "Path from the repository's root."),
    Column(
        "status",
        "string",
        "ok; failed: the producer refused the file; skipped: not attempted; limited: done up to a limit; "
        "crashed, timeout: the worker died on it or was stopped.",
        values=STATUSES,
    ),
    Column("error_class", "string", "Class of the producer's error.", True),
    Column("message", "string", "What went wrong, or why the file was skipped.", True),
    Column("line", "int32", "Line of the problem, from 1.", True),
    Column("col", "int32", "Column of the problem, from 1, in characters, as the producer counts.", True),
    Column("limit", "string", "The limit that was hit.", True),
    Column("producer", "string", "What read the file."),
    Column("producer_version", "string", "Its version."),
    Column(
        "input_digest",
        "int64",
        "Digest of all that the layer was given about the file; as long as it stays, its rows are not computed again.",
    ),
)

EXTRACT_STATUS = Contract(
    name="extract_status",
    layer="extract",
    description="What became of every file in every layer: read, refused and why, skipped and why.",
    columns=_COLUMNS,
    key=("file_id", "layer"),
    query="SELECT layer, status, count(*) FROM extract_status GROUP BY ALL ORDER BY ALL",
)

extract_status = union(EXTRACT_STATUS)


def status_contract(dataset: str, subject: str) -> Contract:
    """The contract of one extractor's part of `extract_status`."""
    return Contract(
        name=dataset,
        layer="extract",
        description=f"What became of every file when its {subject} read.",
        columns=_COLUMNS,
        key=("file_id", "layer"),
        part_of=EXTRACT_STATUS.name,
        query=f"SELECT status, error_class, count(*) FROM {dataset} GROUP BY ALL ORDER BY ALL",
    )


@dataclass(frozen=True, slots=True)
class FileStatus:
    """One row of `extract_status`."""

    repository: str
    file_id: int
    layer: str
    path: str
    input_digest: int
    status: str = "ok"
    error_class: str | None = None
    message: str | None = None
    line: int | None = None
    col: int | None = None
    limit: str | None = None
    producer: str = "cpython"
    producer_version: str = platform.python_version()


def succeeded(file: SourceFile, layer: str) -> FileStatus:
    """The row of a file that was read."""
    return row_status(file.row, layer)


def skipped(file: SourceFile, layer: str, message: str, limit: str | None = None) -> FileStatus:
    """The row of a file that was not attempted, and why."""
    return replace(row_status(file.row, layer), status="skipped", message=message, limit=limit)


def failed(file: SourceFile, layer: str, error: Exception) -> FileStatus:
    """The row of a file that the producer refused with `error`."""
    line, col, message = None, None, str(error)
    if isinstance(error, SyntaxError):
        line, col, message = error.lineno or None, error.offset or None, error.msg
    elif isinstance(error, Unreadable):
        message = error.reason
    return replace(
        row_status(file.row, layer),
        status="failed",
        error_class=type(error).__name__,
        message=message.encode("utf-8", "backslashreplace").decode(),
        line=line,
        col=col,
    )


def in_characters(error: Exception, source: bytes | str, parse: Callable[[str], object]) -> Exception:
    """The error with its column in characters: given bytes, CPython before 3.13 counts some columns in these."""
    if isinstance(error, SyntaxError) and isinstance(source, bytes) and not source.isascii():
        try:
            parse(source.decode())
        except PARSER_ERRORS as again:
            return again if str(again.args[:1]) == str(error.args[:1]) else error
    return error


def limited(file: SourceFile, layer: str, limit: str, message: str) -> FileStatus:
    """The row of a file that exceeds a limit of ours."""
    return replace(row_status(file.row, layer), status="limited", message=message, limit=limit)


def lost(row: Row, dataset: str, error: BaseException) -> FileStatus:
    """The row of a file that no worker survived; `dataset` is the layer's status dataset."""
    status, error_class, message = "crashed", type(error).__name__, str(error)
    if isinstance(error, TimeoutError):
        status, message = "timeout", "the worker was stopped: it took too long"
    elif hasattr(error, "exitcode"):
        message = f"the worker died with exit code {error.exitcode}"
    else:
        error_class = getattr(error, "error_class", error_class)
    return replace(
        row_status(row, dataset.removesuffix(STATUS_SUFFIX)),
        status=status,
        error_class=error_class,
        message=message,
        limit="seconds" if status == "timeout" else None,
        producer="worker pool",
    )


def row_status(row: Row, layer: str) -> FileStatus:
    """The row of a file of which nothing is known but what was projected."""
    return FileStatus(row["repository"], row["file_id"], layer, row["path"], input_digest(row))


def status_table(statuses: Iterable[FileStatus]) -> pa.Table:
    """The rows as a table in contract order, sorted by key."""
    ordered = sorted(statuses, key=attrgetter("file_id", "layer"))
    schema = arrow_schema(stored_columns(EXTRACT_STATUS))
    return pa.table([pa.array(list(map(attrgetter(field.name), ordered)), field.type) for field in schema], schema)
