"""Running Pyrefly on a copy of the sources, with a configuration of ours and nothing that the repository configures.

Pyrefly runs the interpreter that a configuration names, so it never sees the repository's folder: it is given the
canonical buffers of the Python files, copied below a folder of ours that holds no other file.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from pipeline_assets.extract.chunk import SourceFile
from pipeline_assets.sources.paths import path_bytes

DISTRIBUTION = "pyrefly"
SOURCES, STRAYS, REPORT = "source", "strays", "report"
"""Folders of the scratch folder: files under their own paths, files whose paths Pyrefly cannot take, the report."""

SECONDS = 45.0
SECONDS_PER_MEGABYTE = 15.0
"""About ten times what it takes, and less than what the worker that waits for it is allowed."""
LARGEST_FILE = 2 << 30
"""Bytes that one file of the report may have."""
TAIL = 400
"""Characters of its last words that are kept."""

EXPECTED_EXITS = (0, 1)
"""Nothing to complain about; something to complain about."""


@dataclass(frozen=True, slots=True)
class Copied:
    """A file as Pyrefly is given it."""

    file: SourceFile
    canonical: bytes
    place: str
    """Where it lies in the scratch folder."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run of Pyrefly ended."""

    status: str
    """`ok`, `skipped` (it is not installed), `crashed` or `timeout`."""
    message: str | None = None
    version: str = "none"


def copy_sources(files: Iterable[tuple[SourceFile, bytes]], scratch: Path) -> list[Copied]:
    """Write the canonical buffers where Pyrefly will read them."""
    files = list(files)
    prefix = _prefix([file for file, _ in files])
    return [Copied(file, canonical, _write(scratch, prefix, file, canonical)) for file, canonical in files]


def run_pyrefly(copied: Sequence[Copied], scratch: Path) -> Outcome:
    """Let Pyrefly report on the copied files; whatever becomes of it, none of its processes is left."""
    version = installed_version()
    if version is None:
        return Outcome("skipped", "Pyrefly is not installed beside this interpreter")
    _configure(copied, scratch)
    seconds = SECONDS + SECONDS_PER_MEGABYTE * sum(len(each.canonical) for each in copied) / 1e6
    try:
        code = _run([str(executable()), *_arguments(scratch)], scratch, seconds)
    except subprocess.TimeoutExpired:
        return Outcome("timeout", f"Pyrefly was stopped after {seconds:.0f} seconds", version)
    except OSError as error:
        return Outcome("crashed", f"Pyrefly could not be started: {error.strerror}", version)
    if code in EXPECTED_EXITS:
        return Outcome("ok", None, version)
    return Outcome("crashed", f"Pyrefly ended with exit code {code}{_last_words(scratch)}", version)


def executable() -> Path:
    """Pyrefly's program, where its distribution put it: never one that a search path leads to."""
    name = f"{DISTRIBUTION}{sysconfig.get_config_var('EXE') or ''}"
    recorded = [file for file in distribution(DISTRIBUTION).files or () if file.name == name]
    found = [Path(str(file.locate())).resolve() for file in recorded]
    return next((path for path in found if path.is_file()), Path(sysconfig.get_path("scripts"), name))


def installed_version() -> str | None:
    """The version of Pyrefly that would run."""
    try:
        return distribution(DISTRIBUTION).version
    except PackageNotFoundError:
        return None


def _prefix(files: Sequence[SourceFile]) -> str:
    """The folder that stands for the repository's own when that is itself a package."""
    for file in files:
        if file.path.startswith("__init__.") and "/" not in file.path:
            module = str(file.row["module"] or "")
            return f"{module if module.isidentifier() else 'package'}/"
    return ""


def _write(scratch: Path, prefix: str, file: SourceFile, canonical: bytes) -> str:
    """Write one file under its own path, or under its id where that path is too long or not Unicode text."""
    for place in (_own_place(prefix, file.path), f"{STRAYS}/{file.file_id}{Path(file.path).suffix}"):
        if place is None:
            continue
        try:
            path = scratch / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(canonical)
        except OSError:
            continue
        return place
    raise OSError(f"the scratch folder {scratch} cannot be written to")


def _own_place(prefix: str, path: str) -> str | None:
    """None for what Pyrefly passes over: hidden files, and paths that are not Unicode text."""
    try:
        place = f"{SOURCES}/{prefix}{path_bytes(path).decode()}"
    except UnicodeDecodeError:
        return None
    return None if "/." in place[place.rindex("/") :] else place


def _configure(copied: Sequence[Copied], scratch: Path) -> None:
    """Write the configuration: what to check, and where imports are looked up."""
    folders = sorted({each.place.partition("/")[0] for each in copied})
    # of nested roots the inner one names a file, as it does where the repository is walked
    roots = sorted({SOURCES, *filter(None, map(_import_root, copied))}, key=lambda root: (-root.count("/"), root))
    lines = [
        f"project-includes = {_toml(folders)}",
        "project-excludes = []",
        f"search-path = {_toml(root for root in roots if (scratch / root).is_dir())}",
        "site-package-path = []",
    ]
    (scratch / "pyrefly.toml").write_text("\n".join([*lines, ""]), "utf-8")


def _import_root(copied: Copied) -> str | None:
    """The folder that the file's module name starts from."""
    parts = copied.place.rpartition(".")[0].split("/")
    names = str(copied.file.row["module"] or "").split(".")
    if parts[-1] == "__init__":
        parts.pop()
    return "/".join(parts[: -len(names)]) if parts[-len(names) :] == names else None


def _toml(names: Iterable[str]) -> str:
    quoted = (json.dumps(name, ensure_ascii=False).replace("\x7f", "\\u007f") for name in names)
    return f"[{', '.join(quoted)}]"


def _arguments(scratch: Path) -> list[str]:
    options = {
        "config": str(scratch / "pyrefly.toml"),
        "python-version": f"{sys.version_info.major}.{sys.version_info.minor}",
        "python-platform": sys.platform,
        "disable-search-path-heuristics": "true",
        "disable-project-excludes-heuristics": "true",
        "use-ignore-files": "false",
        "threads": "1",  # the order in which cycles are solved decides some types
        "report-pysa": str(scratch / REPORT),
        "report-pysa-format": "json",
        "output-format": "omit-errors",
        "summary": "none",
        "progress-bar": "no",
        "color": "never",
    }
    return ["check", "--skip-interpreter-query", *(f"--{name}={value}" for name, value in options.items())]


def _run(command: list[str], scratch: Path, seconds: float) -> int:
    """Run a program in a process group of its own, which is killed when it ends or takes too long."""
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
