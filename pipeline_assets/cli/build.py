"""`cpg build`: register, look what changed, launch one Dagster run per repository, tell what came of it."""

from __future__ import annotations

import shlex
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline_assets.cli.context import settings_for
from pipeline_assets.cli.failures import OK, is_handled, report
from pipeline_assets.cli.progress import showing
from pipeline_assets.cli.repositories import Choices, refuse_shared_name, register
from pipeline_assets.cli.selection import select_tasks
from pipeline_assets.cli.terminal import emit_json, program, say, show, show_table
from pipeline_assets.journal import Journal, count_files
from pipeline_assets.outcomes import Decision
from pipeline_assets.project import Project, load_project
from pipeline_assets.runner import Session
from pipeline_assets.settings import Settings
from pipeline_assets.store.catalog import build_catalog
from pipeline_assets.store.mirror import create_at
from pipeline_assets.store.names import PLATFORM
from pipeline_assets.store.publish import head, read
from pipeline_assets.store.snapshot import Snapshot, inconsistencies
from pipeline_assets.store.warehouse import Warehouse

TRY = (
    "SELECT * FROM repository_summary",
    "SELECT callee, sum(calls) AS calls FROM call_pairs GROUP BY callee ORDER BY calls DESC LIMIT 10",
    "SELECT reason, count(*) AS facts FROM unresolved GROUP BY reason ORDER BY facts DESC",
)
"""Queries to try after a build."""
UNREADABLE = "SELECT path, layer, status, line, message FROM extract_status WHERE status NOT IN ('ok', 'skipped')"


class BuildFailed(Exception):
    """A run failed for reasons it could say; what was published before stands."""

    def __init__(self, repository: str, run_id: str, messages: Sequence[str]) -> None:
        super().__init__(repository, run_id, tuple(messages))
        self.repository, self.run_id, self.messages = repository, run_id, tuple(messages)

    def __str__(self) -> str:
        return "\n".join([f"{self.repository}: the run {self.run_id} failed", *(f"  {text}" for text in self.messages)])


@dataclass(frozen=True)
class Outcome:
    """What building one scope came to; `report` is what is promised as JSON."""

    scope: str
    code: int
    report: Mapping[str, Any]
    note: str = ""


@dataclass(frozen=True)
class _Job:
    """What every scope of one command shares."""

    project: Project
    warehouse: Warehouse
    settings: Settings
    tasks: frozenset[str]


def build_repositories(
    paths: Sequence[Path],
    name: str | None,
    choices: Choices,
    select: str | None,
    as_json: bool,
    warehouse: Path | None,
    profile: str | None = None,
) -> int:
    """Build each path as a repository, then the platform; one that fails does not stop the others."""
    refuse_shared_name(paths, name)
    settings = settings_for(warehouse, paths, profile)
    made = choices.made()
    project = load_project()
    job = _Job(project, create_at(settings.warehouse, settings.cache), settings, select_tasks(project, select))
    outcomes = [_build_path(job, path, name, made) for path in paths]
    platform = _build_platform(job) if any(outcome.code == OK for outcome in outcomes) else None
    build_catalog(job.warehouse, project.catalog)
    if as_json:
        for outcome in outcomes:
            emit_json(outcome.report)
    else:
        _summarise([outcome for outcome in outcomes if outcome.code == OK], settings.warehouse if warehouse else None)
    return max(outcome.code for outcome in [*outcomes, *([platform] if platform else [])])


def _build_path(job: _Job, path: Path, name: str | None, choices: Mapping[str, Any]) -> Outcome:
    def work() -> Outcome:
        repository = register(job.warehouse, path, name, choices, job.settings)
        return _build_scope(job, repository.name)

    return _attempt(name or path.resolve().name, work)


def _build_platform(job: _Job) -> Outcome | None:
    """Bring what spans repositories up to date, where there is such a thing."""
    wanted = [task for task in job.project.manifest.tasks if task.grain == "platform" and task.name in job.tasks]
    return _attempt(PLATFORM, lambda: _build_scope(job, PLATFORM)) if wanted else None


def _attempt(scope: str, work: Callable[[], Outcome]) -> Outcome:
    """Do the work; a failure is told at once and becomes the outcome."""
    try:
        return work()
    except Exception as error:
        return Outcome(scope, report(error), {"repository": scope, "error": str(error)})


