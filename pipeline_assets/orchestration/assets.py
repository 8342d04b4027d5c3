"""Assets: one per dataset, made by one step per task; keys, deps, tags and partitions are read off the manifest."""

# Dagster reads the annotations of decorated functions, so they are not postponed in this module.
from collections.abc import Generator, Iterator, Mapping
from typing import Any

from dagster import (
    AssetCheckResult,
    AssetDep,
    AssetExecutionContext,
    AssetMaterialization,
    AssetsDefinition,
    AssetSpec,
    Backoff,
    DataVersion,
    Failure,
    MaterializeResult,
    RetryPolicy,
    multi_asset,
)

from pipeline_assets.inference.manifest import DatasetPlan, TaskPlan
from pipeline_assets.orchestration.automation import early_cutoff, freshness_of
from pipeline_assets.orchestration.checks import (
    check_specs,
    contract_result,
    order_result,
    policy_result,
    violations_of,
)
from pipeline_assets.orchestration.keys import asset_key
from pipeline_assets.orchestration.metadata import (
    code_version,
    definition_metadata,
    description,
    materialization_metadata,
    source_metadata,
)
from pipeline_assets.orchestration.order import DATA_VERSION, EventReader, run_findings, static_findings
from pipeline_assets.orchestration.partitions import generation_name, partitions_of
from pipeline_assets.orchestration.sessions import RUN, run_of
from pipeline_assets.orchestration.waves import WaveLog
from pipeline_assets.outcomes import CheckFailed, RunError, TaskResult
from pipeline_assets.project import Project
from pipeline_assets.store.errors import StoreError

OWNER = "team:pipeline_assets"
KINDS: Mapping[str, frozenset[str]] = {
    "extract": frozenset({"python", "parquet"}),
    "relational": frozenset({"duckdb", "parquet"}),
    "graph": frozenset({"duckdb", "python", "parquet"}),
}
"""Only kinds that the UI has a picture for: words take the room of the assets' names in its catalog."""
RETRIES = RetryPolicy(max_retries=1, delay=2, backoff=Backoff.EXPONENTIAL)
"""For what another program did to the machine; a refused contract or a missing input is never tried again."""


WORKERS = "workers"
"""The pool of steps that start processes of their own, each of some hundred megabytes; its limit is in dagster.yaml."""


def task_assets(project: Project) -> list[AssetsDefinition]:
    """One step per task, lower generations first where several could start."""
    return [_task_step(project, task) for task in project.manifest.in_order()]


def source_specs(project: Project) -> list[AssetSpec]:
    """Declared sources: assets that nobody here makes, shown so that lineage begins where the data does."""
    manifest = project.manifest
    return [
        AssetSpec(
            asset_key(dataset),
            description=description(dataset),
            group_name=dataset.layer,
            metadata=source_metadata(dataset),
            tags={"layer": dataset.layer, "grain": dataset.grain},
            owners=[OWNER],
            partitions_def=partitions_of(dataset.grain),
        )
        for dataset in map(manifest.dataset, manifest.sources)
    ]


def asset_spec(project: Project, dataset: DatasetPlan, task: TaskPlan) -> AssetSpec:
    """The asset of one dataset, as the manifest describes it."""
    manifest = project.manifest
    return AssetSpec(
        asset_key(dataset),
        deps=[AssetDep(asset_key(manifest.dataset(read.dataset))) for read in task.inputs],
        description=description(dataset),
        group_name=dataset.layer,
        code_version=code_version(task),
        metadata=definition_metadata(dataset, task, manifest),
        tags={
            "layer": dataset.layer,
            "generation": generation_name(task.generation),
            "grain": dataset.grain,
            "task": task.name,
        },
        kinds=set(KINDS[task.kind]),
        owners=[OWNER],
        partitions_def=partitions_of(dataset.grain),
        automation_condition=early_cutoff(),
        freshness_policy=freshness_of(dataset),
    )


