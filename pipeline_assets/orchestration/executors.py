"""How the steps of a run are executed: all in its own process, or each in one of several children.

In one process a run has one session. In several, each step opens a session of its own beside its siblings', and the
run's process holds the build lock, publishes and records for all of them. That costs seconds per step where one
process takes a tenth of one, so it is for steps whose memory must be given back, or that may not share a process.
"""

# Dagster reads the annotations of decorated functions, so they are not postponed in this module.
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any, cast

from dagster import DagsterEvent, Executor, ExecutorDefinition, Field, InitExecutorContext, Int, executor
from dagster._core.execution.context.system import PlanOrchestrationContext
from dagster._core.execution.plan.plan import ExecutionPlan
from dagster._core.execution.retries import RetryMode
from dagster._core.executor.in_process import InProcessExecutor
from dagster._core.executor.multiprocess import MultiprocessExecutor

from pipeline_assets.orchestration.sessions import PARTITION_TAG, OpenSession
from pipeline_assets.orchestration.waves import WaveLog
from pipeline_assets.runner import Session
from pipeline_assets.store.names import PLATFORM

PROCESSES = "processes"
PRELOADED = ("pipeline_assets.orchestration.definitions",)
"""Imported once in the server that children are forked from: 7 to 9 seconds a step without."""


def step_executor(open_session: OpenSession) -> ExecutorDefinition:
    """One process unless the run's configuration says `execution: {config: {processes: 2}}`."""
    schema = {PROCESSES: Field(Int, default_value=1, description="Steps at once, each in a process; 1: no others.")}

    @executor(name="steps", config_schema=schema)
    def _steps(context: InitExecutorContext) -> Executor:
        processes = cast("int", context.executor_config[PROCESSES])
        if processes == 1:
            return _InOneProcess(retries=RetryMode.ENABLED)
        return _InProcesses(open_session, processes)

    return _steps


class RunUnfinished(Exception):
    """All steps ended, but not the run: its session could not publish, or not record."""


class _InOneProcess(InProcessExecutor):
    """Dagster's; a run whose session cannot end well fails, where Dagster would only note that in its log."""

    def execute(self, plan_context: PlanOrchestrationContext, execution_plan: ExecutionPlan) -> Iterator[DagsterEvent]:
        """Run the steps and let go of what they shared."""
        unfinished: list[str] = []
        for event in super().execute(plan_context, execution_plan):
            if event.is_engine_event and event.engine_event_data.error:
                unfinished.append(event.engine_event_data.error.message.strip())
            yield event
        if unfinished:
            raise RunUnfinished(f"the steps ended, but the run could not: {unfinished[0]}")


class _InProcesses(MultiprocessExecutor):
    """Dagster's, within a session that holds what the steps of a run share across processes."""

    def __init__(self, open_session: Callable[[str, str], AbstractContextManager[Session]], processes: int) -> None:
        super().__init__(RetryMode.ENABLED, processes, None, "forkserver", list(PRELOADED))
        self._open_session = open_session

    def execute(self, plan_context: PlanOrchestrationContext, execution_plan: ExecutionPlan) -> Iterator[DagsterEvent]:
        """Run the steps; whatever becomes of them, the run is recorded and the lock is given back."""
        run = plan_context.dagster_run
        scope = run.tags.get(PARTITION_TAG, PLATFORM)
        failures: list[str] = []
        with self._open_session(scope, run.run_id) as session:
            for event in super().execute(plan_context, execution_plan):
                if event.is_step_failure:
                    failures.append(_sentence(event))
                yield event
            session.conclude(failures[0] if failures else None)
            if scope != PLATFORM:
                _report_waves(plan_context, session, set(execution_plan.step_keys_to_execute))


def _sentence(event: DagsterEvent) -> str:
    error: Any = event.step_failure_data.error
    return f"{event.step_key}: {error.message.strip() if error else 'failed'}"


def _report_waves(context: PlanOrchestrationContext, session: Session, steps: set[str]) -> None:
    """The evidence of the waves whose tasks this run had; no step sees the others end."""
    tasks = [task.name for task in session.tasks() if task.name in steps]
    log = WaveLog(session.project, tasks)
    for task in tasks if session.snapshot else ():
        assert session.snapshot is not None
        for event in log.finished(task, session.snapshot):
            context.instance.report_runless_asset_event(event)
