"""Importing a module of a repository, in a sandboxed process of its own: the only place where analysed code runs."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline_assets.extract.chunk import SourceFile

CHILD = Path(__file__).with_name("child.py")
SECONDS = 10.0
SECONDS_IN_ALL = 45.0
"""Less than what the worker that waits is allowed."""
GRACE = 5.0
"""Seconds that the sandbox may take by itself."""
MOST_REPORT_BYTES = 32 << 20
MOST_OBJECTS = 200_000
LIMITS = {"AS": 2 << 30, "FSIZE": 16 << 20, "NOFILE": 128, "NPROC": 64, "CORE": 0}
"""What the process may use, by the names of resource limits."""
FLAGS = ("-P", "-s", "-S", "-B", "-X", "utf8")
"""No working directory, no user's packages, no packages at all, no bytecode files: what an import finds depends on the
interpreter and the repository alone. The environment is not ignored, for it is ours and holds the hash seed."""
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC", "PYTHONHASHSEED": "0"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an import ended, and what was said."""

    end: str
    """`exit`, `signal`, `timeout`, `flood` (more was said than is read) or `nothing` (the sandbox did not start)."""
    code: int = 0
    sandbox: Mapping[str, str] | None = None
    """By what a sandbox takes away: nothing, or why it could not be."""
    refusal: str | None = None
    """Why nothing was imported after all."""
    said: bytes = b""


@dataclass(slots=True)
class _Pipes:
    """What a child says over its two pipes."""

    control: int
    channel: int
    said: dict[int, bytearray] = field(default_factory=dict)

    def listen(self, process: subprocess.Popen[bytes], deadline: float) -> str | None:
        """Listen until both are closed; `timeout` or `flood` where it was not for them to end it."""
        with selectors.DefaultSelector() as selector:
            for pipe in (self.control, self.channel):
                self.said[pipe] = bytearray()
                selector.register(pipe, selectors.EVENT_READ)
            while selector.get_map():
                ready = selector.select(0.1)
                if not ready and process.poll() is not None:
                    return None  # somebody who escaped holds a pipe open
                if time.monotonic() > deadline:
                    return "timeout"
                for key, _ in ready:
                    if not self._read(key.fd):
                        selector.unregister(key.fd)
                    elif len(self.said[key.fd]) > MOST_REPORT_BYTES:
                        return "flood"
        return None

    def _read(self, pipe: int) -> bool:
        piece = os.read(pipe, 1 << 16)
        self.said[pipe] += piece
        return bool(piece)

    def messages(self) -> dict[str, Any]:
        """What the sandbox itself said, put together."""
        found: dict[str, Any] = {}
        for line in bytes(self.said.get(self.control, b"")).splitlines():
            with suppress(ValueError):
                found |= json.loads(line)
        return found


def copy_sources(files: Iterable[SourceFile], scratch: Path) -> dict[str, SourceFile]:
    """Copy the files to where imports find them; returns them by their places in that folder."""
    source = scratch / "source"
    mask = os.umask(0o022)  # whoever runs in the sandbox can read them
    try:
        scratch.chmod(0o755)
        source.mkdir()
        (scratch / "root").mkdir()
        (scratch / "temporary").mkdir()
        (scratch / "temporary").chmod(0o777)
        return {place: file for file in files if (place := _copy(file, source)) is not None}
    finally:
        os.umask(mask)


def run_module(module: str, scratch: Path, *, seconds: float = SECONDS, namespaces: bool = True) -> Outcome:
    """Import a module and listen to what the child says; whatever becomes of it, nothing of it is left."""
    control, channel = os.pipe(), os.pipe()
    spec = {
        "module": module,
        "source": str(scratch / "source"),
        "root": str(scratch / "root"),
        "temporary": str(scratch / "temporary"),
        "control": control[1],
        "channel": channel[1],
        "seconds": seconds,
        "namespaces": namespaces,
        "limits": {**LIMITS, "CPU": int(seconds) + 1},
        "most": MOST_OBJECTS,
    }
    pipes = _Pipes(control[0], channel[0])
    try:
        process = _start(spec, scratch, (control[1], channel[1]))
    except OSError:
        return Outcome("nothing")
    finally:
        os.close(control[1])
        os.close(channel[1])
    try:
        stopped = pipes.listen(process, time.monotonic() + seconds + GRACE)
    finally:
        _kill(process)
        os.close(control[0])
        os.close(channel[0])
    said = pipes.messages()
    end = stopped or said.get("end", "nothing")
    return Outcome(end, said.get("code", 0), said.get("sandbox"), said.get("refusal"), bytes(pipes.said[pipes.channel]))


def _copy(file: SourceFile, source: Path) -> str | None:
    """Write one file under its module's name; None for what no import could find, or where another one is."""
    module = file.row["module"]
    if file.content is None or module is None or not file.path.endswith(".py"):
        return None
    is_package = file.path.rpartition("/")[2] == "__init__.py"
    place = f"{module.replace('.', '/')}{'/__init__' if is_package else ''}.py"
    target = source / place
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as written:
            written.write(file.content)
    except (OSError, ValueError):
        return None
    return place


def _start(spec: Mapping[str, Any], scratch: Path, pipes: tuple[int, int]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, *FLAGS, str(CHILD), json.dumps(spec)],
        cwd=scratch,
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        pass_fds=pipes,
    )


def _kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError):  # nothing is left of the group
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
