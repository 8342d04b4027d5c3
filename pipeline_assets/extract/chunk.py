"""What a worker is given: a few files of one repository with their bytes, or the repository as a whole."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline_assets.extract.text import Encoding, canonical_bytes
from pipeline_assets.sources.errors import Unreadable
from pipeline_assets.sources.reading import Readable, Source
from pipeline_assets.sources.tree import MAX_FILE_BYTES

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One projected row and the bytes of its file; `refusal` says why there are none."""

    row: Row
    content: bytes | None
    refusal: Unreadable | None = None
    sha256: str | None = None
    """Of the bytes, in hex."""

    @property
    def repository(self) -> str:
        """Name of the repository."""
        return str(self.row["repository"])

    @property
    def file_id(self) -> int:
        """Id of the file."""
        return int(self.row["file_id"])

    @property
    def path(self) -> str:
        """Path as text, from the repository's root."""
        return str(self.row["path"])


@dataclass(frozen=True, slots=True)
class Chunk:
    """Files that one worker turns into one part per dataset, ordered by `file_id`."""

    files: tuple[SourceFile, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """A whole repository, as the reader of an extractor is given it."""

    inputs: Mapping[str, pa.Table]
    """The projections by dataset; the first holds the files."""
    source: Source
    """Where the files are read from."""
    scratch: Path
    """An empty folder that is removed afterwards."""
    max_file_bytes: int = MAX_FILE_BYTES

    def chunk(self) -> Chunk:
        """Every projected file with its bytes."""
        return read_chunk(self.source, next(iter(self.inputs.values())).to_pylist(), self.max_file_bytes)


def canonical_text(file: SourceFile) -> bytes:
    """A file's canonical buffer.

    Raises:
        Unreadable: Its bytes could not be read.
        Undecodable: They are no text in the encoding that the file declares.
    """
    if file.content is None:
        assert file.refusal is not None
        raise file.refusal
    return canonical_bytes(file.content, Encoding(file.row["encoding"], file.row["bom"]))


def input_digest(row: Row) -> int:
    """A digest of everything an extractor is given about a file, its content's hash included; 63 bits.

    The names of the columns are left out: they belong to the plan.
    """
    digest = hashlib.blake2b("\0".join(map(str, row.values())).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def read_chunk(source: Source, rows: Sequence[Row], limit: int = MAX_FILE_BYTES) -> Chunk:
    """Read the files of `rows`; a row that says its file is not to be read keeps its place without bytes."""
    with source.open() as opened:
        files = tuple(_read_file(opened, row, limit) for row in rows)
    return Chunk(tuple(sorted(files, key=lambda file: file.file_id)))


def _read_file(opened: Readable, row: Row, limit: int) -> SourceFile:
    if row.get("status", "ok") != "ok":
        return SourceFile(row, None)
    try:
        content = opened.read(row["path"], limit)
    except Unreadable as refusal:
        return SourceFile(row, None, refusal)
    sha256 = hashlib.sha256(content).hexdigest()
    if sha256 != row["sha256"]:
        changed = Unreadable(row["path"], "unreadable", "its content changed during the build; build again")
        return SourceFile(row, None, changed)
    return SourceFile(row, content, None, sha256)
