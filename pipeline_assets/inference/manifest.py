"""The manifest: plans, stages, edges, generations, grains and fingerprints — compiled once, immutable, serialisable.

Hamilton, rustworkx, Dagster, the command line and the docs are projections of this object.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

from pipeline_assets.inference.contract import Layer
from pipeline_assets.inference.grain import Grain
from pipeline_assets.inference.task import Kind

MANIFEST_VERSION = 1
ColumnRef = tuple[str, str]


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """One column of a dataset."""

    name: str
    type: str
    nullable: bool
    description: str


@dataclass(frozen=True, slots=True)
class DatasetPlan:
    """One dataset: what it holds, who makes it, how far its rows depend on each other."""

    name: str
    layer: Layer
    grain: Grain
    producer: str | None
    """The task that makes it; None for a declared source."""
    key: tuple[str, ...]
    columns: tuple[ColumnPlan, ...]
    description: str
    query: str
    part_of: str | None


@dataclass(frozen=True, slots=True)
class Read:
    """What a task reads of one dataset: columns whose values flow on, and columns that only decide which rows."""

    dataset: str
    columns: tuple[str, ...]
    indirect_columns: tuple[str, ...]

    @property
    def all_columns(self) -> tuple[str, ...]:
        """Direct and indirect columns, sorted."""
        return tuple(sorted({*self.columns, *self.indirect_columns}))


@dataclass(frozen=True, slots=True)
class StagePlan:
    """One stage of a task, as it appears in the Hamilton graph and the stage catalogue."""

    name: str
    ordinal: int
    layer: Layer
    artifact: str
    kind: str
    task_name: str
    task_output: str
    inputs: tuple[str, ...]
    plan_fingerprint: str
    stage_fingerprint: str
    description: str
    source: str
    """Where the stage is written: `path/in/package.py:line`."""
    columns: tuple[str, ...]
    """Columns after the stage, for relational stages; empty where only running it tells."""
    evidence: tuple[str, ...] = ()
    """`dataset.column` that the task reads and no stage before this one brought in."""
    introduced: tuple[str, ...] = ()
    """Of `columns`, those that did not go in."""
    changed: tuple[str, ...] = ()
    """Of `columns`, those that go by the name of one that went in and are computed anew."""
    dropped: tuple[str, ...] = ()
    """Columns that went in and did not come out."""

    @property
    def node(self) -> str:
        """The stage's node in the Hamilton graph."""
        return f"{self.task_name}.{self.name}"

    @property
    def tags(self) -> dict[str, str]:
        """The tags its Hamilton node must carry."""
        return {
            "layer": self.layer,
            "artifact": self.artifact,
            "kind": self.kind,
            "task_name": self.task_name,
            "task_output": self.task_output,
            "ordinal": str(self.ordinal),
            "plan_fingerprint": self.plan_fingerprint,
            "stage_fingerprint": self.stage_fingerprint,
        }


@dataclass(frozen=True, slots=True)
class TaskPlan:
    """One task with everything inferred about it."""

    name: str
    layer: Layer
    kind: Kind
    description: str
    outputs: tuple[str, ...]
    declared_inputs: tuple[str, ...]
    inputs: tuple[Read, ...]
    generation: int
    grain: Grain
    grain_reason: str
    fingerprint: str
    row_set_fingerprints: Mapping[str, str]
    column_fingerprints: Mapping[str, str]
    """`<output>.<column>` → fingerprint of how its values are made."""
    column_lineage: Mapping[str, tuple[ColumnRef, ...]]
    """`<output>.<column>` → the columns whose values flow into it."""
    stages: tuple[StagePlan, ...]
    by: str | None
    is_union: bool
    """Its rows are its inputs' rows, unchanged: storage may list the inputs' files."""


@dataclass(frozen=True, slots=True)
class CheckPlan:
    """A graph invariant over datasets, with its inferred reads."""

    name: str
    dataset: str
    blocking: bool
    description: str
    inputs: tuple[Read, ...]
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Generation:
    """One wave: the tasks that only need earlier waves, sorted by name."""

    index: int
    tasks: tuple[str, ...]


