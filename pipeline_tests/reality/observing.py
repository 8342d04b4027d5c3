"""Start the child process that runs a source tree's tests, and read what it saw."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

WATCH = Path(__file__).with_name("watch.py")


@dataclass(frozen=True)
class Job:
    """Tests to run, and the files whose code is watched."""

    name: str
    files: Mapping[str, str]
    """Path in the repository by where the file is run from."""
    runner: str
    """pytest or unittest."""
    arguments: Sequence[str]
    import_roots: Sequence[Path] = ()
    folder: Path = Path()
    seconds: float = 60.0
    """CPU time after which no test is started."""


class Place(NamedTuple):
    """A function: file, qualified name and first line, as its code object has them."""

    path: str
    qualname: str
    line: int


class Call(NamedTuple):
    """A call from watched code to watched code."""

    caller: Place
    line: int | None
    end_line: int | None
    column: int | None
    end_column: int | None
    operation: str
    """The instruction: CALL, or the operation for which Python calls something."""
    callee: Place
    how: str
    """direct, or what was called and called the callee in turn."""
    count: int


@dataclass
class Observed:
    """What the child saw."""

    calls: list[Call] = field(default_factory=list)
    tests: dict[str, int] = field(default_factory=dict)
    ended: str = ""
    """Why it came to a bad end."""
    said: str = ""
    """The end of what it printed."""


def observe(job: Job, kept: Path | None = None) -> Observed:
    """Run the job, or read what it said before where `kept` has it."""
    if kept is None:
        return _run(job)
    kept.mkdir(parents=True, exist_ok=True)
    place = kept / f"{job.name.replace(': ', '-')}-{sys.version_info.major}.{sys.version_info.minor}.json"
    if not place.exists():
        place.write_text(json.dumps(asdict(_run(job))))
    told = json.loads(place.read_text())
    return _read(told, told["said"])


def _run(job: Job) -> Observed:
    """Never longer than three times its seconds and a minute."""
    with tempfile.TemporaryDirectory(prefix="reality-") as scratch:
        given, result = Path(scratch, "job.json"), Path(scratch, "result.json")
        given.write_text(json.dumps({**_spelled(job), "seconds": job.seconds}))
        command = [sys.executable, "-X", "frozen_modules=off", str(WATCH), str(given), str(result)]
        try:
            ended = subprocess.run(
                command,
                cwd=job.folder,
                env=_environment(job),
                timeout=3 * job.seconds + 60,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
        except subprocess.TimeoutExpired:
            return Observed(ended="no end")
        said = ended.stdout.decode(errors="replace")[-2000:]
        if not result.exists():
            return Observed(ended=f"exit status {ended.returncode}", said=said)
        return _read(json.loads(result.read_text()), said)


def _spelled(job: Job) -> dict[str, Any]:
    return {"files": dict(job.files), "runner": job.runner, "arguments": list(job.arguments)}


def _environment(job: Job) -> dict[str, str]:
    roots = os.pathsep.join(map(str, job.import_roots))
    return {**os.environ, "PYTHONPATH": roots, "PYTHONHASHSEED": "0", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


def _read(told: Mapping[str, Any], said: str) -> Observed:
    calls = [_call(row) for row in told["calls"]]
    return Observed(calls, told["tests"], told["ended"], said)


def _call(row: Sequence[Any]) -> Call:
    """A row of the child's, or one that was kept."""
    if isinstance(row[0], list):
        return Call(Place(*row[0]), *row[1:6], Place(*row[6]), *row[7:])
    return Call(Place(*row[:3]), *row[3:8], Place(*row[8:11]), *row[11:])
