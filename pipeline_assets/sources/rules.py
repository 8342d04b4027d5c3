"""What is left out of a repository, and why: patterns, folders that hold no source of it, and sizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pathspec

from pipeline_assets.sources.errors import BadPattern, TooManyFiles, TooManyFolders
from pipeline_assets.sources.paths import path_text
from pipeline_assets.store.selection import Selection

VERSION_CONTROL = "version control"
PRUNED = {
    ".git": VERSION_CONTROL,
    ".hg": VERSION_CONTROL,
    ".svn": VERSION_CONTROL,
    ".tox": "tool environments",
    ".nox": "tool environments",
    ".eggs": "build requirements",
    "node_modules": "packages of another language",
    "site-packages": "installed packages",
    "dist-packages": "installed packages",
}
"""Folders that are left out, each as one row, unless an exclude pattern of the form `!name/` asks for them;
a `!` pattern for a folder asks for all that it holds, but never for what version control keeps there."""

CACHES = frozenset({b"__pycache__", b".mypy_cache", b".pytest_cache", b".ruff_cache", b".hypothesis"})
"""Folders that are not even rows: they hold no source and come and go between two builds of the same source."""

ENVIRONMENT_MARK = b"pyvenv.cfg"
PROJECT_FILES = frozenset({b"pyproject.toml", b"setup.py", b"setup.cfg"})
"""What may say that a folder is a project of its own."""

FOLDERS_A_FILE = 10
"""Folders that are entered for each file allowed: a commit of a few kilobytes can hold billions of folders."""

SUBMODULE = "git submodule"


@dataclass(frozen=True, slots=True)
class Found:
    """A candidate, or a folder that was not entered."""

    path: bytes
    size: int
    status: str = "ok"
    reason: str | None = None


@dataclass(slots=True)
class Survey:
    """What a walk has found so far, within limits."""

    root: Path
    max_files: int
    found: list[Found] = field(default_factory=list)
    projects: list[bytes] = field(default_factory=list)
    """Paths of the files that may say that their folder is a project."""
    folders: int = 0

    def add(self, item: Found) -> None:
        """Note one; raises `TooManyFiles`."""
        self.found.append(item)
        if len(self.found) > self.max_files:
            raise TooManyFiles(self.root, self.max_files)

    def distinct(self) -> list[Found]:
        """What was found, each path once: a commit made by hand can list a name twice."""
        return list({item.path: item for item in reversed(self.found)}.values())

    def enter(self) -> None:
        """Count a folder; raises `TooManyFolders`."""
        self.folders += 1
        if self.folders > self.max_files * FOLDERS_A_FILE:
            raise TooManyFolders(self.root, self.max_files * FOLDERS_A_FILE)


@dataclass(frozen=True, slots=True)
class Rules:
    """What was asked for, as questions about one path."""

    include: pathspec.GitIgnoreSpec | None
    exclude: pathspec.GitIgnoreSpec | None
    max_file_bytes: int
    submodules: bool = False

    @classmethod
    def of(cls, selection: Selection, max_file_bytes: int) -> Rules:
        """The rules of a selection; raises `BadPattern`."""
        include, exclude = _spec(selection.include), _spec(selection.exclude)
        return cls(include, exclude, max_file_bytes, selection.submodules)

    def refuse_folder(self, path: bytes) -> tuple[str, str] | None:
        """Status and reason of a folder that is not entered."""
        wanted = self._excluded(path + b"/")
        if wanted:
            return "excluded", "an exclude pattern matches"
        reason = PRUNED.get(path_text(path.rpartition(b"/")[2]))
        is_pruned = reason == VERSION_CONTROL or wanted is None
        return ("pruned", reason) if reason and is_pruned else None

    def asks_for(self, path: bytes) -> bool:
        """Whether a `!` pattern asks for a path, whatever else would leave it out; folders end in a slash."""
        return self._excluded(path) is False

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


def _spec(patterns: Sequence[str]) -> pathspec.GitIgnoreSpec | None:
    for pattern in patterns:
        try:
            pathspec.GitIgnoreSpec.from_lines([pattern])
        except ValueError as error:
            raise BadPattern(pattern, str(error)) from error
    return pathspec.GitIgnoreSpec.from_lines(patterns) if patterns else None