@dataclass(frozen=True)
class Manifest:
    """Everything compiled. `violations` is empty in `reject` mode; in `log` mode it holds the guard's rows."""

    plan_fingerprint: str
    datasets: tuple[DatasetPlan, ...]
    tasks: tuple[TaskPlan, ...]
    generations: tuple[Generation, ...]
    checks: tuple[CheckPlan, ...] = ()
    violations: tuple[Mapping[str, str], ...] = ()
    manifest_version: int = field(default=MANIFEST_VERSION)

    @cached_property
    def tasks_by_name(self) -> dict[str, TaskPlan]:
        """Task name → plan."""
        return {task.name: task for task in self.tasks}

    @cached_property
    def datasets_by_name(self) -> dict[str, DatasetPlan]:
        """Dataset name → plan, declared sources included."""
        return {dataset.name: dataset for dataset in self.datasets}

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """The declared sources: datasets that no task makes."""
        return tuple(dataset.name for dataset in self.datasets if dataset.producer is None)

    def task(self, name: str) -> TaskPlan:
        """The plan of the task called `name`; `KeyError` when there is none."""
        return self.tasks_by_name[name]

    def dataset(self, name: str) -> DatasetPlan:
        """The plan of the dataset called `name`; `KeyError` when there is none."""
        return self.datasets_by_name[name]

    def producer(self, dataset: str) -> TaskPlan | None:
        """The task that makes `dataset`; None for a declared source."""
        name = self.dataset(dataset).producer
        return None if name is None else self.task(name)

    def in_order(self) -> list[TaskPlan]:
        """Every task, generation by generation."""
        return [self.task(name) for generation in self.generations for name in generation.tasks]

    def to_dict(self) -> dict[str, Any]:
        """The promised JSON shape, as plain data."""
        return {"manifest_version": self.manifest_version, **asdict(self)}

    def to_json(self) -> str:
        """The manifest as JSON, stable for equal manifests."""
        return json.dumps(self.to_dict(), ensure_ascii=False, sort_keys=False)

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        """Read a manifest back; `ValueError` when it was written by another manifest version."""
        data = json.loads(text)
        if data["manifest_version"] != MANIFEST_VERSION:
            raise ValueError(f"manifest version {data['manifest_version']} is not {MANIFEST_VERSION}: compile it again")
        return cls(
            plan_fingerprint=data["plan_fingerprint"],
            datasets=tuple(_dataset(item) for item in data["datasets"]),
            tasks=tuple(_task(item) for item in data["tasks"]),
            generations=tuple(Generation(item["index"], tuple(item["tasks"])) for item in data["generations"]),
            checks=tuple(_check(item) for item in data["checks"]),
            violations=tuple(data["violations"]),
        )


def _dataset(item: dict[str, Any]) -> DatasetPlan:
    columns = tuple(ColumnPlan(**column) for column in item["columns"])
    return DatasetPlan(**{**item, "key": tuple(item["key"]), "columns": columns})


def _read(item: dict[str, Any]) -> Read:
    return Read(item["dataset"], tuple(item["columns"]), tuple(item["indirect_columns"]))


def _stage(item: dict[str, Any]) -> StagePlan:
    lists = {name: tuple(value) for name, value in item.items() if isinstance(value, list)}
    return StagePlan(**{**item, **lists})


def _task(item: dict[str, Any]) -> TaskPlan:
    lineage = {name: tuple((d, c) for d, c in sources) for name, sources in item["column_lineage"].items()}
    return TaskPlan(
        **{
            **item,
            "outputs": tuple(item["outputs"]),
            "declared_inputs": tuple(item["declared_inputs"]),
            "inputs": tuple(_read(read) for read in item["inputs"]),
            "column_lineage": lineage,
            "stages": tuple(_stage(stage) for stage in item["stages"]),
        }
    )


def _check(item: dict[str, Any]) -> CheckPlan:
    return CheckPlan(**{**item, "inputs": tuple(_read(read) for read in item["inputs"])})
