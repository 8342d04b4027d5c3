"""The tree of a repository: every Python file that could be read and every reason why one will not be."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pathspec
import pyarrow as pa

from pipeline_assets.inference.contract import Column, Contract
from pipeline_assets.sources.errors import BadPattern, NoPython, NotAFolder, PathMissing, TooManyFiles, Unreadable
from pipeline_assets.sources.identity import file_ids
from pipeline_assets.sources.paths import ImportRoot, import_root, is_python, path_text
from pipeline_assets.sources.reading import FOLDER_FLAGS, Folder, Readable, Source, WorkingFolder, open_folder
from pipeline_assets.store.columns import arrow_schema, stored_columns
from pipeline_assets.store.selection import EVERYTHING, Selection, layers_text

MAX_FILE_BYTES = 4 * 1024 * 1024
"""Parsing takes some 320 bytes of memory a source byte: this keeps a worker near 1.3 GB."""
MAX_FILES = 200_000

TREE_STATUSES = ("ok", "pruned", "excluded", "symlink", "not_regular", "too_large", "unreadable")

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

PRUNED = {
    ".git": "version control",
    ".hg": "version control",
    ".svn": "version control",
    ".tox": "tool environments",
    ".nox": "tool environments",
    ".eggs": "build requirements",
    "node_modules": "packages of another language",
    "site-packages": "installed packages",
    "dist-packages": "installed packages",
}
"""Folders that are left out, each as one row, unless an exclude pattern of the form `!name/` asks for them."""

CACHES = frozenset({"__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis"})
"""Folders that are not even rows: they hold no source and come and go between two builds of the same source."""

ENVIRONMENT_MARK = "pyvenv.cfg"


@dataclass(frozen=True)
class Tree:
    """One repository as found on disk: where it is, what its rows say, and where module names start."""

    repository: str
    root: Path
    source: Source
    found: tuple[Mapping[str, Any], ...]
    """What the walk found, sorted by `file_id`; no file was opened yet."""
    import_root: ImportRoot
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

    Raises `PathMissing`, `NotAFolder`, `NoPython`, `TooManyFiles` or `BadPattern`.
    """
    _require_folder(root)
    rules = _Rules(_spec(selection.include), _spec(selection.exclude), max_file_bytes)
    found: list[_Found] = []
    with open_folder(root) as folder:
        for item in _walk(folder, rules):
            found.append(item)
            if len(found) > max_files:
                raise TooManyFiles(root, max_files)
    if not any(item.status == "ok" for item in found):
        raise NoPython(root, sum(item.status != "pruned" for item in found))
    return _as_tree(root, repository, found, selection, max_file_bytes)


@dataclass(frozen=True, slots=True)
class _Found:
    path: bytes
    size: int
    status: str = "ok"
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class _Rules:
    include: pathspec.GitIgnoreSpec | None
    exclude: pathspec.GitIgnoreSpec | None
    max_file_bytes: int

    def refuse_folder(self, path: bytes) -> tuple[str, str] | None:
        """Status and reason of a folder that is not entered."""
        wanted = self._excluded(path + b"/")
        if wanted:
            return "excluded", "an exclude pattern matches"
        reason = PRUNED.get(path_text(path.rpartition(b"/")[2]))
        return ("pruned", reason) if reason and wanted is None else None

    def prunes_environments(self, path: bytes) -> bool:
        """Whether a virtual environment found at `path` is left out; `!path/` asks for it."""
        return self._excluded(path + b"/") is None

    def refuse_file(self, path: bytes) -> str | None:
        """Reason why a file is not wanted."""
        if self._excluded(path):
            return "an exclude pattern matches"
        if self.include and not self.include.match_file(path_text(path)):
            return "no include pattern matches"
        return None

    def _excluded(self, path: bytes) -> bool | None:
        """True when excluded, False when re-included by a `!` pattern, None when nothing is said."""
        return self.exclude.check_file(path_text(path)).include if self.exclude else None


def _require_folder(root: Path) -> None:
    try:
        mode = root.stat().st_mode
    except OSError as error:
        raise PathMissing(root) from error
    if not stat.S_ISDIR(mode):
        raise NotAFolder(root)


def _spec(patterns: Sequence[str]) -> pathspec.GitIgnoreSpec | None:
    for pattern in patterns:
        try:
            pathspec.GitIgnoreSpec.from_lines([pattern])
        except ValueError as error:
            raise BadPattern(pattern, str(error)) from error
    return pathspec.GitIgnoreSpec.from_lines(patterns) if patterns else None


