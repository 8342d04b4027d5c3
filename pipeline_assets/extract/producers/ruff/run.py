"""Running Ruff on a copy of the sources: its parser's verdict, without the repository's configuration."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Any

from pipeline_assets.extract.chunk import SourceFile
from pipeline_assets.extract.producers import program
from pipeline_assets.extract.producers.program import Outcome, outcome_of

DISTRIBUTION = "ruff"
SOURCES, REPORT = "source", "report.json"
SECONDS = 30.0
SECONDS_PER_MEGABYTE = 2.0
"""Some hundred times what it takes."""

SYNTAX = "invalid-syntax"
"""What Ruff calls everything that its parser refuses."""


@dataclass(frozen=True, slots=True)
class Issue:
    """One syntax error: lines and columns in characters, from 1."""

    message: str
    line: int
    col: int
    end_line: int
    end_col: int


class UnknownFormat(Exception):
    """A report of another shape than the one that can be read."""


def executable() -> Path:
    """Ruff's program."""
    return program.executable(DISTRIBUTION)


def run_ruff(files: Sequence[tuple[SourceFile, bytes]], scratch: Path) -> Outcome:
    """Let Ruff parse canonical buffers, each under its file's id; what it reports is left in the scratch folder."""
    version = program.installed_version(DISTRIBUTION)
    if version is None:
        return Outcome("skipped", "Ruff is not installed beside this interpreter")
    folder = scratch / SOURCES
    folder.mkdir()
    for file, canonical in files:
        (folder / f"{file.file_id}{'.pyi' if file.path.endswith('.pyi') else '.py'}").write_bytes(canonical)
    seconds = SECONDS + SECONDS_PER_MEGABYTE * sum(len(canonical) for _, canonical in files) / 1e6
    outcome = outcome_of("Ruff", [str(executable()), *_arguments(scratch)], scratch, seconds, exits=(0,))
    return replace(outcome, version=version)


def read_report(scratch: Path) -> bytes:
    """What Ruff wrote; nothing where it wrote nothing."""
    try:
        return (scratch / REPORT).read_bytes()
    except OSError:
        return b""


def read_issues(report: bytes) -> Mapping[int, list[Issue]]:
    """The syntax errors of every file that has any, in order, by file id.

    Raises:
        UnknownFormat: The report is missing or malformed.
    """
    if not report:
        raise UnknownFormat("Ruff wrote no report")
    found: dict[int, list[Issue]] = {}
    try:
        reported = json.loads(report)
        for each in reported:
            if each["code"] == SYNTAX:
                found.setdefault(int(PurePath(each["filename"]).stem), []).append(_issue(each))
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise UnknownFormat(f"Ruff's report cannot be read: {type(error).__name__}") from error
    return {file: sorted(set(issues), key=_place) for file, issues in found.items()}


def _issue(row: Mapping[str, Any]) -> Issue:
    start, end = row["location"], row["end_location"]
    message = row["message"].encode("utf-8", "backslashreplace").decode()
    return Issue(message, *map(int, (start["row"], start["column"], end["row"], end["column"])))


def _place(issue: Issue) -> tuple[int, int, str, int, int]:
    return issue.line, issue.col, issue.message, issue.end_line, issue.end_col


def _arguments(scratch: Path) -> list[str]:
    """No cache, no configuration, no ignore files, and no rule but those that the parser itself reports."""
    return [
        *("check", "--isolated", "--no-cache", "--no-respect-gitignore", "--exit-zero", "--quiet"),
        *("--select=E9", "--ignore-noqa", f"--target-version=py{sys.version_info.major}{sys.version_info.minor}"),
        *("--output-format=json", f"--output-file={scratch / REPORT}", str(scratch / SOURCES)),
    ]