def _build_scope(job: _Job, scope: str) -> Outcome:
    started, run_id = time.perf_counter(), str(uuid.uuid4())
    with Session(job.project, job.warehouse, scope, job.settings, run_id) as session:
        todo = _todo(job, session)
        if todo:
            _launch(job, session, todo)
        elif scope != PLATFORM:
            _nothing_to_do(job, session)
    seconds = round(time.perf_counter() - started, 3)
    held, seen = head(job.warehouse, scope), read(job.warehouse, scope)
    facts = _facts(job, held, run_id if todo else None)
    report = {"repository": scope, "snapshot": seen.id if seen else None, "seconds": seconds, **facts}
    return Outcome(scope, OK, report, next(inconsistencies(held), "") if held else "")


def _todo(job: _Job, session: Session) -> list[Decision]:
    """The wanted tasks that would run now; all of them where a check that blocks has not passed on what is held."""
    wanted = [decision for decision in session.decide() if decision.task in job.tasks]
    todo = [decision for decision in wanted if decision.runs]
    is_whole = len(wanted) == len(session.tasks())
    unchecked = is_whole and session.snapshot is not None and not session.snapshot.is_consistent
    return wanted if unchecked else todo


def _launch(job: _Job, session: Session, todo: Sequence[Decision]) -> None:
    """Run in Dagster; imported here because a build that finds nothing to do needs none of it."""
    from pipeline_assets.orchestration.builds import build_through_dagster

    is_whole = len(job.tasks) == len(job.project.manifest.tasks)
    wanted = [task.name for task in session.tasks() if task.name in job.tasks]
    with showing(session.scope, todo) as session.progress:
        outcome = build_through_dagster(session, None if is_whole else wanted)
    if outcome.succeeded:
        return
    if session.error is not None and not is_handled(session.error):
        raise session.error  # a defect, with the stack that Dagster's outcome does not carry
    raise BuildFailed(session.scope, session.run_id, [f"{fail.step}: {fail.message}" for fail in outcome.failures])


def _nothing_to_do(job: _Job, session: Session) -> None:
    if session.snapshot is None:  # only what spans repositories was selected
        return
    say(f"{session.scope}: nothing to do, what is asked for is up to date; no run was launched")
    Journal(job.project, session.scope, session.run_id).note_nothing_to_do(job.warehouse, session.snapshot)


def _facts(job: _Job, held: Snapshot | None, run_id: str | None) -> dict[str, Any]:
    counts = count_files(job.warehouse, held)
    versions = held.datasets if held else {}
    return {
        "run_id": run_id,
        "files": counts.files,
        "lines": counts.lines,
        "rows": {name: version.rows for name, version in versions.items()},
        "reused": [name for name, version in versions.items() if version.run_id != run_id],
        "errors": counts.errors,
        "warehouse": job.warehouse.address,
        "catalog": str(job.warehouse.catalog),
    }


def _summarise(outcomes: Sequence[Outcome], warehouse: Path | str | None) -> None:
    if not outcomes:
        return
    columns = ("repository", "files", "lines", "datasets", "made", "reused", "rows", "errors", "seconds")
    show_table(columns, (_cells(outcome.report) for outcome in outcomes))
    for outcome in outcomes:
        if outcome.note:
            show(f"{outcome.scope}: readers still see the snapshot before: {outcome.note}")
    where = f" --warehouse {shlex.quote(str(warehouse))}" if warehouse else ""
    show("try:")
    for sql in _worth_trying(outcomes):
        show(f"  {program()} query{where} {shlex.quote(sql)}")


def _worth_trying(outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    """Three queries; when files could not be read, the first asks which."""
    return (UNREADABLE, *TRY[:2]) if any(outcome.report["errors"] for outcome in outcomes) else TRY


def _cells(report: Mapping[str, Any]) -> tuple[object, ...]:
    reused = len(report["reused"])
    return (
        report["repository"],
        report["files"],
        report["lines"],
        len(report["rows"]),
        len(report["rows"]) - reused,
        reused,
        sum(report["rows"].values()),
        report["errors"],
        round(report["seconds"], 1),
    )
