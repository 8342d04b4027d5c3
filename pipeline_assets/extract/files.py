"""Files, their texts and lines: every candidate of the tree, how its bytes become text, and where its lines are."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
from ibis.expr.types import Table

from pipeline_assets.extract.arrow import repeated
from pipeline_assets.extract.chunk import Chunk, SourceFile
from pipeline_assets.extract.marks import is_generated, is_test, is_vendored
from pipeline_assets.extract.status import FileStatus, failed, skipped, status_contract, status_table, succeeded
from pipeline_assets.extract.text import (
    Encoding,
    Offsets,
    Undecodable,
    canonical_bytes,
    detect_encoding,
    line_spans,
    newline_kind,
)
from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.pipes import extractor
from pipeline_assets.sources.errors import Unreadable
from pipeline_assets.sources.tree import TREE_STATUSES
from pipeline_assets.store.columns import arrow_schema, stored_columns

FILES = Contract(
    name="files",
    layer="extract",
    description="One row per Python file found and per folder left out, with what its bytes are.",
    columns=(
        Column("repository", "string", "Name of the repository."),
        Column("file_id", "int64", "35-bit id of (repository, path); the upper bits of every id inside the file."),
        Column("path", "string", r"POSIX path from the root; `\xNN` for bytes that are not UTF-8; folders end in '/'."),
        Column("module", "string", "Dotted name it is imported under; none where no import can spell it.", True),
        Column("sha256", "string", "SHA-256 of the raw bytes, in hex.", True),
        Column("size", "int64", "Size in bytes."),
        Column("encoding", "string", "Codec that reads the source, by PEP 263.", True),
        Column("bom", "boolean", "Whether a UTF-8 byte order mark comes first.", True),
        Column("newline", "string", "Line breaks used.", True, values=("lf", "crlf", "cr", "mixed", "none")),
        Column("lines", "int32", "Number of lines.", True),
        Column("is_test", "boolean", "Test code, by folder and file name."),
        Column("is_generated", "boolean", "Generated code, by file name and first comments."),
        Column("is_vendored", "boolean", "A copy of another project, by folder name."),
        Column("layers", "string", "Layers asked for (`+name,`) or left out (`-name,`) against the default."),
        Column("status", "string", "Whether its text could be read.", values=(*TREE_STATUSES, "undecodable")),
        Column("reason", "string", "Why it could not.", True),
    ),
    key=("file_id",),
    query="SELECT path, lines FROM files WHERE status = 'ok' ORDER BY lines DESC LIMIT 20",
)

LINES = Contract(
    name="lines",
    layer="extract",
    description="One row per line of source, with its bytes in the canonical buffer, the line break left out.",
    columns=(
        Column("repository", "string", "Name of the repository."),
        Column("file_id", "int64", "The file."),
        Column("line", "int32", "Line number, from 1."),
        Column("bstart", "int32", "First byte of the line."),
        Column("bend", "int32", "Byte after the last, before the line break."),
    ),
    key=("file_id", "line"),
    spans=(("bstart", "bend"),),
    references=(Reference("file_id", "files", "file_id"),),
    query="SELECT file_id, max(bend - bstart) AS longest FROM lines GROUP BY 1 ORDER BY 2 DESC LIMIT 20",
)

FILE_TEXTS = Contract(
    name="file_texts",
    layer="extract",
    description="One row per file that could be read, with its text: the canonical buffer that every span refers to.",
    columns=(
        Column("repository", "string", "Name of the repository."),
        Column("file_id", "int64", "The file."),
        Column(
            "text", "string", "Its text without a byte order mark; `span_text(text, bstart, bend)` cuts a span out."
        ),
    ),
    key=("file_id",),
    references=(Reference("file_id", "files", "file_id"),),
    query="SELECT path, span_text(text, 0, 80) FROM file_texts JOIN files USING (repository, file_id) LIMIT 5",
)

FILES_STATUS = status_contract("files_status", "bytes were")
LAYER = "files"


@dataclass(frozen=True, slots=True)
class _File:
    """One file on its way through the stages; what could not be learnt stays empty."""

    source: SourceFile
    status: str
    problem: FileStatus | None = None
    encoding: Encoding | None = None
    canonical: bytes | None = None
    newline: str | None = None
    lines: tuple[Offsets, Offsets] | None = None
    is_generated: bool = False
    identity: dict[str, object] = field(default_factory=dict)


def _project(repository_tree: Table) -> Table:
    """Every row of the tree: what is not read is recorded too."""
    return repository_tree.select(
        "repository", "file_id", "path", "module", "size", "sha256", "layers", "status", "reason"
    )


def _scan(chunk: Chunk) -> list[_File]:
    """Decode each file by its declared encoding, or say why not."""
    return [_decode(source) for source in chunk.files]


def _classify(files: list[_File]) -> list[_File]:
    """Find line breaks and the marks that are told by the text."""
    return [file if file.canonical is None else _with_marks(file, file.canonical) for file in files]


def _identity(files: list[_File]) -> list[_File]:
    """Say which file each is: of which repository, under which names, and the digest of what was read."""
    return [replace(file, identity=_names(file.source)) for file in files]


def _materialize(files: list[_File]) -> dict[str, pa.Table]:
    """Build the tables."""
    return {
        FILES.name: pa.Table.from_pylist([_file_row(file) for file in files], arrow_schema(stored_columns(FILES))),
        FILE_TEXTS.name: _texts_table([file for file in files if file.canonical is not None]),
        LINES.name: _lines_table([file for file in files if file.lines is not None]),
        FILES_STATUS.name: status_table(file.problem or succeeded(file.source, LAYER) for file in files),
    }


@extractor(FILES, FILE_TEXTS, LINES, FILES_STATUS, stages=(_project, _scan, _classify, _identity, _materialize))
def source_files(repository_tree: Table) -> Table:
    """Files, their texts and lines, from raw bytes."""


def _decode(source: SourceFile) -> _File:
    if source.refusal is not None:
        return _File(source, source.refusal.status, failed(source, LAYER, source.refusal))
    if source.content is None:
        return _File(source, source.row["status"], _not_attempted(source))
    try:
        encoding = detect_encoding(source.content)
        return _File(source, "ok", None, encoding, canonical_bytes(source.content, encoding))
    except Undecodable as error:
        return _File(source, "undecodable", _undecodable(source, error))


def _with_marks(file: _File, canonical: bytes) -> _File:
    return replace(
        file,
        newline=newline_kind(canonical),
        lines=line_spans(canonical),
        is_generated=is_generated(file.source.path, canonical),
    )


def _names(source: SourceFile) -> dict[str, object]:
    names = {name: source.row[name] for name in ("repository", "file_id", "path", "module", "layers")}
    return {**names, "sha256": source.sha256}


def _not_attempted(source: SourceFile) -> FileStatus:
    status, reason = source.row["status"], source.row["reason"]
    if status == "unreadable":
        return failed(source, LAYER, Unreadable(source.path, status, reason))
    return skipped(source, LAYER, reason, "max_file_bytes" if status == "too_large" else None)


def _undecodable(source: SourceFile, error: Undecodable) -> FileStatus:
    return replace(failed(source, LAYER, error), error_class=error.cause, line=error.line)


def _file_row(file: _File) -> dict[str, object]:
    content, encoding = file.source.content, file.encoding
    return {
        **file.identity,
        "size": file.source.row["size"] if content is None else len(content),
        "encoding": encoding and encoding.name,
        "bom": encoding and encoding.bom,
        "newline": file.newline,
        "lines": None if file.lines is None else len(file.lines[0]),
        "is_test": is_test(file.source.path),
        "is_generated": file.is_generated,
        "is_vendored": is_vendored(file.source.path),
        "status": file.status,
        "reason": file.problem and file.problem.message,
    }


def _texts_table(files: list[_File]) -> pa.Table:
    schema = arrow_schema(stored_columns(FILE_TEXTS))
    texts = pa.array([file.canonical for file in files], pa.binary()).cast(pa.string())
    names = pa.array([file.source.repository for file in files], pa.string())
    return pa.table([names, pa.array([file.source.file_id for file in files], pa.int64()), texts], schema=schema)


def _lines_table(files: list[_File]) -> pa.Table:
    spans = [file.lines for file in files if file.lines is not None]
    counts = [len(starts) for starts, _ in spans]
    empty = np.zeros(0, np.int64)
    of_file = np.repeat(np.arange(len(files)), counts)
    return pa.table(
        {
            "repository": repeated([file.source.repository for file in files], of_file),
            "file_id": np.array([file.source.file_id for file in files], np.int64)[of_file],
            "line": np.concatenate([empty, *(np.arange(1, count + 1) for count in counts)]).astype(np.int32),
            "bstart": np.concatenate([empty, *(starts for starts, _ in spans)]).astype(np.int32),
            "bend": np.concatenate([empty, *(ends for _, ends in spans)]).astype(np.int32),
        }
    )
