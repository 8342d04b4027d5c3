"""`waves`: a control asset whose partition is one generation of one repository, holding that wave's evidence."""

# Dagster reads the annotations of decorated functions, so they are not postponed in this module.
from collections.abc import Iterable, Iterator
from typing import Any

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetMaterialization,
    AssetsDefinition,
    MaterializeResult,
    MetadataValue,
    MultiPartitionKey,
    asset,
)

from pipeline_assets.inference.manifest import TaskPlan
from pipeline_assets.orchestration.partitions import GENERATION, REPOSITORY, generation_name, wave_key, waves_partitions
from pipeline_assets.orchestration.text import table
from pipeline_assets.project import Project
from pipeline_assets.settings import Settings
from pipeline_assets.store.mirror import open_at
from pipeline_assets.store.publish import head
from pipeline_assets.store.snapshot import Snapshot

WAVES = AssetKey("waves")
_COLUMNS = ("task", "kind", "stages", "fingerprint", "rows", "seconds", "slack", "inputs", "violations")


class WaveLog:
    """Says which waves have ended: told of each finished task, it yields the waves that wait for no other."""

    def __init__(self, project: Project, tasks: Iterable[str]) -> None:
        self._project = project
        self._open: dict[int, set[str]] = {}
        for name in tasks:
            self._open.setdefault(project.manifest.task(name).generation, set()).add(name)

    def finished(self, task: str, snapshot: Snapshot) -> Iterator[AssetMaterialization]:
        """The event of the wave that `task` was the last of, if it was."""
        generation = self._project.manifest.task(task).generation
        waiting = self._open.get(generation, set())
        waiting.discard(task)
        if not waiting and self._open.pop(generation, None) is not None:
            key = wave_key(snapshot.repository, generation, self._project.manifest)
            metadata = wave_evidence(self._project, snapshot, generation)
            yield AssetMaterialization(WAVES, partition=key, metadata=metadata)


def waves_asset(project: Project, settings: Settings) -> AssetsDefinition:
    """The control asset; a build fills it as its waves end, materializing a partition collects its evidence again."""

    @asset(
        key=WAVES,
        group_name="products",
        tags={"layer": "obs"},
        partitions_def=waves_partitions(project.manifest),
        description="Evidence of each wave (generation) of the latest build of each repository.",
        kinds={"python"},
    )
    def _waves(context: AssetExecutionContext) -> MaterializeResult[Any]:
        key = context.partition_key
        assert isinstance(key, MultiPartitionKey)
        repository = key.keys_by_dimension[REPOSITORY]
        generation = next(
            wave.index
            for wave in project.manifest.generations
            if generation_name(wave.index) == key.keys_by_dimension[GENERATION]
        )
        snapshot = head(open_at(settings.warehouse, settings.cache), repository)
        if snapshot is None:
            return MaterializeResult(metadata={"built": False})
        return MaterializeResult(metadata=wave_evidence(project, snapshot, generation))

    return _waves


def wave_evidence(project: Project, snapshot: Snapshot, generation: int) -> dict[str, Any]:
    """What the snapshot shows of one wave: a row per task, and what the wave took in all."""
    slack = project.graph.slack({task.name: 1.0 for task in project.manifest.tasks})
    tasks = [project.manifest.task(name) for name in project.manifest.generations[generation].tasks]
    rows = [_row(task, snapshot, int(slack[task.name])) for task in tasks if task.grain != "platform"]
    return {
        "built": True,
        "snapshot": snapshot.id,
        "tasks": len(rows),
        "seconds": MetadataValue.float(round(sum(row["seconds"] for row in rows), 3)),
        "dagster/row_count": MetadataValue.int(sum(row["rows"] for row in rows)),
        "violations": sum(row["violations"] for row in rows),
        "evidence": table(rows, _COLUMNS),
    }


def _row(task: TaskPlan, snapshot: Snapshot, slack: int) -> dict[str, Any]:
    """`slack` counts the generations that a task could be later without delaying anything."""
    held = [snapshot.datasets[name] for name in task.outputs if name in snapshot.datasets]
    inputs = sorted({f"{name}={version[:8]}" for made in held for name, version in made.inputs.items()})
    broken = [v for v in snapshot.checks.values() if not v.passed and v.versions.keys() & set(task.outputs)]
    return {
        "task": task.name,
        "kind": task.kind,
        "stages": len(task.stages),
        "fingerprint": held[0].fingerprint[:16] if held else None,
        "rows": sum(made.rows for made in held),
        "seconds": round(max((made.seconds for made in held), default=0.0), 3),
        "slack": slack,
        "inputs": " ".join(inputs),
        "violations": sum(verdict.violations for verdict in broken),
    }
