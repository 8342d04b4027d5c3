"""The source `manifest_lineage`: what compiling inferred about columns, as rows that a plan can read."""

from __future__ import annotations

import pyarrow as pa

from pipeline_assets.inference.contract import LAYERS, Column, Contract
from pipeline_assets.inference.manifest import Manifest, TaskPlan
from pipeline_assets.store.columns import arrow_schema, stored_columns

LINEAGE_SCHEMA = (
    Column("task", "string", "Task that makes the output."),
    Column("output_dataset", "string", "Dataset that is made."),
    Column("output_column", "string", "Its column; `*` for all: what decides which rows there are."),
    Column("input_dataset", "string", "Dataset that is read."),
    Column("input_column", "string", "Its column that flows into the output, or decides rows."),
    Column(
        "kind",
        "string",
        "direct: the value flows into the output column; indirect: it decides rows, by filter, join, group or order.",
        values=("direct", "indirect"),
    ),
    Column("layer", "string", "Layer of the output.", values=LAYERS),
)
LINEAGE_KEY = ("output_dataset", "output_column", "input_dataset", "input_column", "kind")

MANIFEST_LINEAGE = Contract(
    name="manifest_lineage",
    layer="products",
    description="What the manifest inferred about columns; given by the runner, not computed from data.",
    columns=LINEAGE_SCHEMA,
    key=LINEAGE_KEY,
)


def manifest_lineage_rows(manifest: Manifest) -> pa.Table:
    """The rows of `manifest_lineage`: direct flows per column, and per dataset what decides its rows."""
    rows = [row for plan in manifest.tasks for row in (*_direct(plan), *_indirect(plan))]
    return pa.Table.from_pylist(rows, arrow_schema(stored_columns(MANIFEST_LINEAGE)))


def _direct(plan: TaskPlan) -> list[dict[str, str]]:
    rows = []
    for output, sources in plan.column_lineage.items():
        dataset, column = output.split(".", 1)
        rows += [_row(plan, dataset, column, source, "direct") for source in sources]
    return rows


def _indirect(plan: TaskPlan) -> list[dict[str, str]]:
    return [
        _row(plan, dataset, "*", (read.dataset, column), "indirect")
        for dataset in plan.outputs
        for read in plan.inputs
        for column in read.indirect_columns
    ]


def _row(plan: TaskPlan, dataset: str, column: str, source: tuple[str, str], kind: str) -> dict[str, str]:
    return {
        "task": plan.name,
        "output_dataset": dataset,
        "output_column": column,
        "input_dataset": source[0],
        "input_column": source[1],
        "kind": kind,
        "layer": plan.layer,
    }
