"""The tree of a repository: every Python file that could be read and every reason why one will not be."""

from __future__ import annotations

import hashlib
import stat
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline_assets.inference.contract import Column, Contract
from pipeline_assets.sources.commits import walk_revision
from pipeline_assets.sources.errors import NoPython, NotAFolder, PathMissing, Unreadable
from pipeline_assets.sources.folders import FolderWalk
from pipeline_assets.sources.identity import file_ids
from pipeline_assets.sources.layout import ImportRoots, found_roots, given_roots, project_folders
from pipeline_assets.sources.paths import path_text
from pipeline_assets.sources.reading import Readable, Source, WorkingFolder, open_folder
from pipeline_assets.sources.rules import SUBMODULE, Found, Rules, Survey
from pipeline_assets.store.columns import arrow_schema, stored_columns
from pipeline_assets.store.selection import EVERYTHING, Selection, layers_text

MAX_FILE_BYTES = 4 * 1024 * 1024
"""Parsing takes some 320 bytes of memory a source byte: this keeps a worker near 1.3 GB."""
MAX_FILES = 200_000

TREE_STATUSES = ("ok", "pruned", "excluded", "ignored", "symlink", "not_regular", "too_large", "unreadable")

UNNAMED = frozenset({"pruned", "ignored", "symlink"})
"""What has no say in how modules are called; a file that a pattern leaves out has, or names would change with it."""

REPOSITORY_TREE = Contract(
    name="repository_tree",
    layer="extract",
    description="Every Python file found in a repository, and every folder or file left out, with the reason.",
    columns=(
        Column("repository", "string", "Name of the repository."),
        Column("file_id", "int64", "35-bit id of (repository, path); the upper bits of every id inside the file."),
        Column("path", "string", r"POSIX path from the root; `\xNN` for bytes that are not UTF-8; folders end in '/'."),
        Column("module", "string", "Dotted name it is imported under; none where no import can spell it.", True),
        Column("size", "int64", "Size in bytes when the tree was walked; 0 for folders."),
        Column("sha256", "string", "SHA-256 of the raw bytes, in hex; none where they will not be read.", True),
        Column("layers", "string", "Layers asked for (`+name,`) or left out (`-name,`) against the default."),
        Column("status", "string", "Whether it will be read.", values=TREE_STATUSES),
        Column("reason", "string", "Why it will not be read.", True),
    ),
    key=("file_id",),
    query="SELECT status, count(*) FROM repository_tree GROUP BY 1 ORDER BY 2 DESC",
)


@dataclass(frozen=True)
class Tree:
    """One repository as found on disk: where it is, what its rows say, and where module names start."""

    repository: str
    root: Path
    source: Source
    found: tuple[Mapping[str, Any], ...]
    """What the walk found, sorted by `file_id`; no file was opened yet."""
    import_roots: ImportRoots
    max_file_bytes: int

    @cached_property
    def table(self) -> pa.Table:
        """Rows of `REPOSITORY_TREE`, sorted by `file_id`: every file that will be read is read once, for its digest."""
        with self.source.open() as files:
            rows = [_digested(files, row, self.max_file_bytes) for row in self.found]
        return pa.Table.from_pylist(rows, arrow_schema(stored_columns(REPOSITORY_TREE)))

    @property
    def bytes(self) -> int:
        """The size of all files that will be read."""
        return sum(row["size"] for row in self.found if row["status"] == "ok")


def walk(
    root: Path,
    repository: str,
    selection: Selection = EVERYTHING,
    *,
    max_file_bytes: int = MAX_FILE_BYTES,
    max_files: int = MAX_FILES,
) -> Tree:
    """Find the Python files below `root` that `selection` asks for.

    Raises `PathMissing`, `NotAFolder`, `NoPython`, `TooManyFiles`, `TooManyFolders`, `BadPattern`, `BadImportRoot` and,
    for a revision, `NoRepository`, `UnknownRevision`, `NotInRevision` or `GitUnreadable`.
    """
    _require_folder(root)
    rules, survey = Rules.of(selection, max_file_bytes), Survey(root, max_files)
    source = _survey(root, selection, rules, survey)
    found = survey.distinct()
    if not any(item.status == "ok" for item in found):
        raise NoPython(root, Counter(item.reason or item.status for item in found if _is_told(item)))
    roots = _import_roots(root, selection, source, survey)
    rows = _rows(repository, found, selection, roots)
    return Tree(repository, root.resolve(), source, tuple(rows), roots, max_file_bytes)


def _survey(root: Path, selection: Selection, rules: Rules, survey: Survey) -> Source:
    """Find the candidates; gives where they are read from."""
    if selection.rev:
        return walk_revision(root, selection.rev, rules, survey)
    with open_folder(root) as folder:
        FolderWalk(folder, rules, survey).run()
    return WorkingFolder(root.resolve())


def _is_told(item: Found) -> bool:
    """Whether a candidate that was left out may be why there is nothing: most folders never held source."""
    return item.status != "pruned" or str(item.reason).startswith(SUBMODULE)


def _require_folder(root: Path) -> None:
    try:
        mode = root.stat().st_mode
    except OSError as error:
        raise PathMissing(root) from error
    if not stat.S_ISDIR(mode):
        raise NotAFolder(root)


def _import_roots(root: Path, selection: Selection, source: Source, survey: Survey) -> ImportRoots:
    paths = {path_text(item.path) for item in survey.found if item.status not in UNNAMED}
    if selection.import_roots:
        return given_roots(root, selection.import_roots, paths)
    with source.open() as files:
        projects = set(project_folders(files, survey.projects))
    name = root.resolve().name
    return found_roots(paths, projects, name.removesuffix(".git") if selection.rev else name)


def _rows(
    repository: str, found: Sequence[Found], selection: Selection, roots: ImportRoots
) -> Iterator[Mapping[str, Any]]:
    ids = file_ids(repository, (item.path for item in found))
    for item in sorted(found, key=lambda item: ids[item.path]):
        path = path_text(item.path)
        yield {
            "repository": repository,
            "file_id": ids[item.path],
            "path": path,
            "module": roots.module(path),
            "size": item.size,
            "sha256": None,
            "layers": layers_text(selection.layers),
            "status": item.status,
            "reason": item.reason,
        }


def _digested(files: Readable, row: Mapping[str, Any], limit: int) -> dict[str, Any]:
    if row["status"] != "ok":
        return dict(row)
    try:
        content = files.read(row["path"], limit)
    except Unreadable as refusal:  # since it was found it changed, or it could never be opened
        return {**row, "status": refusal.status, "reason": refusal.reason}
    return {**row, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
