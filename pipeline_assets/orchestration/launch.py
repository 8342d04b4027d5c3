"""Run a job in this very process so that the UI shows it as its own: partition, logs, steps and timeline.

`JobDefinition.execute_in_process` runs lack the code-location tag and never reach the timeline, and a run handed to a
code server pays a second start of the interpreter. The three private imports below are what is between the two;
a unit test pins them.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from contextlib import nullcontext

from dagster import AssetKey, DagsterInstance, JobDefinition, JobExecutionResult
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.definitions.partitions.context import partition_loading_context
from dagster._core.execution.api import execute_run
from dagster._core.remote_origin import ManagedGrpcPythonEnvCodeLocationOrigin, RemoteRepositoryOrigin
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin

from pipeline_assets.orchestration.event_log import OneFileEventLog

LOCATION = "pipeline_assets"
DEFINITIONS_MODULE = "pipeline_assets.orchestration.definitions"
_REPOSITORY = "__repository__"


def launch(
    job: JobDefinition,
    instance: DagsterInstance,
    *,
    partition: str | None = None,
    selection: Set[AssetKey] | None = None,
    tags: Mapping[str, str] | None = None,
    run_id: str | None = None,
    run_config: Mapping[str, object] | None = None,
) -> JobExecutionResult:
    """Run `job` (or only `selection` of it) here; failures are in the result's events, they do not raise."""
    run_tags = dict(tags or {})
    if partition is not None:
        run_tags |= _partition_tags(job, instance, partition, selection)
    run = instance.create_run_for_job(
        job,
        run_id=run_id,
        run_config=run_config,
        tags=run_tags,
        asset_selection=selection,
        remote_job_origin=repository_origin().get_job_origin(job.name),
    )
    log = instance.event_log_storage
    with log.partitions_held() if isinstance(log, OneFileEventLog) else nullcontext():
        return execute_run(InMemoryJob(job), run, instance, raise_on_error=False)


def repository_origin() -> RemoteRepositoryOrigin:
    """Where the UI finds our definitions: the same origin that `workspace.yaml` gives the web server."""
    target = LoadableTargetOrigin(module_name=DEFINITIONS_MODULE)
    return RemoteRepositoryOrigin(ManagedGrpcPythonEnvCodeLocationOrigin(target, LOCATION), _REPOSITORY)


def _partition_tags(
    job: JobDefinition, instance: DagsterInstance, partition: str, selection: Set[AssetKey] | None
) -> Mapping[str, str]:
    with partition_loading_context(dynamic_partitions_store=instance) as context:
        job.validate_partition_key(partition, selected_asset_keys=selection, context=context)
        return job.get_tags_for_partition_key(partition, selected_asset_keys=selection)
