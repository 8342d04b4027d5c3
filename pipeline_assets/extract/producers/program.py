"""Running a program that a distribution beside this interpreter brings: bounded, without the user's environment."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sysconfig
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

LARGEST_FILE = 2 << 30
"""Bytes that one file of the output may have."""
TAIL = 400
"""Characters of its last words that are kept."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run of a program ended."""

    status: str
    """`ok`, `skipped` (it is not installed), `crashed` or `timeout`."""
    message: str | None = None
    version: str = "none"


def executable(name: str) -> Path:
    """The program of a distribution, where that put it: never one that a search path leads to."""
    file_name = f"{name}{sysconfig.get_config_var('EXE') or ''}"
    recorded = [file for file in distribution(name).files or () if file.name == file_name]
    found = [Path(str(file.locate())).resolve() for file in recorded]
    return next((path for path in found if path.is_file()), Path(sysconfig.get_path("scripts"), file_name))


def installed_version(name: str) -> str | None:
    """The version of the distribution that would run."""
    try:
        return distribution(name).version
    except PackageNotFoundError:
        return None


def run(command: list[str], scratch: Path, seconds: float) -> int:
    """Run a program in a process group of its own, which is killed when it ends or takes too long.

    What it says goes to the file `said` in the scratch folder, which is also its home and its working directory.

    Raises:
        subprocess.TimeoutExpired: It took longer.
        OSError: It could not be started.
    """
    with (scratch / "said").open("wb") as said:
        process = subprocess.Popen(
            command,
            cwd=scratch,
            env={"HOME": str(scratch), "TMPDIR": str(scratch), "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
    try:
        _limit(process.pid, seconds)
        return process.wait(seconds)
    finally:
        _kill_group(process)


def outcome_of(title: str, command: list[str], scratch: Path, seconds: float, exits: Sequence[int]) -> Outcome:
    """Run a program; whatever becomes of it, none of its processes is left. `exits` are those that mean it is done."""
    try:
        code = run(command, scratch, seconds)
    except subprocess.TimeoutExpired:
        return Outcome("timeout", f"{title} was stopped after {seconds:.0f} seconds")
    except OSError as error:
        return Outcome("crashed", f"{title} could not be started: {error.strerror}")
    if code in exits:
        return Outcome("ok")
    return Outcome("crashed", f"{title} ended with exit code {code}{_last_words(scratch)}")


def _limit(pid: int, seconds: float) -> None:
    """Bound what the program may use, should whoever waits for it die."""
    if not hasattr(resource, "prlimit"):  # Linux only
        return
    cpu = 2 * int(seconds)
    try:
        resource.prlimit(pid, resource.RLIMIT_CPU, (cpu, cpu))
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
    except (OSError, ValueError):  # it has ended already, or the limits in force are lower
        return


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError):  # nothing is left of the group
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _last_words(scratch: Path) -> str:
    """The end of what it said, without the scratch folder's name, which no two runs share."""
    said = (scratch / "said").read_bytes()[-8192:].decode("utf-8", "replace")
    words = said.replace(str(scratch.resolve()), "").replace(str(scratch), "").strip()
    return f": {words[-TAIL:]}" if words else ""
