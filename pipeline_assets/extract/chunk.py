"""What a worker is given at a time: a few files of one repository, with their bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline_assets.sources.errors import Unreadable
from pipeline_assets.sources.reading import Folder, open_folder
from pipeline_assets.sources.tree import MAX_FILE_BYTES

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One projected row and the bytes of its file; `refusal` says why there are none."""

    row: Row
    content: bytes | None
    refusal: Unreadable | None = None

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


def read_chunk(root: Path, rows: Sequence[Row], limit: int = MAX_FILE_BYTES) -> Chunk:
    """Read the files of `rows`; a row that says its file is not to be read keeps its place without bytes."""
    with open_folder(root) as folder:
        files = tuple(_read_file(folder, row, limit) for row in rows)
    return Chunk(tuple(sorted(files, key=lambda file: file.file_id)))


def _read_file(folder: Folder, row: Row, limit: int) -> SourceFile:
    if row.get("status", "ok") != "ok":
        return SourceFile(row, None)
    try:
        content = folder.read(row["path"], limit)
    except Unreadable as refusal:
        return SourceFile(row, None, refusal)
    expected = row.get("sha256")
    if expected is not None and hashlib.sha256(content).hexdigest() != expected:
        changed = Unreadable(row["path"], "unreadable", "its content changed during the build; build again")
        return SourceFile(row, None, changed)
    return SourceFile(row, content)
