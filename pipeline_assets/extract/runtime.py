"""What modules hold once they are imported: off unless a module is named, and then that module alone, in a sandbox.

The sandbox is a process with no rights, no network, no files but the interpreter's and a copy of the sources, and
limits on everything; what the platform refuses of that is in the tables. Packages that are installed are not found:
what an import does depends on the repository and the interpreter alone.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import pyarrow as pa
from ibis.expr.types import Table

from pipeline_assets.extract.chunk import Reading, SourceFile
from pipeline_assets.extract.layers import is_wanted
from pipeline_assets.extract.producers.runtime.contracts import (
    LAYER,
    RUNTIME_MEMBERS,
    RUNTIME_MODULES,
    RUNTIME_OBJECTS,
    RUNTIME_PARAMS,
    RUNTIME_SIGNATURES,
    RUNTIME_STATUS,
)
from pipeline_assets.extract.producers.runtime.places import class_lines
from pipeline_assets.extract.producers.runtime.report import Failure, MalformedReport, Report, read_report
from pipeline_assets.extract.producers.runtime.run import (
    MOST_OBJECTS,
    MOST_REPORT_BYTES,
    SECONDS,
    SECONDS_IN_ALL,
    Outcome,
    copy_sources,
    run_module,
)
from pipeline_assets.extract.producers.runtime.tables import Inspected, Verdict, modules_table, object_tables
from pipeline_assets.extract.status import FileStatus, failed, row_status, skipped, status_table
from pipeline_assets.pipes import extractor, reader

NONE_NAMED = "no module was named; name those that may be imported with --runtime"
NOT_NAMED = "it is not among the modules that may be imported"


@dataclass(frozen=True, slots=True)
class Ran:
    """The files, and how the import of each module ended."""

    files: tuple[SourceFile, ...]
    places: Mapping[str, SourceFile]
    """Files by their place in the folder that imports find them in."""
    targets: Mapping[str, SourceFile | None]
    """The file of each module that was named, if there is one."""
    outcomes: Mapping[str, Outcome | None]
    """By module; None where the time was used up."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """The same, with what became of each module."""

    ran: Ran
    inspected: tuple[Inspected, ...]


def _project(files: Table, runtime_targets: Table) -> dict[str, Table]:
    """The files of repositories that ask for this layer, and the modules that may be imported."""
    chosen = files.filter((files.status == "ok") & is_wanted(files, LAYER))
    return {
        "files": chosen.select("repository", "file_id", "path", "module", "size", "sha256", "encoding", "bom"),
        "runtime_targets": runtime_targets.select("repository", "module"),
    }


@reader
def _import_modules(reading: Reading) -> Ran:
    """Copy the sources and import each module that was named, one after the other."""
    files = reading.chunk().files
    names = reading.inputs["runtime_targets"]["module"].to_pylist()
    places = copy_sources(files, reading.scratch) if names else {}
    modules = {str(file.row["module"]): file for file in places.values()}
    modules |= {str(file.row["module"]): file for place, file in places.items() if place.endswith("/__init__.py")}
    targets = {name: modules.get(name) for name in names}
    outcomes: dict[str, Outcome | None] = {}
    deadline = time.monotonic() + SECONDS_IN_ALL
    for name in (name for name, file in targets.items() if file is not None):
        left = deadline - time.monotonic()
        outcomes[name] = run_module(name, reading.scratch, seconds=min(SECONDS, left)) if left > 1 else None
    return Ran(files, places, targets, outcomes)


def _parse_reports(ran: Ran) -> Parsed:
    """Read what was written in the sandbox."""
    return Parsed(ran, tuple(_inspected(name, file, ran) for name, file in ran.targets.items()))


def _normalize_places(parsed: Parsed) -> Parsed:
    """Find the lines of classes, which know only their file."""
    lines = class_lines(parsed.ran.places, [each.report for each in parsed.inspected if each.report])
    return replace(parsed, inspected=tuple(replace(each, class_lines=lines) for each in parsed.inspected))


def _materialize(parsed: Parsed) -> dict[str, pa.Table]:
    """Build the tables."""
    files = parsed.ran.files
    repository = files[0].repository if files else ""
    return {
        RUNTIME_MODULES.name: modules_table(repository, parsed.inspected, parsed.ran.places),
        **object_tables(repository, parsed.inspected, parsed.ran.places),
        RUNTIME_STATUS.name: status_table(_statuses(parsed)),
    }


@extractor(
    RUNTIME_MODULES,
    RUNTIME_OBJECTS,
    RUNTIME_SIGNATURES,
    RUNTIME_PARAMS,
    RUNTIME_MEMBERS,
    RUNTIME_STATUS,
    stages=(_project, _import_modules, _parse_reports, _normalize_places, _materialize),
)
def runtime(files: Table, runtime_targets: Table) -> Table:
    """What the modules that were named hold once they are imported, in a sandbox."""


def _inspected(name: str, file: SourceFile | None, ran: Ran) -> Inspected:
    if file is None:
        missing = Verdict("failed", "ModuleNotFoundError", "the repository has no file of that module")
        return Inspected(name, None, missing)
    outcome = ran.outcomes[name]
    if outcome is None:
        late = Verdict("skipped", None, "the modules before it took all the time there is", limit="seconds")
        return Inspected(name, file, late)
    verdict, report = _verdict(outcome)
    sandbox = None if outcome.refusal is not None else outcome.sandbox
    return Inspected(name, file, verdict, report, sandbox)


def _verdict(outcome: Outcome) -> tuple[Verdict, Report | None]:
    """What became of a module that was imported, and what it holds."""
    if outcome.refusal is not None:
        said = f"it was not imported, because nothing is as the superuser: {outcome.refusal}"
        return Verdict("skipped", None, said), None
    if outcome.end == "timeout":
        return Verdict("timeout", "TimeoutError", "its import was stopped: it took too long", limit="seconds"), None
    if outcome.end == "flood":
        said = f"more than {MOST_REPORT_BYTES:,} bytes were written for a report"
        return Verdict("limited", None, said, limit="report"), None
    if outcome.end == "nothing":
        return Verdict("crashed", None, "the sandbox could not be started"), None
    if outcome.end == "signal":
        return Verdict("crashed", None, f"its process was ended by the signal {outcome.code}"), None
    if not outcome.said:
        return Verdict("crashed", None, f"it ended its process with the exit code {outcome.code}"), None
    try:
        report = read_report(outcome.said)
    except MalformedReport as error:
        return Verdict("failed", type(error).__name__, str(error)), None
    if isinstance(report, Failure):
        return Verdict("failed", report.error_class, report.message, report.place, report.line), None
    if report.is_cut:
        return Verdict("limited", None, f"it holds more than {MOST_OBJECTS:,} objects", limit="objects"), report
    return Verdict("ok"), report


def _statuses(parsed: Parsed) -> Iterator[FileStatus]:
    inspected = {each.file.file_id: each for each in parsed.inspected if each.file is not None}
    for file in parsed.ran.files:
        if file.refusal is not None:
            yield failed(file, LAYER, file.refusal)
        elif file.file_id in inspected:
            yield _status(file, inspected[file.file_id])
        else:
            yield skipped(file, LAYER, NOT_NAMED if parsed.inspected else NONE_NAMED)


def _status(file: SourceFile, inspected: Inspected) -> FileStatus:
    verdict, refused = inspected.verdict, inspected.not_enforced
    said = [verdict.message, refused and f"the sandbox is not complete: {refused}"]
    return replace(
        row_status(file.row, LAYER),
        status=verdict.status,
        error_class=verdict.error_class,
        message="; ".join(filter(None, said)) or None,
        limit=verdict.limit,
    )
