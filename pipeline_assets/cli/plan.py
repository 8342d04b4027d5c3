"""`cpg plan` and `cpg stages`: the compiled manifest, and what a build would run now and why."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipeline_assets.cli.context import scopes_of, settings_for, title
from pipeline_assets.cli.failures import FAILED, OK
from pipeline_assets.cli.terminal import emit_json, show, show_table
from pipeline_assets.inference.manifest import Manifest, Read, StagePlan, TaskPlan
from pipeline_assets.outcomes import Decision
from pipeline_assets.products.stages_page import stages_page
from pipeline_assets.project import Project, load_project
from pipeline_assets.runner import Session
from pipeline_assets.settings import Settings
from pipeline_assets.sources.errors import SourceError
from pipeline_assets.store.errors import NoWarehouse, StoreError
from pipeline_assets.store.mirror import open_at


@dataclass(frozen=True)
class Outlook:
    """What a build of one scope would do; `unknown` says why that cannot be told."""

    scope: str
    decisions: tuple[Decision, ...]
    unknown: str | None = None

    @property
    def runs(self) -> list[Decision]:
        """The tasks that would run."""
        return [decision for decision in self.decisions if decision.runs]


def show_plan(check: bool, repository: str | None, as_json: bool, warehouse: Path | None) -> int:
    """Print the plan; returns the exit code."""
    settings = settings_for(warehouse)
    project = load_project()
    outlooks = list(_outlooks(project, settings, repository))
    differences = _differences(project) if check else None
    if as_json:
        emit_json(_as_json(project.manifest, outlooks, differences))
    else:
        _show_generations(project.manifest)
        _show_outlooks(outlooks)
        _show_differences(differences)
    return FAILED if differences else OK


def show_stages(as_json: bool, markdown: bool = False) -> None:
    """Print the stage catalogue."""
    manifest = load_project().manifest
    if markdown:
        show(stages_page(manifest).rstrip())
        return
    found = [(task, stage) for task in manifest.in_order() for stage in task.stages]
    if as_json:
        emit_json([{**asdict(stage), "generation": task.generation} for task, stage in found])
    else:
        show_table(("task", "stage", "takes", "does", "written in"), (_stage_cells(stage) for _, stage in found))


def _outlooks(project: Project, settings: Settings, repository: str | None) -> Iterator[Outlook]:
    try:
        warehouse = open_at(settings.warehouse, settings.cache)
    except NoWarehouse:
        if repository:
            raise
        return
    for scope in scopes_of(warehouse, repository):
        try:
            with Session(project, warehouse, scope, settings, uuid.uuid4().hex, lock_seconds=0) as session:
                outlook = _outlook(session)
        except StoreError as error:  # a build is at work, or the warehouse may not be written: the plan is still shown
            outlook = Outlook(scope, (), str(error))
        yield outlook


def _outlook(session: Session) -> Outlook:
    try:
        return Outlook(session.scope, tuple(session.decide()))
    except SourceError as error:  # looking ahead is no run, so the session is not told of it
        return Outlook(session.scope, (), str(error))


def _differences(project: Project) -> list[str]:
    from pipeline_assets.orchestration.definitions import defs
    from pipeline_assets.orchestration.faithfulness import check_faithfulness

    return check_faithfulness(project, defs)


def _as_json(manifest: Manifest, outlooks: Iterable[Outlook], differences: Sequence[str] | None) -> dict[str, Any]:
    """The promised shape, and beside it what a build would do and what the checks found."""
    decisions = [{"repository": o.scope, **asdict(decision)} for o in outlooks for decision in o.decisions]
    unknown = [{"repository": o.scope, "reason": o.unknown} for o in outlooks if o.unknown]
    checked = {} if differences is None else {"differences": list(differences)}
    return {**manifest.to_dict(), "decisions": decisions, "undecided": unknown, **checked}


def _show_generations(manifest: Manifest) -> None:
    for generation in manifest.generations:
        tasks = [manifest.task(name) for name in generation.tasks]
        columns = ("task", "layer", "kind", "grain", "stages", "reads", "makes")
        show_table(columns, map(_task_cells, tasks), title=f"generation {generation.index}")
    stages = sum(len(task.stages) for task in manifest.tasks)
    made = sum(dataset.producer is not None for dataset in manifest.datasets)
    show(f"{len(manifest.tasks)} tasks, {made} datasets, {stages} stages, plan {manifest.plan_fingerprint[:16]}")


def _task_cells(task: TaskPlan) -> tuple[object, ...]:
    stages = " → ".join(stage.name for stage in task.stages)
    reads = ", ".join(map(_read_text, task.inputs))
    makes = "" if task.outputs == (task.name,) else ", ".join(task.outputs)
    return task.name, task.layer, task.kind, task.grain, stages, reads, makes


def _read_text(read: Read) -> str:
    return f"{read.dataset} ({len(read.all_columns)})"


def _stage_cells(stage: StagePlan) -> tuple[object, ...]:
    return stage.task_name, stage.name, ", ".join(stage.inputs), stage.description, stage.source


def _show_outlooks(outlooks: Iterable[Outlook]) -> None:
    for outlook in outlooks:
        name = title(outlook.scope)
        if outlook.unknown:
            show(f"{name}: what would run is not known: {outlook.unknown}")
        elif outlook.runs:
            rows = [(decision.task, _because(decision)) for decision in outlook.runs]
            show_table(("would run", "because"), rows, title=f"{name}: {len(rows)} of {len(outlook.decisions)} tasks")
        else:
            show(f"{name}: nothing would run, all {len(outlook.decisions)} tasks are up to date")


def _because(decision: Decision) -> str:
    first, *others = decision.reasons
    return f"{first}, and {len(others)} more" if others else first


def _show_differences(differences: Sequence[str] | None) -> None:
    if differences is None:
        return
    for difference in differences:
        show(f"different: {difference}")
    if not differences:
        show("Hamilton, rustworkx, Dagster and DuckDB agree with the plan")
