"""Git repositories as data: found by their `.git`, read as objects by a library.

Git itself is never run: it would run what the analysed repository's own configuration names. The library is told to
look at no configuration outside the repository, and a repository is opened as if it were bare, so that the place of
a work tree is what was found, not what is configured.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from pipeline_assets.sources.errors import GitUnreadable, NoRepository, UnknownRevision

MAX_POINTER_BYTES = 4096
MAX_COMMIT_BYTES = 16 * 1024 * 1024
"""Larger commits and lists of a folder are not read."""


@dataclass(frozen=True, slots=True)
class GitPlace:
    """Where a git repository is, and which folder of its work tree is looked at."""

    git_dir: Path
    top: Path | None
    """The top of the work tree; None for a bare repository."""
    prefix: bytes = b""
    """The folder, from the top, with a slash at its end; empty for the top itself."""

    @property
    def common_dir(self) -> Path:
        """Where what all work trees share is kept."""
        shared = _pointer(self.git_dir / "commondir")
        return (self.git_dir / shared).resolve() if shared else self.git_dir


@cache
def library() -> ModuleType:
    """pygit2, told to trust no configuration but a repository's own, and not to mind who owns a folder."""
    import pygit2
    from pygit2.enums import ConfigLevel, Option

    pygit2.option(Option.SET_OWNER_VALIDATION, False)
    for level in (ConfigLevel.PROGRAMDATA, ConfigLevel.SYSTEM, ConfigLevel.XDG, ConfigLevel.GLOBAL):
        pygit2.option(Option.SET_SEARCH_PATH, level, "")
    return pygit2  # type: ignore[no-any-return]


def find_git(root: Path) -> GitPlace | None:
    """The repository that a folder is in: its own, or that of the nearest folder above with a `.git`."""
    root = root.resolve()
    for folder in (root, *root.parents):
        if not _same_file_system(folder, root):  # as git: another file system is another matter
            return None
        git_dir = git_dir_of(folder)
        if git_dir:
            below = os.fsencode(root.relative_to(folder))
            return GitPlace(git_dir, folder, b"" if below == b"." else below + b"/")
    return None


def find_repository(root: Path) -> GitPlace:
    """The repository that a folder is in, or is when it is bare; raises `NoRepository`."""
    if _is_git_dir(root.resolve()):
        return GitPlace(root.resolve(), None)
    place = find_git(root)
    if place is None:
        raise NoRepository(root)
    return place


def place_inside(root: Path, folder: bytes) -> GitPlace | None:
    """The repository whose top is a folder below `root`."""
    top = root.resolve() / os.fsdecode(folder)
    git_dir = git_dir_of(top)
    return GitPlace(git_dir, top) if git_dir else None


def git_dir_of(folder: Path) -> Path | None:
    """What the `.git` of a folder is, or points to."""
    try:
        found = folder / ".git"
        pointer = _pointer(found) or ""
        if pointer.startswith("gitdir:"):
            found = folder / pointer.removeprefix("gitdir:").strip()
        return found.resolve() if _is_git_dir(found) else None
    except (OSError, ValueError):  # a loop of links, a name that cannot be
        return None


@contextmanager
def open_repository(git_dir: Path) -> Iterator[Any]:
    """A repository for reading objects; raises `GitUnreadable`, in the block too."""
    pygit2 = library()
    from pygit2.enums import RepositoryOpenFlag

    try:
        repository = pygit2.Repository(str(git_dir), RepositoryOpenFlag.BARE | RepositoryOpenFlag.NO_SEARCH)
        try:
            yield repository
        finally:
            repository.free()
    except (pygit2.GitError, KeyError) as error:
        raise GitUnreadable(git_dir, str(error)) from error


def commit_id(root: Path, git_dir: Path, revision: str) -> str:
    """The commit that a revision names now; raises `UnknownRevision`."""
    pygit2 = library()
    with open_repository(git_dir) as repository:
        try:
            return str(repository.revparse_single(revision).peel(pygit2.Commit).id)
        except (pygit2.GitError, KeyError, ValueError) as error:
            raise UnknownRevision(root, revision, str(error).strip("'\"")) from error


def read_object(repository: Any, object_id: Any) -> Any:
    """A commit or a folder's list; `KeyError` when it is not there or unreasonably large."""
    _, size = repository.odb.read_header(object_id)
    if size > MAX_COMMIT_BYTES:
        raise KeyError(f"the object {object_id} has more than {MAX_COMMIT_BYTES} bytes")
    return repository[object_id]


def _same_file_system(folder: Path, root: Path) -> bool:
    try:
        return folder.stat().st_dev == root.stat().st_dev
    except OSError:
        return False


def _pointer(path: Path) -> str | None:
    """The one line of a small file that points elsewhere."""
    try:
        if not path.is_file() or path.stat().st_size > MAX_POINTER_BYTES:
            return None
        return os.fsdecode(path.read_bytes()).strip()
    except OSError:
        return None


def _is_git_dir(path: Path) -> bool:
    if not (path / "HEAD").is_file():
        return False
    is_shared = _pointer(path / "commondir") is not None
    return is_shared or ((path / "objects").is_dir() and (path / "refs").is_dir())
