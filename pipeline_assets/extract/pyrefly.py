"""Types, call targets, overrides, captured variables and errors, as Pyrefly finds them for the repository as a whole.

Nothing of the repository is run: Pyrefly infers. Where it cannot be run, or dies, the tables are empty and say why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow as pa
from ibis.expr.types import Table

from pipeline_assets.extract.chunk import Reading, SourceFile, canonical_text
from pipeline_assets.extract.layers import is_wanted
from pipeline_assets.extract.producers.program import Outcome
from pipeline_assets.extract.producers.pyrefly.columns import table
from pipeline_assets.extract.producers.pyrefly.contracts import (
    LAYER,
    PYREFLY_CALLS,
    PYREFLY_CAPTURES,
    PYREFLY_CLASSES,
    PYREFLY_ERRORS,
    PYREFLY_FUNCTIONS,
    PYREFLY_OVERRIDES,
    PYREFLY_STATUS,
    PYREFLY_TYPES,
)
from pipeline_assets.extract.producers.pyrefly.facts import Facts
from pipeline_assets.extract.producers.pyrefly.modules import read_module
from pipeline_assets.extract.producers.pyrefly.places import spans_of
from pipeline_assets.extract.producers.pyrefly.report import (
    DEFINITIONS,
    UNEXPECTED,
    Complaint,
    Definitions,
    Flaw,
    Module,
    Source,
    UnknownFormat,
    read_modules,
    syntax_errors,
    type_errors,
)
from pipeline_assets.extract.producers.pyrefly.run import (
    DISTRIBUTION,
    REPORT,
    Copied,
    copy_sources,
    run_pyrefly,
)
from pipeline_assets.extract.producers.pyrefly.statuses import cut, reported, unreported
from pipeline_assets.extract.producers.pyrefly.tables import (
    Placed,
    calls_columns,
    captures_columns,
    classes_columns,
    errors_columns,
    functions_columns,
    overrides_columns,
    types_columns,
)
from pipeline_assets.extract.status import FileStatus, failed, status_table
from pipeline_assets.extract.text import Undecodable
from pipeline_assets.pipes import extractor, reader
from pipeline_assets.sources.errors import Unreadable

NO_REPORT = "Pyrefly ended without leaving a report"

COLUMNS = {
    PYREFLY_TYPES: types_columns,
    PYREFLY_CALLS: calls_columns,
    PYREFLY_FUNCTIONS: functions_columns,
    PYREFLY_CLASSES: classes_columns,
    PYREFLY_OVERRIDES: overrides_columns,
    PYREFLY_CAPTURES: captures_columns,
    PYREFLY_ERRORS: errors_columns,
}


@dataclass(frozen=True, slots=True)
class Report:
    """What Pyrefly was given and what it wrote."""

    copied: tuple[Copied, ...]
    refused: tuple[FileStatus, ...]
    """Files that it could not be given."""
    outcome: Outcome
    modules: tuple[Module, ...] = ()
    complaints: Mapping[str, Complaint] = field(default_factory=dict)
    flaws: tuple[Flaw, ...] = ()
    problem: UnknownFormat | None = None
    """Why the report cannot be read."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """The facts of a report, and what became of each file."""

    copied: tuple[Copied, ...]
    facts: Facts
    statuses: tuple[FileStatus, ...]


def _project(files: Table) -> Table:
    """The files whose text could be read, unless the layer is left out; with the names that imports know them by."""
    chosen = files.filter((files.status == "ok") & is_wanted(files, LAYER))
    return chosen.select("repository", "file_id", "path", "module", "size", "sha256", "encoding", "bom")


@reader
def _run_report(reading: Reading) -> Report:
    """Copy the sources, let Pyrefly report on them, and read what it wrote."""
    given: list[tuple[SourceFile, bytes]] = []
    refused: list[FileStatus] = []
    for file in reading.chunk().files:
        try:
            given.append((file, canonical_text(file)))
        except (Unreadable, Undecodable) as error:
            refused.append(failed(file, LAYER, error))
    copied = tuple(copy_sources(given, reading.scratch))
    report = Report(copied, tuple(refused), run_pyrefly(copied, reading.scratch) if copied else Outcome("ok"))
    return _read_documents(report, reading.scratch) if copied else report


def _parse_report(report: Report) -> Parsed:
    """Read the documents of every module; a document that is malformed costs its file."""
    numbers = {each.place: number for number, each in enumerate(report.copied)}
    files = {each.place: each.file for each in report.copied}
    sources = {module.number: _source(module, files) for module in report.modules}
    facts = Facts(Definitions(sources), numbers)
    errors: dict[str, Exception | None] = {}
    for module in report.modules:
        if module.place in numbers:
            errors[module.place] = _read_facts(facts, module, numbers[module.place])
    _add_flaws(facts, report.flaws)
    statuses = [_file_status(report, each, errors) for each in report.copied]
    return Parsed(report.copied, facts, (*report.refused, *statuses))


def _normalize_locations(parsed: Parsed) -> tuple[Placed, tuple[FileStatus, ...]]:
    """Turn lines and columns into byte spans."""
    spans = spans_of(parsed.facts.places, [each.canonical for each in parsed.copied])
    return Placed.of([each.file for each in parsed.copied], parsed.facts, spans), parsed.statuses


def _materialize(found: tuple[Placed, tuple[FileStatus, ...]]) -> dict[str, pa.Table]:
    """Build the tables."""
    placed, statuses = found
    limits: dict[int, str] = dict.fromkeys(placed.misplaced(), "positions")
    tables = {}
    for contract, columns in COLUMNS.items():
        tables[contract.name], crowded = table(contract, placed.files, columns(placed))
        limits |= dict.fromkeys(crowded, contract.name)
    by_file = {placed.files[file].file_id: limit for file, limit in limits.items()}
    return tables | {PYREFLY_STATUS.name: status_table(cut(status, by_file) for status in statuses)}


@extractor(
    *COLUMNS,
    PYREFLY_STATUS,
    stages=(_project, _run_report, _parse_report, _normalize_locations, _materialize),
    producers=(DISTRIBUTION,),
)
def pyrefly(files: Table) -> Table:
    """Types, call targets, overrides, captured variables and errors, inferred for the repository as a whole."""


def _read_documents(report: Report, scratch: Path) -> Report:
    """The report with what was written; without, if there is nothing to read, and the outcome says why."""
    folder, outcome = scratch / REPORT, report.outcome
    try:
        modules = read_modules(folder, scratch)
    except UnknownFormat as error:
        return replace(report, problem=error)
    except OSError:
        ended = outcome if outcome.status != "ok" else replace(outcome, status="crashed", message=NO_REPORT)
        return replace(report, outcome=ended)
    return replace(
        report, modules=modules, complaints=syntax_errors(folder, scratch), flaws=type_errors(folder, scratch)
    )


def _source(module: Module, files: Mapping[str, SourceFile]) -> Source:
    """The module's definitions, under the name that imports know its file by: its path, where none can spell one."""
    file = files.get(module.place or "")
    name = module.name if file is None else str(file.row["module"] or file.path)
    return Source(name, module.place, module.documents.get(DEFINITIONS, b""))


def _read_facts(facts: Facts, module: Module, number: int) -> Exception | None:
    """Enter all facts of one file, or none and say why."""
    mark = facts.mark()
    try:
        read_module(facts, module, number)
    except (UnknownFormat, *UNEXPECTED) as error:
        facts.go_back(mark)
        return error
    return None


def _add_flaws(facts: Facts, flaws: Sequence[Flaw]) -> None:
    """Enter the errors of the files that it was given; text that is not Unicode is no message."""
    for flaw in flaws:
        number = facts.file_numbers.get(flaw.place)
        if number is None:
            continue
        with suppress(UnicodeError):
            kind, message = facts.texts.code(flaw.kind), facts.texts.code(flaw.message)
            facts.flaws.add(number, facts.places.add(number, flaw.location), kind, message)


def _file_status(report: Report, copied: Copied, errors: Mapping[str, Exception | None]) -> FileStatus:
    error = errors.get(copied.place, report.problem)
    if error is None and copied.place in errors:
        return reported(copied.file, report.outcome, report.complaints.get(copied.place))
    return unreported(copied.file, report.outcome, error)
