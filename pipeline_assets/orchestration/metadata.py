"""What an asset shows: its definition from the plan, and what one materialization of it measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pyarrow.parquet as pq
from dagster import (
    CodeReferencesMetadataValue,
    LocalFileCodeReference,
    MetadataValue,
    TableColumn,
    TableColumnConstraints,
    TableColumnDep,
    TableColumnLineage,
    TableConstraints,
    TableMetadataValue,
    TableSchema,
)

import pipeline_assets
from pipeline_assets.extract.measuring import UNKNOWN
from pipeline_assets.inference.manifest import ColumnPlan, ColumnRef, DatasetPlan, Manifest, StagePlan, TaskPlan
from pipeline_assets.orchestration.drawing import as_image, lineage_drawing, stage_drawing, waterfall_drawing
from pipeline_assets.orchestration.keys import asset_key
from pipeline_assets.orchestration.text import code, table
from pipeline_assets.outcomes import TaskResult
from pipeline_assets.products.repository_summary import REPOSITORY_SUMMARY
from pipeline_assets.products.summary_svg import as_summary, summary_svg
from pipeline_assets.profiling import StageRun, column_deltas
from pipeline_assets.store.snapshot import DatasetVersion

CODE_VERSION_LENGTH = 16
_MEASURED = ("rows in", "rows out", "bytes", "columns added", "columns dropped", "finding")
EXPLORER = "/column-lineage"
"""Where `cpg serve` answers with the page of `products/lineage_page.py`."""
PREVIEW_ROWS, PREVIEW_LETTERS = 8, 48
STAGE_LETTERS = 8_000
"""More than the columns of any stage take: a list that is cut short would hide which stage made a column."""


class UndeclaredLineageError(LookupError):
    """Column lineage that names a column no dataset has; Dagster would store it unchecked."""

    def __init__(self, column: str, source: ColumnRef) -> None:
        super().__init__(column, source)
        self.column, self.source = column, source

    def __str__(self) -> str:
        source = ".".join(self.source)
        return f"{self.column} claims to come from {source}, which no dataset has; compile the plan again"


def code_version(task: TaskPlan) -> str:
    """The plan's fingerprint as Dagster shows it: 16 hexadecimal digits."""
    return task.fingerprint[:CODE_VERSION_LENGTH]


def description(dataset: DatasetPlan) -> str:
    """One plain sentence, and a query that is ready to run."""
    return f"{dataset.description}\n\n{code(dataset.query, 'sql')}" if dataset.query else dataset.description


def definition_metadata(dataset: DatasetPlan, task: TaskPlan, manifest: Manifest) -> dict[str, Any]:
    """What is known before anything runs; the drawings are here because they cost nothing per event then."""
    return {
        "dagster/column_schema": column_schema(dataset),
        "dagster/table_name": dataset.name,
        "dagster/code_references": code_references(task.stages),
        "key": ", ".join(dataset.key),
        "plan fingerprint": task.fingerprint,
        "grain": f"{task.grain}: {task.grain_reason}" if task.grain_reason else task.grain,
        "stage columns": stage_columns(task),
        "stage graph": _drawing(stage_drawing(task.stages, dataset.name), f"stages of {task.name}"),
        "lineage explorer": MetadataValue.url(f"{EXPLORER}#{dataset.name}"),
        "column lineage": _drawing(lineage_drawing(dataset, task, manifest), f"column lineage of {dataset.name}"),
    }


def source_metadata(dataset: DatasetPlan) -> dict[str, Any]:
    """What is known of a declared source: its schema."""
    return {"dagster/column_schema": column_schema(dataset), "key": ", ".join(dataset.key)}


def materialization_metadata(
    dataset: DatasetPlan, task: TaskPlan, manifest: Manifest, result: TaskResult, sql: Mapping[str, str], root: Path
) -> dict[str, Any]:
    """What one materialization measured and wrote; `root` is the warehouse's folder."""
    version = result.versions[dataset.name]
    return {
        "dagster/row_count": MetadataValue.int(version.rows),
        "bytes": MetadataValue.int(version.bytes),
        "seconds": MetadataValue.float(round(result.seconds, 3)),
        "reused": MetadataValue.bool(result.reused),
        **({"files kept": result.files_kept} if task.kind == "extract" else {}),
        "snapshot": result.snapshot.id,
        "preview": table(first_rows(version, root), [c.name for c in dataset.columns], PREVIEW_LETTERS),
        "stage runs": stage_table(task, result),
        **_waterfall(task, result),
        **_plots(version, root),
        **{f"sql {name}": MetadataValue.md(code(text, "sql")) for name, text in sql.items()},
        "dagster/column_schema": column_schema(dataset),
        "dagster/column_lineage": column_lineage(dataset, task, manifest),
    }


def column_schema(dataset: DatasetPlan) -> TableSchema:
    """The contract's columns with descriptions and nullability, and the key as a table constraint."""
    key = TableConstraints(other=[f"key: {', '.join(dataset.key)}"])
    return TableSchema([_column(column, dataset.key) for column in dataset.columns], constraints=key)


