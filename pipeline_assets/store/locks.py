"""Locks between processes; the operating system frees them when a process dies, and a refusal names the holder."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from pipeline_assets.store.errors import LockHeld


@contextmanager
def hold(path: Path, what: str, timeout: float) -> Iterator[None]:
    """Hold the lock file `path` for the block; `LockHeld` names the holder after `timeout` seconds."""
    lock = FileLock(path, timeout=timeout)
    try:
        lock.acquire(poll_interval=0.02)
    except Timeout as error:
        raise LockHeld(what, _holder(path), timeout) from error
    try:
        _note(path).write_text(json.dumps(_self()), encoding="utf-8")
        yield
    finally:
        _note(path).unlink(missing_ok=True)
        lock.release()


def is_held(path: Path) -> bool:
    """Whether some process holds the lock file `path` right now."""
    lock = FileLock(path, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        return True
    lock.release()
    return False


def _note(path: Path) -> Path:
    """The lock file itself is truncated by whoever tries to take it, so the holder's name is kept beside it."""
    return path.with_name(f"{path.name}.holder")


def _self() -> dict[str, str]:
    return {
        "process": str(os.getpid()),
        "host": socket.gethostname(),
        "command": " ".join(Path(part).name if index == 0 else part for index, part in enumerate(sys.argv))[:200],
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _holder(path: Path) -> str:
    try:
        note = json.loads(_note(path).read_text(encoding="utf-8"))
        return f"process {note['process']} on {note['host']} ({note['command']}) since {note['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