def _task_step(project: Project, task: TaskPlan) -> AssetsDefinition:
    datasets = [project.manifest.dataset(name) for name in task.outputs]
    specs = {dataset.name: asset_spec(project, dataset, task) for dataset in datasets}
    let_go = violations_of(project.manifest, task.name)

    @multi_asset(
        name=task.name,
        specs=list(specs.values()),
        check_specs=[check for dataset in datasets for check in check_specs(dataset, is_let_go=bool(let_go))],
        required_resource_keys={RUN},
        retry_policy=RETRIES,
        op_tags={"dagster/priority": str(-task.generation)},
        pool=WORKERS if task.kind == "extract" else None,
    )
    def _compute(context: AssetExecutionContext) -> Iterator[MaterializeResult[Any] | AssetCheckResult]:
        result = yield from _run(context, task, specs)
        context.log.info(_summary(result))
        for event in _sources_read(context, project, task, result):
            context.log_event(event)
        sql = result.sql or project.sql(task.name)
        root = run_of(context).session.warehouse.root
        for dataset in datasets:
            key = asset_key(dataset)
            # What a result carries itself is written twice, with the step's output and with the materialization.
            metadata = materialization_metadata(dataset, task, project.manifest, result, sql, root)
            context.add_asset_metadata(metadata, key)
            version = DataVersion(result.versions[dataset.name].data_version)
            yield MaterializeResult(asset_key=key, data_version=version)
            yield contract_result(key, [v for v in result.verdicts if v.versions.keys() == {dataset.name}])
            yield _order(context, project, task, specs[dataset.name], result)
            if let_go:
                yield policy_result(key, let_go)
        for event in _ended_waves(context, project, result):
            context.log_event(event)

    return _compute


def _run(
    context: AssetExecutionContext, task: TaskPlan, specs: Mapping[str, AssetSpec]
) -> Generator[AssetCheckResult, None, TaskResult]:
    """Run the task; a refused contract is shown as a failed check before the step fails."""
    try:
        return run_of(context).session.run_task(task.name)
    except CheckFailed as failure:
        for name, spec in specs.items():
            yield contract_result(spec.key, [v for v in failure.verdicts if name in v.versions])
        raise Failure(str(failure), allow_retries=False) from failure
    except (RunError, StoreError) as error:
        raise Failure(str(error), allow_retries=False) from error


def _sources_read(
    context: AssetExecutionContext, project: Project, task: TaskPlan, result: TaskResult
) -> Iterator[AssetMaterialization]:
    """What the task found its declared sources to be: recorded, since no step of ours makes them."""
    partition = context.partition_key if context.has_partition_key else None
    versions = next(iter(result.versions.values())).inputs
    for read in task.inputs:
        version = versions.get(f"source:{read.dataset}")
        if version is not None:
            key = asset_key(project.manifest.dataset(read.dataset))
            yield AssetMaterialization(key, partition=partition, tags={DATA_VERSION: version})


def _order(
    context: AssetExecutionContext, project: Project, task: TaskPlan, spec: AssetSpec, result: TaskResult
) -> AssetCheckResult:
    partition = context.partition_key if context.has_partition_key else None
    reads = result.versions[spec.key.path[-1]].inputs
    run = run_of(context)
    run.events = run.events or EventReader(context.instance)
    findings = [
        *static_findings(task, spec, project.manifest),
        *run_findings(task, spec.key, reads, project.manifest, run.events, partition),
    ]
    return order_result(spec.key, findings)


def _ended_waves(
    context: AssetExecutionContext, project: Project, result: TaskResult
) -> Iterator[AssetMaterialization]:
    """The waves of this run that ended with this task; waves are per repository, so a platform run has none."""
    if context.has_partition_key:
        run = run_of(context)
        run.waves = run.waves or WaveLog(project, _tasks_of_run(context, project))
        yield from run.waves.finished(result.task, result.snapshot)


def _tasks_of_run(context: AssetExecutionContext, project: Project) -> list[str]:
    selected = {key.path[-1] for key in context.job_def.asset_layer.executable_asset_keys}
    return [task.name for task in project.manifest.tasks if selected.intersection(task.outputs)]


def _summary(result: TaskResult) -> str:
    verb = "reused" if result.reused else "made"
    made = ", ".join(f"{name} {held.rows:,} rows {held.bytes / 1e6:.1f} MB" for name, held in result.versions.items())
    kept = f"; the rows of {result.files_kept:,} unchanged files were kept" if result.files_kept else ""
    return f"{verb} {made} in {result.seconds:.2f} s{kept}"
