"""Builds through Dagster: the run that `cpg build` starts in its own process, and that the UI shows as its own."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import nullcontext
from dataclasses import dataclass

from dagster import (
    AssetKey,
    DagsterEvent,
    DagsterInstance,
    DagsterRunStatus,
    JobExecutionResult,
    RunsFilter,
)
from dagster._core.errors import DagsterAssetCheckFailedError

from pipeline_assets.orchestration.assembly import assemble
from pipeline_assets.orchestration.instance import open_instance
from pipeline_assets.orchestration.jobs import BUILD, PLATFORM
from pipeline_assets.orchestration.keys import asset_key
from pipeline_assets.orchestration.launch import launch
from pipeline_assets.orchestration.partitions import register_repository
from pipeline_assets.runner import Session
from pipeline_assets.store.names import PLATFORM as PLATFORM_SCOPE
from pipeline_assets.store.warehouse import Warehouse

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
"""Keeps Dagster's lines off our terminal; its event log has them all, and failures are told by whoever launched."""
LAUNCHED_HERE = {"launched_by": "cpg build"}
"""Marks runs whose session was open before them: when the store knows no such session any more, they are over."""


@dataclass(frozen=True)
class Failure:
    """What went wrong in one step or check: one sentence as the error said it."""

    step: str
    message: str


@dataclass(frozen=True)
class Outcome:
    """What became of a launched run."""

    run_id: str
    succeeded: bool
    failures: tuple[Failure, ...]


def build_through_dagster(session: Session, tasks: Collection[str] | None = None) -> Outcome:
    """Run the session's scope as a Dagster run under the session's run id; `tasks` narrows it to some of them.

    Failed steps and failed blocking checks are in the outcome, they do not raise.
    """
    platform = session.scope == PLATFORM_SCOPE
    definitions = assemble(session.project, session.settings, lambda scope, run_id: nullcontext(session))
    with open_instance(session.warehouse.dagster_home, capture_output=False) as instance:
        if not platform:
            register_repository(instance, session.scope)
        close_orphans(instance, session.warehouse)
        result = launch(
            definitions.resolve_job_def(PLATFORM if platform else BUILD),
            instance,
            partition=None if platform else session.scope,
            selection=None if tasks is None else _keys(session, tasks),
            tags=LAUNCHED_HERE,
            run_id=session.run_id,
            run_config=QUIET,
        )
    failures = tuple(_failures(result)) or tuple(_run_failures(result))
    return Outcome(session.run_id, result.success and not failures, failures)


def close_orphans(instance: DagsterInstance, warehouse: Warehouse) -> int:
    """Mark as failed the runs of ours that a killed process left unfinished; how many there were."""
    unfinished = RunsFilter(statuses=[DagsterRunStatus.STARTED, DagsterRunStatus.NOT_STARTED], tags=LAUNCHED_HERE)
    live = set(warehouse.live_runs())
    orphans = [run for run in instance.get_runs(unfinished) if run.run_id not in live]
    for run in orphans:
        instance.report_run_failed(run, "The process that executed this run is gone.")
    _free_slots(instance)
    return len(orphans)


def _free_slots(instance: DagsterInstance) -> None:
    """Give back what ended runs hold of pools: a killed one cannot, and nobody may wait for a slot of nobody's."""
    log = instance.event_log_storage
    pools = log.get_concurrency_keys() if log.supports_global_concurrency_limits else ()
    holders = {slot.run_id for pool in pools for slot in log.get_concurrency_info(pool).claimed_slots}
    for run_id in holders:
        run = instance.get_run_by_id(run_id)
        if run is None or run.is_finished:
            log.free_concurrency_slots_for_run(run_id)


def _keys(session: Session, tasks: Collection[str]) -> set[AssetKey]:
    manifest = session.project.manifest
    return {asset_key(manifest.dataset(output)) for name in tasks for output in manifest.task(name).outputs}


def _failures(result: JobExecutionResult) -> Iterator[Failure]:
    for event in result.all_events:
        if event.is_step_failure and not _is_failed_check(event):
            yield Failure(event.step_key or "", _reason(event))
    for check in result.get_asset_check_evaluations():
        if check.blocking and not check.passed:
            yield Failure(f"{check.check_name} of {check.asset_key.path[-1]}", check.description or "failed")


def _run_failures(result: JobExecutionResult) -> Iterator[Failure]:
    """What kept the run from starting its steps, or from ending."""
    return (Failure("run", event.message or "failed") for event in result.all_events if event.is_job_failure)


def _is_failed_check(event: DagsterEvent) -> bool:
    """Whether the step failed because a blocking check in it did, which is told as a check."""
    error = event.step_failure_data.error
    return error is not None and error.cls_name == DagsterAssetCheckFailedError.__name__


def _reason(event: DagsterEvent) -> str:
    """The innermost cause in words: what the task said, not Dagster's wrapping of it."""
    data = event.step_failure_data
    if data.user_failure_data and data.user_failure_data.description:
        return data.user_failure_data.description
    error = data.error
    while error and error.cause:
        error = error.cause
    return error.message.strip() if error else "failed"
