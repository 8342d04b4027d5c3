"""Errors of the sources room: what cannot be read, where, and what to do about it.

SourceError
├── PathMissing        the given path does not exist
├── NotAFolder         the given path is a file, not a repository's folder
├── NoPython           the folder is empty, or holds no Python at all
├── TooManyFiles       more candidates than the limit allows
├── BadPattern         an include or exclude pattern that pathspec refuses
└── Unreadable         one file that cannot be read; `status` is the value recorded for it
"""

from __future__ import annotations

from pathlib import Path


class SourceError(Exception):
    """Base of everything that keeps a repository, or one file of it, from being read."""


class PathMissing(SourceError):
    """The given path does not exist."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return f"{self.path} does not exist; give the folder of a repository"


class NotAFolder(SourceError):
    """The given path is a file or something else that is not a folder."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return f"{self.path} is not a folder; give the folder that holds it, narrowed with --include if need be"


class NoPython(SourceError):
    """The folder holds nothing to read; `skipped` counts the candidates that were left out."""

    def __init__(self, path: Path, skipped: int) -> None:
        super().__init__(path, skipped)
        self.path, self.skipped = path, skipped

    def __str__(self) -> str:
        if self.skipped:
            return (
                f"{self.path} has no Python file to read: {self.skipped} candidate(s) were skipped; "
                "check the include and exclude patterns and the size limit"
            )
        return f"{self.path} has no Python file (*.py, *.pyi, *.pyw); give the folder of a Python repository"


class TooManyFiles(SourceError):
    """More candidates than the limit allows: more likely a wrong folder than a repository."""

    def __init__(self, path: Path, limit: int) -> None:
        super().__init__(path, limit)
        self.path, self.limit = path, limit

    def __str__(self) -> str:
        return f"{self.path} has more than {self.limit:,} Python files; exclude some or raise the limit"


class BadPattern(SourceError):
    """An include or exclude pattern that is not a gitignore pattern."""

    def __init__(self, pattern: str, problem: str) -> None:
        super().__init__(pattern, problem)
        self.pattern, self.problem = pattern, problem

    def __str__(self) -> str:
        return f"the pattern {self.pattern!r} is not in gitignore syntax: {self.problem}"


class Unreadable(SourceError):
    """One file that cannot be read; `status` is the value recorded for it and `reason` says why."""

    def __init__(self, path: str, status: str, reason: str) -> None:
        super().__init__(path, status, reason)
        self.path, self.status, self.reason = path, status, reason

    def __str__(self) -> str:
        return f"{self.path}: {self.status}: {self.reason}"
