"""Stages that misbehave on files that ask for it, to see what a worker's death costs."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pyarrow as pa

from pipeline_assets.extract.chunk import Chunk
from pipeline_assets.extract.status import status_table, succeeded


def obey(chunk: Chunk) -> Chunk:
    """Do what a file's content says."""
    for file in chunk.files:
        order = (file.content or b"").strip()
        if order == b"crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        if order == b"hang":
            time.sleep(600)
        if order.startswith(b"hang unless ") and not Path(order[12:].decode()).exists():
            time.sleep(600)
        if order == b"raise":
            raise LookupError("asked to")
        if order == b"eat":
            bytearray(1 << 40)
        if order.startswith(b"once "):
            _die_once(order[5:].decode())
    return chunk


def report(chunk: Chunk) -> dict[str, pa.Table]:
    """One row per file."""
    return {"sample_status": status_table(succeeded(file, "sample") for file in chunk.files)}


def whereabouts(chunk: Chunk) -> dict[str, pa.Table]:
    """What the worker has imported and where it would import from, as status messages."""
    import sys

    from pipeline_assets.extract.status import limited

    told = "\n".join(["path:", *sys.path, "modules:", *sorted(sys.modules)])
    return {"sample_status": status_table(limited(file, "sample", "none", told) for file in chunk.files)}


def _die_once(mark: str) -> None:
    if not Path(mark).exists():
        Path(mark).touch()
        os.kill(os.getpid(), signal.SIGKILL)
