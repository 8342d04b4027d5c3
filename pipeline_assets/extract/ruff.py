"""The verdict of Ruff's parser on every file, where Ruff is installed: a third reading of the grammar.

It is told the version of the running interpreter, so that both parsers read the same language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
from ibis.expr.types import Table

from pipeline_assets.extract.chunk import Reading, SourceFile, canonical_text
from pipeline_assets.extract.ids import FACT, row_ids
from pipeline_assets.extract.layers import wanted
from pipeline_assets.extract.producers.program import Outcome
from pipeline_assets.extract.producers.ruff.run import (
    DISTRIBUTION,
    SYNTAX,
    Issue,
    UnknownFormat,
    read_issues,
    read_report,
    run_ruff,
)
from pipeline_assets.extract.status import FileStatus, failed, row_status, status_contract, status_table, succeeded
from pipeline_assets.extract.text import Undecodable
from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.pipes import extractor, reader
from pipeline_assets.sources.errors import Unreadable
from pipeline_assets.store.columns import arrow_schema, stored_columns

LAYER = "ruff"

RUFF_ISSUES = Contract(
    name="ruff_issues",
    layer="extract",
    description="One row per syntax error that Ruff's parser finds: it goes on behind the first.",
    columns=(
        Column("repository", "string", "Name of the repository."),
        Column("file_id", "int64", "The file."),
        Column("issue_id", "int64", "The error: file, family 15, place in the file."),
        Column("message", "string", "What is said."),
        Column("line", "int32", "First line, from 1."),
        Column("col", "int32", "Column there in characters, from 1."),
        Column("end_line", "int32", "Last line."),
        Column("end_col", "int32", "Column after the last character."),
    ),
    key=("issue_id",),
    local=("issue_id",),
    references=(Reference("file_id", "files", "file_id"),),
    query="SELECT message, count(*) FROM ruff_issues GROUP BY 1 ORDER BY 2 DESC",
)

RUFF_STATUS = status_contract("ruff_status", "text was parsed by Ruff and")


@dataclass(frozen=True, slots=True)
class Report:
    """The files that Ruff was given, those that it could not be, and what it wrote."""

    given: tuple[SourceFile, ...]
    refused: tuple[FileStatus, ...]
    outcome: Outcome
    text: bytes


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The same with what it found, once that is read."""

    given: tuple[SourceFile, ...]
    refused: tuple[FileStatus, ...]
    outcome: Outcome
    issues: Mapping[int, list[Issue]] = field(default_factory=dict)
    problem: UnknownFormat | None = None


def _project(files: Table) -> Table:
    """The files whose text could be read, unless the layer is left out."""
    return wanted(files, LAYER)


@reader
def _run(reading: Reading) -> Report:
    """Copy the sources, and let Ruff parse them."""
    given: list[tuple[SourceFile, bytes]] = []
    refused: list[FileStatus] = []
    for file in reading.chunk().files:
        try:
            given.append((file, canonical_text(file)))
        except (Unreadable, Undecodable) as error:
            refused.append(failed(file, LAYER, error))
    outcome = run_ruff(given, reading.scratch)
    return Report(tuple(file for file, _ in given), tuple(refused), outcome, read_report(reading.scratch))


def _read_issues(report: Report) -> Verdicts:
    """Take the syntax errors out of what it reports."""
    verdicts = Verdicts(report.given, report.refused, report.outcome)
    if report.outcome.status != "ok" or not report.given:
        return verdicts
    try:
        return replace(verdicts, issues=read_issues(report.text))
    except UnknownFormat as error:
        return replace(verdicts, problem=error)


def _materialize(verdicts: Verdicts) -> dict[str, pa.Table]:
    """Build the tables: a file that Ruff refuses was read all the same, and its status has the first error."""
    files = sorted((file for file in verdicts.given if file.file_id in verdicts.issues), key=lambda file: file.file_id)
    issues = [issue for file in files for issue in verdicts.issues[file.file_id]]
    counts = [len(verdicts.issues[file.file_id]) for file in files]
    ids = np.array([file.file_id for file in files], np.int64)
    owners = np.repeat(np.arange(len(files)), counts)
    columns = {
        "repository": [files[owner].row["repository"] for owner in owners],
        "file_id": ids[owners],
        "issue_id": row_ids(ids, np.array(counts, np.int64), FACT),
        **{name: [getattr(issue, name) for issue in issues] for name in RUFF_ISSUES.names[3:]},
    }
    schema = arrow_schema(stored_columns(RUFF_ISSUES))
    made = pa.table([pa.array(columns[name], schema.field(name).type) for name in RUFF_ISSUES.names], schema)
    statuses = [_status(file, verdicts) for file in verdicts.given]
    return {RUFF_ISSUES.name: made, RUFF_STATUS.name: status_table([*verdicts.refused, *statuses])}


@extractor(RUFF_ISSUES, RUFF_STATUS, stages=(_project, _run, _read_issues, _materialize), producers=(DISTRIBUTION,))
def ruff(files: Table) -> Table:
    """The verdict of Ruff's parser on every file."""


def _status(file: SourceFile, verdicts: Verdicts) -> FileStatus:
    outcome = verdicts.outcome
    if verdicts.problem is not None:
        status = failed(file, LAYER, verdicts.problem)
    elif outcome.status != "ok":
        limit = "seconds" if outcome.status == "timeout" else None
        status = replace(row_status(file.row, LAYER), status=outcome.status, message=outcome.message, limit=limit)
    elif file.file_id in verdicts.issues:
        first = verdicts.issues[file.file_id][0]
        seen = replace(succeeded(file, LAYER), error_class=SYNTAX, message=first.message)
        status = replace(seen, line=first.line, col=first.col)
    else:
        status = succeeded(file, LAYER)
    return replace(status, producer=DISTRIBUTION, producer_version=outcome.version)
