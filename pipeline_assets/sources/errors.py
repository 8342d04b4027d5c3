"""Errors of the sources room: what cannot be read, where, and what to do about it.

SourceError
├── PathMissing        the given path does not exist
├── NotAFolder         the given path is a file, not a repository's folder
├── NoPython           the folder is empty, or holds no Python at all
├── TooManyFiles       more candidates than the limit allows
├── TooManyFolders     more folders than can be entered
├── BadPattern         an include or exclude pattern that pathspec refuses
├── BadImportRoot      an import root outside the repository, or without a file
├── NoRepository       a revision was asked for where there is no git repository
├── UnknownRevision    the git repository does not know the revision, or it is no commit
├── NotInRevision      the folder is not part of the revision
├── GitUnreadable      the git repository is damaged, or of a kind that cannot be read
└── Unreadable         one file that cannot be read; `status` is the value recorded for it
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

MOST_REASONS = 5
"""Reasons that a message lists."""


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
    """The folder holds nothing to read; `skipped` counts the candidates that were left out, by reason."""

    def __init__(self, path: Path, skipped: Mapping[str, int]) -> None:
        super().__init__(path, skipped)
        self.path, self.skipped = path, dict(skipped)

    def __str__(self) -> str:
        if self.skipped:
            why = ", ".join(f"{reason} ({count})" for reason, count in sorted(self.skipped.items())[:MOST_REASONS])
            return (
                f"{self.path} has no Python file to read: {sum(self.skipped.values())} candidate(s) were skipped: "
                f"{why}; check the include and exclude patterns, --submodules and the size limit"
            )
        return f"{self.path} has no Python file (*.py, *.pyi, *.pyw); give the folder of a Python repository"


class TooManyFiles(SourceError):
    """More candidates than the limit allows: more likely a wrong folder than a repository."""

    def __init__(self, path: Path, limit: int) -> None:
        super().__init__(path, limit)
        self.path, self.limit = path, limit

    def __str__(self) -> str:
        return f"{self.path} has more than {self.limit:,} Python files; exclude some or raise the limit"


class TooManyFolders(SourceError):
    """More folders than can be entered: a commit can repeat a folder without end."""

    def __init__(self, path: Path, limit: int) -> None:
        super().__init__(path, limit)
        self.path, self.limit = path, limit

    def __str__(self) -> str:
        return f"{self.path} has more than {self.limit:,} folders; exclude some or raise the limit of files"


class BadImportRoot(SourceError):
    """An import root that cannot be one."""

    def __init__(self, path: Path, folder: str, problem: str) -> None:
        super().__init__(path, folder, problem)
        self.path, self.folder, self.problem = path, folder, problem

    def __str__(self) -> str:
        return f"{self.path}: the import root {self.folder!r} {self.problem}; give a folder of it, such as src"


class NoRepository(SourceError):
    """A revision was asked for where there is no git repository."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return f"{self.path} is not in a git repository, so it has no revisions; leave out --rev to read the files"


class UnknownRevision(SourceError):
    """The git repository does not know the revision, or it is no commit."""

    def __init__(self, path: Path, revision: str, problem: str) -> None:
        super().__init__(path, revision, problem)
        self.path, self.revision, self.problem = path, revision, problem

    def __str__(self) -> str:
        return (
            f"{self.path}: {self.revision!r} is not a commit of its git repository ({self.problem}); "
            "give a branch, a tag or a commit id that has been fetched"
        )


class NotInRevision(SourceError):
    """The folder is not part of the revision."""

    def __init__(self, path: Path, folder: str, revision: str) -> None:
        super().__init__(path, folder, revision)
        self.path, self.folder, self.revision = path, folder, revision

    def __str__(self) -> str:
        return f"{self.path}: the revision {self.revision} has no folder {self.folder!r}; give a folder that it has"


class GitUnreadable(SourceError):
    """The git repository is damaged, or of a kind that cannot be read."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(path, problem)
        self.path, self.problem = path, problem

    def __str__(self) -> str:
        return f"the git repository {self.path} cannot be read: {self.problem}; `git fsck` says what is wrong with it"


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
