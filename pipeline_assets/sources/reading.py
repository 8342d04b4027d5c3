"""Reading below a repository's folder without ever leaving it: no symlink is followed, only regular files are read."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pipeline_assets.sources.errors import Unreadable
from pipeline_assets.sources.paths import path_bytes

FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
FILE_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


MOST_FOLDERS = 128
"""Folders kept open at a time, well below the usual limit of 1,024 descriptors a process."""


class Readable(Protocol):
    """Something that is open and whose files can be read."""

    def read(self, path: str, limit: int) -> bytes:
        """The bytes of one file; raises `Unreadable`."""
        ...


class Source(Protocol):
    """Where the bytes of a repository are, as a value that can be sent to another process."""

    def open(self) -> AbstractContextManager[Readable]:
        """Open it for reading."""
        ...


@dataclass(frozen=True, slots=True)
class WorkingFolder:
    """The files as they lie in a folder."""

    root: Path

    def open(self) -> AbstractContextManager[Readable]:
        """The folder, opened."""
        return open_folder(self.root)


class Folder:
    """A repository's folder, open: everything below it is reached component by component, from open descriptors."""

    def __init__(self, descriptor: int) -> None:
        self._root = descriptor
        self._open: dict[bytes, int] = {}

    def open(self, path: bytes, flags: int) -> int:
        """A new descriptor of `path`: a folder swapped for a symlink under us is refused like any other symlink."""
        above, _, name = path.rpartition(b"/")
        return os.open(name, flags, dir_fd=self._folder(above))

    def read(self, path: str, limit: int) -> bytes:
        """The bytes of one file; `path` is text as `path_text` makes it.

        Raises `Unreadable` for a symlink anywhere on the way, anything that is not a regular file, and more than
        `limit` bytes.
        """
        try:
            descriptor = self.open(path_bytes(path), FILE_FLAGS)
        except OSError as error:
            raise _refusal(path, error) from error
        try:
            return _read_regular(descriptor, path, limit)
        except OSError as error:
            raise _refusal(path, error) from error
        finally:
            os.close(descriptor)

    def close(self) -> None:
        """Close the folders opened on the way; the root's descriptor stays with whoever opened it."""
        while self._open:
            os.close(self._open.popitem()[1])

    def _folder(self, path: bytes) -> int:
        """A descriptor of a folder, opened once and kept: files come in no particular order of folders."""
        if len(self._open) >= MOST_FOLDERS:
            self.close()
        known = path
        while known and known not in self._open:
            known = known.rpartition(b"/")[0]
        descriptor = self._open[known] if known else self._root
        for name in path[len(known) :].split(b"/"):
            if name:
                known = known + b"/" + name if known else name
                descriptor = self._open[known] = os.open(name, FOLDER_FLAGS, dir_fd=descriptor)
        return descriptor


@contextmanager
def open_folder(root: Path) -> Iterator[Folder]:
    """The repository's folder, opened; the one place where a symlink (the root's own) is resolved."""
    descriptor = os.open(root.resolve(), FOLDER_FLAGS)
    folder = Folder(descriptor)
    try:
        yield folder
    finally:
        folder.close()
        os.close(descriptor)


def _read_regular(descriptor: int, path: str, limit: int) -> bytes:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise Unreadable(path, "not_regular", "it is not a regular file")
    pieces: list[bytes] = []
    left = limit + 1
    while left and (piece := os.read(descriptor, min(left, status.st_size + 1))):
        pieces.append(piece)
        left -= len(piece)
    if not left:
        raise Unreadable(path, "too_large", f"it has more than {limit} bytes")
    return b"".join(pieces)


def _refusal(path: str, error: OSError) -> Unreadable:
    # O_NOFOLLOW answers ELOOP for a linked file, and with O_DIRECTORY ENOTDIR for a linked folder
    if error.errno in (errno.ELOOP, errno.ENOTDIR):
        return Unreadable(path, "symlink", "a symbolic link is on the way, and links are not followed")
    if error.errno == errno.ENXIO:
        return Unreadable(path, "not_regular", "it is not a regular file")
    return Unreadable(path, "unreadable", error.strerror or type(error).__name__)
