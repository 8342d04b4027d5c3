"""The order check of one materialization: from evidence that Dagster and the store recorded, not from hope.

Static rules compare the plan with what was registered; run-time rules compare independent records of every input:
Dagster's pointer to the input's event and its data version, taken before the step began, Dagster's newest event of that
input in this partition, and the data version that the store says was read.

generation  every registered and every inferred input is made in an earlier generation
inputs      parameters, inferred reads and registered deps are the same
grain       partitions and partition mappings are those of the inferred grain
plan        what was materialized has the fingerprint of today's plan
order       the input's newest event was there before the step began
current     the input's version when the step began is that of its newest event
store       the version that the store says was read is that of the input's newest event
event       the materialization, or its input, is in the event log at all
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from dagster import (
    AllPartitionMapping,
    AssetDep,
    AssetKey,
    AssetRecordsFilter,
    AssetSpec,
    DagsterEventType,
    DagsterInstance,
    IdentityPartitionMapping,
)

from pipeline_assets.inference.grain import Grain
from pipeline_assets.inference.manifest import Manifest, TaskPlan
from pipeline_assets.orchestration.keys import asset_key
from pipeline_assets.orchestration.metadata import code_version
from pipeline_assets.orchestration.partitions import partitions_of

POINTER = "dagster/input_event_pointer/"
INPUT_VERSION = "dagster/input_data_version/"
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


@dataclass(frozen=True)
class EventReader:
    """Newest materializations as the event log has them; an event is read once, as it never changes."""

    instance: DagsterInstance
    _read: dict[int, Event] = field(default_factory=dict)

    def newest(self, key: AssetKey, partition: str | None) -> Event | None:
        """The newest materialization of an asset, in one partition or at all."""
        if partition is None:
            return self._fetch(AssetRecordsFilter(asset_key=key))
        kind = DagsterEventType.ASSET_MATERIALIZATION
        number = self.instance.get_latest_storage_id_by_partition(key, kind, {partition}).get(partition)
        if number is None:
            return None
        return self._read.get(number) or self._fetch(AssetRecordsFilter(asset_key=key, storage_ids=[number]))

    def _fetch(self, wanted: AssetRecordsFilter) -> Event | None:
        records = self.instance.fetch_materializations(wanted, limit=1).records
        if not records or records[0].asset_materialization is None:
            return None
        number = records[0].storage_id
        return self._read.setdefault(number, Event(number, records[0].asset_materialization.tags or {}))


def static_findings(task: TaskPlan, spec: AssetSpec, manifest: Manifest) -> Iterator[Finding]:
    """What can be judged without running: generations, the three lists of inputs, partitions and grain."""
    inferred = sorted(read.dataset for read in task.inputs)
    registered = sorted(dep.asset_key.path[-1] for dep in spec.deps)
    for name in sorted({*inferred, *registered}):
        producer = manifest.producer(name)
        if producer is not None:
            evidence = f"generation {producer.generation} before {task.generation}"
            yield Finding("generation", name, producer.generation < task.generation, evidence)
    let_go = {row["name"] for row in manifest.violations if row["task_name"] == task.name}
    declared = sorted({*task.declared_inputs, *(let_go & {*inferred})})  # what a guard let go is its check's to tell
    same = inferred == declared == registered
    lists = f"parameters {sorted(task.declared_inputs)}, inferred {inferred}, registered {registered}"
    agreed = f"parameters, inferred reads and registered deps are the same {len(inferred)}"
    yield Finding("inputs", "", same, agreed if same else lists)
    found = "by repository" if spec.partitions_def else "not partitioned"
    fits = spec.partitions_def == partitions_of(task.grain)
    yield Finding("grain", "", fits, f"{task.grain} grain, {found}")
    yield from (_mapping_finding(task.grain, dep) for dep in spec.deps if dep.partition_mapping is not None)


def run_findings(
    task: TaskPlan,
    key: AssetKey,
    reads: Mapping[str, str],
    manifest: Manifest,
    events: EventReader,
    partition: str | None,
) -> Iterator[Finding]:
    """What this very materialization shows; `reads` is what the store recorded: input name → data version."""
    own = events.newest(key, partition)
    if own is None:
        yield Finding("event", "", False, "this materialization is not in the event log")
        return
    yield _plan_finding("", task, own)
    for read in task.inputs:
        producer = manifest.producer(read.dataset)
        if producer is not None:
            upstream = asset_key(manifest.dataset(read.dataset))
            for scope, version in _versions_read(read.dataset, reads, partition):
                event = events.newest(upstream, scope)
                name = read.dataset if scope == partition else f"{read.dataset} of {scope}"
                yield from _input_findings(name, version, producer, own, upstream, event)
                if event is not None and scope is not None and scope == partition:
                    yield _current_finding(name, upstream, own, event)


def _mapping_finding(grain: Grain, dep: AssetDep) -> Finding:
    """Rows that stay within a repository read that repository; what spans them reads them all."""
    wanted = AllPartitionMapping if grain == "platform" else IdentityPartitionMapping
    found = type(dep.partition_mapping).__name__
    evidence = f"{grain} grain reads by {wanted.__name__}, registered is {found}"
    return Finding("grain", dep.asset_key.path[-1], isinstance(dep.partition_mapping, wanted), evidence)


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


def _current_finding(name: str, upstream: AssetKey, own: Event, event: Event) -> Finding:
    """Dagster records the version of an input's partition as the digest of that version."""
    recorded = own.tags.get(f"{INPUT_VERSION}{upstream.to_user_string()}", "none")
    newest = event.tags.get(DATA_VERSION, "")
    is_current = recorded in (newest, hashlib.sha256(newest.encode()).hexdigest())
    same = "the step began with the version of the newest materialization"
    other = f"the step began with {recorded}, the newest materialization has {newest} or its digest"
    return Finding("current", name, is_current, same if is_current else other)
