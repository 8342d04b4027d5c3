"""The nightly schedule: every registered repository is built once a night."""

# Dagster reads the annotations of decorated functions, so they are not postponed in this module.
from collections.abc import Iterator

from dagster import DefaultScheduleStatus, RunRequest, ScheduleDefinition, ScheduleEvaluationContext, schedule

from pipeline_assets.orchestration.jobs import BUILD
from pipeline_assets.orchestration.partitions import REPOSITORY

NIGHTLY = "0 2 * * *"


def nightly_schedule() -> ScheduleDefinition:
    """One request per repository partition; Dagster's own helper refuses dynamic partitions."""

    @schedule(
        cron_schedule=NIGHTLY,
        job_name=BUILD,
        name="nightly",
        description="Builds every registered repository once a night.",
        default_status=DefaultScheduleStatus.RUNNING,
    )
    def _nightly(context: ScheduleEvaluationContext) -> Iterator[RunRequest]:
        night = context.scheduled_execution_time.date().isoformat()
        for repository in sorted(context.instance.get_dynamic_partitions(REPOSITORY)):
            yield RunRequest(run_key=f"{repository}@{night}", partition_key=repository)

    return _nightly