def column_lineage(dataset: DatasetPlan, task: TaskPlan, manifest: Manifest) -> TableColumnLineage:
    """Direct lineage as Dagster stores it, every source checked against the manifest first."""
    return TableColumnLineage(
        {
            column: [_column_dep(f"{dataset.name}.{column}", source, manifest) for source in sources]
            for column, sources in _lineage(dataset, task).items()
        }
    )


def stage_columns(task: TaskPlan) -> TableMetadataValue:
    """Which stage makes, changes or drops a column, and which columns of datasets come in there, as inferred."""
    rows = [
        {
            "stage": stage.name,
            "does": stage.description,
            "reads": ", ".join(stage.evidence),
            "makes": ", ".join(stage.introduced),
            "changes": ", ".join(stage.changed),
            "drops": ", ".join(stage.dropped),
        }
        for stage in task.stages
    ]
    return table(rows, ("stage", "does", "reads", "makes", "changes", "drops"), STAGE_LETTERS)


def stage_table(task: TaskPlan, result: TaskResult) -> TableMetadataValue:
    """One row per stage, in order: what it does, what it took if it ran, and what came out if that was measured."""
    took = {run.stage: run for run in result.stages}
    rows = [_stage_cells(stage, took.get(stage.name)) for stage in task.stages]
    measured = _MEASURED if any(run.size_out for run in result.stages) else ()
    return table(rows, ("stage", "ms", "timed", *measured, "inputs", "does", "fingerprint"))


def _stage_cells(stage: StagePlan, run: StageRun | None) -> dict[str, Any]:
    size_in, size_out = (run.size_in or UNKNOWN, run.size_out or UNKNOWN) if run else (UNKNOWN, UNKNOWN)
    added, dropped = column_deltas(size_in.columns, size_out.columns)
    return {
        "stage": stage.name,
        "does": stage.description,
        "ms": round(run.milliseconds, 1) if run else None,
        "timed": run.label if run else "reused",
        "rows in": size_in.rows,
        "rows out": size_out.rows,
        "bytes": size_out.bytes,
        "columns added": added,
        "columns dropped": dropped,
        "finding": run.finding if run else None,
        "inputs": ", ".join(name.rpartition(".")[2] for name in stage.inputs),
        "fingerprint": stage.stage_fingerprint[:CODE_VERSION_LENGTH],
    }


def _waterfall(task: TaskPlan, result: TaskResult) -> dict[str, Any]:
    """The stages that were executed, as bars; stages that were only composed have no time of their own."""
    runs = [run for run in result.stages if run.label == "execute"]
    return {"stage waterfall": _drawing(waterfall_drawing(runs), f"what stages of {task.name} took")} if runs else {}


def code_references(stages: Sequence[StagePlan]) -> CodeReferencesMetadataValue:
    """Links to the stage functions, resolved against where the package is installed here."""
    root = Path(pipeline_assets.__file__).parent.parent
    return CodeReferencesMetadataValue(code_references=[_code_reference(stage, root) for stage in stages])


def first_rows(version: DatasetVersion, root: Path, count: int = PREVIEW_ROWS) -> list[dict[str, Any]]:
    """The first rows of a dataset as they are stored: sorted by its key."""
    for part in version.parts:
        if part.rows:
            with pq.ParquetFile(root / part.path) as file:
                batch: pa.RecordBatch = next(file.iter_batches(batch_size=count))
            return cast("list[dict[str, Any]]", batch.to_pylist())
    return []


def _plots(version: DatasetVersion, root: Path) -> dict[str, Any]:
    """What is drawn of a dataset's own rows: the repository at a glance."""
    if version.dataset != REPOSITORY_SUMMARY.name:
        return {}
    rows = [row for part in version.parts if part.rows for row in pq.read_table(root / part.path).to_pylist()]
    names = sorted({str(row["repository"]) for row in rows})
    drawn = {name: summary_svg(name, as_summary(row for row in rows if row["repository"] == name)) for name in names}
    return {f"{name} at a glance": _drawing(svg, "the repository at a glance") for name, svg in drawn.items()}


def _code_reference(stage: StagePlan, root: Path) -> LocalFileCodeReference:
    path, _, line = stage.source.rpartition(":")
    return LocalFileCodeReference(file_path=str(root / path), line_number=int(line), label=stage.name)


def _column(column: ColumnPlan, key: Sequence[str]) -> TableColumn:
    constraints = TableColumnConstraints(nullable=column.nullable, unique=key == (column.name,))
    tags = {"key": ""} if column.name in key else {}
    return TableColumn(column.name, column.type, column.description, constraints=constraints, tags=tags)


def _lineage(dataset: DatasetPlan, task: TaskPlan) -> dict[str, Sequence[ColumnRef]]:
    return {c.name: task.column_lineage.get(f"{dataset.name}.{c.name}", ()) for c in dataset.columns}


def _column_dep(column: str, source: ColumnRef, manifest: Manifest) -> TableColumnDep:
    name, read = source
    upstream = manifest.datasets_by_name.get(name)
    if upstream is None or read not in {c.name for c in upstream.columns}:
        raise UndeclaredLineageError(column, source)
    return TableColumnDep(asset_key(upstream), read)


def _drawing(svg: str, title: str) -> MetadataValue[Any]:
    return MetadataValue.md(as_image(svg, title))
