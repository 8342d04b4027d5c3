"""The order check of one materialization: from evidence that Dagster and the store recorded, not from hope.

Static rules compare the plan with what was registered; run-time rules compare three independent records of every input:
Dagster's pointer to the input's event, taken before the step began, Dagster's newest event of that input in this
partition, and the data version that the store says was read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dagster import AssetKey, AssetRecordsFilter, AssetSpec, DagsterInstance

from pipeline_assets.inference.manifest import Manifest, TaskPlan
from pipeline_assets.orchestration.keys import asset_key
from pipeline_assets.orchestration.metadata import code_version
from pipeline_assets.orchestration.partitions import partitions_of

POINTER = "dagster/input_event_pointer/"
DATA_VERSION = "dagster/data_version"
CODE_VERSION = "dagster/code_version"


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule applied to one input (or to the asset itself), with what it was decided from."""

    rule: str
    input: str
    passed: bool
    evidence: str


@dataclass(frozen=True, slots=True)
class Event:
    """A materialization as far as order is concerned: where it stands in the log, and its version tags."""

    storage_id: int
    tags: Mapping[str, str]


def static_findings(task: TaskPlan, spec: AssetSpec, manifest: Manifest) -> Iterator[Finding]:
    """What can be judged without running: generations, the three lists of inputs, partitions and grain."""
    for read in task.inputs:
        producer = manifest.producer(read.dataset)
        if producer is not None:
            evidence = f"generation {producer.generation} before {task.generation}"
            yield Finding("generation", read.dataset, producer.generation < task.generation, evidence)
    inferred = sorted(read.dataset for read in task.inputs)
    registered = sorted(dep.asset_key.path[-1] for dep in spec.deps)
    same = inferred == sorted(task.declared_inputs) == registered
    lists = f"parameters {sorted(task.declared_inputs)}, inferred {inferred}, registered {registered}"
    agreed = f"parameters, inferred reads and registered deps are the same {len(inferred)}"
    yield Finding("inputs", "", same, agreed if same else lists)
    expected = partitions_of(task.grain)
    found = "by repository" if spec.partitions_def else "not partitioned"
    yield Finding("grain", "", spec.partitions_def == expected, f"{task.grain} grain, {found}")


def run_findings(
    task: TaskPlan,
    key: AssetKey,
    reads: Mapping[str, str],
    manifest: Manifest,
    instance: DagsterInstance,
    partition: str | None,
) -> Iterator[Finding]:
    """What this very materialization shows; `reads` is what the store recorded: input name → data version."""
    own = newest_event(instance, key, partition)
    if own is None:
        yield Finding("event", "", False, "this materialization is not in the event log")
        return
    yield _plan_finding("", task, own)
    for read in task.inputs:
        producer = manifest.producer(read.dataset)
        if producer is not None:
            upstream = asset_key(manifest.dataset(read.dataset))
            for scope, version in _versions_read(read.dataset, reads, partition):
                event = newest_event(instance, upstream, scope)
                name = read.dataset if scope == partition else f"{read.dataset} of {scope}"
                yield from _input_findings(name, version, producer, own, upstream, event)


def newest_event(instance: DagsterInstance, key: AssetKey, partition: str | None) -> Event | None:
    """The newest materialization of an asset, in one partition or at all."""
    wanted = AssetRecordsFilter(asset_key=key, asset_partitions=None if partition is None else [partition])
    records = instance.fetch_materializations(wanted, limit=1).records
    if not records or records[0].asset_materialization is None:
        return None
    return Event(records[0].storage_id, records[0].asset_materialization.tags or {})


def _versions_read(
    dataset: str, reads: Mapping[str, str], partition: str | None
) -> Iterator[tuple[str | None, str | None]]:
    """The (partition, data version) pairs that the store recorded for one input; several for a platform task."""
    if partition is not None or dataset in reads:
        yield partition, reads.get(dataset)
        return
    for name, version in reads.items():
        kind, _, rest = name.partition(":")
        repository, _, read = rest.rpartition(":")
        if kind == "repository" and read == dataset:
            yield repository, version


def _plan_finding(name: str, task: TaskPlan, event: Event) -> Finding:
    made, planned = event.tags.get(CODE_VERSION, "none"), code_version(task)
    return Finding("plan", name, made == planned, f"made by plan {made}, today's plan of {task.name} is {planned}")


def _input_findings(
    name: str, version: str | None, producer: TaskPlan, own: Event, upstream: AssetKey, event: Event | None
) -> Iterator[Finding]:
    if event is None:
        yield Finding("event", name, False, "was never materialized here; materialize it first")
        return
    yield _plan_finding(name, producer, event)
    yield _pointer_finding(name, upstream, own, event)
    recorded = event.tags.get(DATA_VERSION)
    evidence = f"the store read {version}, the newest materialization is {recorded}"
    yield Finding("store", name, version is not None and version == recorded, evidence)


def _pointer_finding(name: str, upstream: AssetKey, own: Event, event: Event) -> Finding:
    """Dagster's pointer is the newest event of any partition when the step began: this partition's is not after it."""
    pointer = int(own.tags.get(f"{POINTER}{upstream.to_user_string()}", 0))
    in_order = event.storage_id <= pointer < own.storage_id
    evidence = f"event {event.storage_id} ≤ pointer {pointer} < own event {own.storage_id}"
    return Finding("order", name, in_order, evidence)
