"""Reading below a repository's folder without ever leaving it: no symlink is followed, only regular files are read."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline_assets.sources.errors import Unreadable
from pipeline_assets.sources.paths import path_bytes

FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
FILE_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@contextmanager
def open_root(root: Path) -> Iterator[int]:
    """A descriptor of the repository's folder; the one place where a symlink (the root's own) is resolved."""
    descriptor = os.open(root.resolve(), FOLDER_FLAGS)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def open_below(root: int, path: bytes, flags: int) -> int:
    """A descriptor of `path`, opened component by component: a folder swapped for a symlink under us is refused too."""
    *folders, name = path.split(b"/")
    parent = root
    try:
        for folder in folders:
            child = os.open(folder, FOLDER_FLAGS, dir_fd=parent)
            if parent != root:
                os.close(parent)
            parent = child
        return os.open(name, flags, dir_fd=parent)
    finally:
        if parent != root:
            os.close(parent)


def read(root: int, path: str, limit: int) -> bytes:
    """The bytes of one file below an open root; `path` is text as `path_text` makes it.

    Raises `Unreadable` for a symlink anywhere on the way, anything that is not a regular file, and more than
    `limit` bytes.
    """
    try:
        descriptor = open_below(root, path_bytes(path), FILE_FLAGS)
    except OSError as error:
        raise _refusal(path, error) from error
    try:
        return _read_regular(descriptor, path, limit)
    except OSError as error:
        raise _refusal(path, error) from error
    finally:
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
