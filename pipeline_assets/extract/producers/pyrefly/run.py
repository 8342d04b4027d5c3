"""Running Pyrefly on a copy of the sources, with a configuration of ours and nothing that the repository configures.

Pyrefly runs the interpreter that a configuration names, so it never sees the repository's folder: it is given the
canonical buffers of the Python files, copied below a folder of ours that holds no other file.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline_assets.extract.chunk import SourceFile
from pipeline_assets.extract.producers import program
from pipeline_assets.extract.producers.program import Outcome, outcome_of
from pipeline_assets.sources.paths import path_bytes

DISTRIBUTION = "pyrefly"
SOURCES, STRAYS, REPORT = "source", "strays", "report"
"""Folders of the scratch folder: files under their own paths, files whose paths Pyrefly cannot take, the report."""

SECONDS = 45.0
SECONDS_PER_MEGABYTE = 15.0
"""About ten times what it takes, and less than what the worker that waits for it is allowed."""

EXPECTED_EXITS = (0, 1)
"""Nothing to complain about; something to complain about."""


@dataclass(frozen=True, slots=True)
class Copied:
    """A file as Pyrefly is given it."""

    file: SourceFile
    canonical: bytes
    place: str
    """Where it lies in the scratch folder."""


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
    outcome = outcome_of("Pyrefly", [str(executable()), *_arguments(scratch)], scratch, seconds, EXPECTED_EXITS)
    return replace(outcome, version=version)


def executable() -> Path:
    """Pyrefly's program."""
    return program.executable(DISTRIBUTION)


def installed_version() -> str | None:
    """The version of Pyrefly that would run."""
    return program.installed_version(DISTRIBUTION)


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
