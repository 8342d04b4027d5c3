"""The SCIP index that was given about a repository: which file, and its digest, so that another index is noticed."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from typing import Any

import pyarrow as pa

from pipeline_assets.inference.contract import Column, Contract
from pipeline_assets.sources.paths import path_bytes, path_text
from pipeline_assets.store.columns import arrow_schema, stored_columns
from pipeline_assets.store.selection import Selection

MAX_INDEX_BYTES = 512 * 1024 * 1024
"""An index has some 100 bytes an identifier: enough for five million lines."""

INDEX_STATUSES = ("ok", "missing", "not_regular", "too_large", "unreadable")

SCIP_INDEX = Contract(
    name="scip_index",
    layer="extract",
    description="The SCIP index that was given about a repository; no row where none was.",
    columns=(
        Column("repository", "string", "Name of the repository."),
        Column("index_path", "string", r"Absolute path of the index; `\xNN` for bytes that are not UTF-8."),
        Column("size", "int64", "Size in bytes; 0 where it cannot be read."),
        Column("sha256", "string", "SHA-256 of its bytes, in hex; none where it cannot be read.", True),
        Column("status", "string", "Whether it can be read.", values=INDEX_STATUSES),
        Column("reason", "string", "Why it cannot be read.", True),
    ),
    key=("repository",),
    query="SELECT index_path, status, reason FROM scip_index",
)

_PIECE = 1 << 20
_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY


class IndexUnreadable(Exception):
    """A given index that cannot be read: `status` is the value recorded for it and `reason` says why."""

    def __init__(self, status: str, reason: str) -> None:
        super().__init__(status, reason)
        self.status, self.reason = status, reason

    def __str__(self) -> str:
        return f"the index cannot be read: {self.reason}; give another with --scip"


def scip_index_rows(repository: str, selection: Selection, limit: int = MAX_INDEX_BYTES) -> pa.Table:
    """One row for the index that was given, none where none was."""
    given = selection.scip_index
    rows = [] if given is None else [_described(repository, path_text(os.fsencode(given)), limit)]
    return pa.Table.from_pylist(rows, arrow_schema(stored_columns(SCIP_INDEX)))


def read_index(path: str, limit: int = MAX_INDEX_BYTES) -> bytes:
    """The bytes of the index at a path as `SCIP_INDEX` holds it; raises `IndexUnreadable`."""
    try:
        descriptor = os.open(path_bytes(path), _FLAGS)
    except (OSError, ValueError) as error:
        raise _refusal(error) from error
    try:
        return _read(descriptor, limit)
    except OSError as error:
        raise _refusal(error) from error
    finally:
        os.close(descriptor)


def _described(repository: str, path: str, limit: int) -> dict[str, Any]:
    row: dict[str, Any] = {"repository": repository, "index_path": path, "size": 0, "sha256": None, "reason": None}
    try:
        content = read_index(path, limit)
    except IndexUnreadable as error:
        return {**row, "status": error.status, "reason": error.reason}
    return {**row, "size": len(content), "sha256": hashlib.sha256(content).hexdigest(), "status": "ok"}


def _read(descriptor: int, limit: int) -> bytes:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise IndexUnreadable("not_regular", "it is not a regular file")
    pieces: list[bytes] = []
    size = 0
    while piece := os.read(descriptor, _PIECE):
        size += len(piece)
        if size > limit:
            raise IndexUnreadable("too_large", f"it has more than {limit} bytes")
        pieces.append(piece)
    return b"".join(pieces)


def _refusal(error: OSError | ValueError) -> IndexUnreadable:
    if isinstance(error, OSError) and error.errno in (errno.ENOENT, errno.ENOTDIR):
        return IndexUnreadable("missing", "there is no such file")
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return IndexUnreadable("unreadable", reason or type(error).__name__)