@dataclass(frozen=True, slots=True)
class _Entry:
    """What a folder lists, as far as it matters: folders, candidates, and links to folders."""

    path: bytes
    mode: int
    size: int
    links_to_folder: bool = False


def _walk(root: Folder, rules: _Rules) -> Iterator[_Found]:
    """Depth first, with a stack of folders: a chain of folders may be deeper than Python's recursion limit."""
    pending = [b""]
    while pending:
        folder = pending.pop()
        try:
            is_environment, entries = _list(root, folder)
        except OSError as error:
            yield _Found(folder + b"/", 0, "unreadable", error.strerror)
            continue
        if is_environment and folder and rules.prunes_environments(folder):
            yield _Found(folder + b"/", 0, "pruned", "virtual environment")
            continue
        for entry in entries:
            if stat.S_ISDIR(entry.mode):
                refused = rules.refuse_folder(entry.path)
                if refused:
                    yield _Found(entry.path + b"/", 0, *refused)
                else:
                    pending.append(entry.path)
            else:
                yield _classify(entry, rules)


def _list(root: Folder, folder: bytes) -> tuple[bool, list[_Entry]]:
    """Whether the folder is a virtual environment, and its entries; stat is only asked of those that matter."""
    descriptor = root.open(folder or b".", FOLDER_FLAGS)
    try:
        with os.scandir(descriptor) as listed:
            entries = list(listed)
        prefix = folder + b"/" if folder else b""
        return any(entry.name == ENVIRONMENT_MARK for entry in entries), list(_relevant(prefix, entries))
    finally:
        os.close(descriptor)


def _relevant(prefix: bytes, entries: Sequence[os.DirEntry[str]]) -> Iterator[_Entry]:
    for entry in entries:
        name = os.fsencode(entry.name)
        if entry.is_dir(follow_symlinks=False):
            if entry.name not in CACHES:
                yield _Entry(prefix + name, stat.S_IFDIR, 0)
        elif is_python(name) or entry.is_symlink():
            links_to_folder = entry.is_symlink() and _is_folder(entry)
            if links_to_folder or is_python(name):
                status = entry.stat(follow_symlinks=False)
                yield _Entry(prefix + name, status.st_mode, status.st_size, links_to_folder)


def _is_folder(link: os.DirEntry[str]) -> bool:
    try:
        return link.is_dir()
    except OSError:  # a loop of links, or a target that may not be looked at: not a folder that could be entered
        return False


def _classify(entry: _Entry, rules: _Rules) -> _Found:
    path = entry.path + b"/" if entry.links_to_folder else entry.path
    unwanted = rules.refuse_file(path)
    if unwanted:
        return _Found(path, entry.size, "excluded", unwanted)
    if stat.S_ISLNK(entry.mode):
        return _Found(path, 0, "symlink", "symbolic links are not followed")
    if not stat.S_ISREG(entry.mode):
        return _Found(path, 0, "not_regular", "it is not a regular file")
    if entry.size > rules.max_file_bytes:
        return _Found(path, entry.size, "too_large", f"it has more than {rules.max_file_bytes} bytes")
    return _Found(path, entry.size)


def _as_tree(root: Path, repository: str, found: Sequence[_Found], selection: Selection, max_file_bytes: int) -> Tree:
    ids = file_ids(repository, (item.path for item in found))
    names = import_root({path_text(item.path) for item in found}, root.resolve().name)
    rows = [
        {
            "repository": repository,
            "file_id": ids[item.path],
            "path": path_text(item.path),
            "module": names.module(path_text(item.path)),
            "size": item.size,
            "sha256": None,
            "layers": layers_text(selection.layers),
            "status": item.status,
            "reason": item.reason,
        }
        for item in sorted(found, key=lambda item: ids[item.path])
    ]
    return Tree(repository, root.resolve(), WorkingFolder(root.resolve()), tuple(rows), names, max_file_bytes)


def _digested(files: Readable, row: Mapping[str, Any], limit: int) -> dict[str, Any]:
    if row["status"] != "ok":
        return dict(row)
    try:
        content = files.read(row["path"], limit)
    except Unreadable as refusal:  # since it was found it changed, or it could never be opened
        return {**row, "status": refusal.status, "reason": refusal.reason}
    return {**row, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
