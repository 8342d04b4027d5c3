"""The stage catalogue as a SQL view: every stage of every task, straight from the manifest."""

from __future__ import annotations

from pipeline_assets.inference.manifest import Manifest
from pipeline_assets.store.columns import StoredColumn, inline_select
from pipeline_assets.store.views import View

_COLUMNS = (
    StoredColumn("task_name", "string", False, "The task the stage belongs to."),
    StoredColumn("stage", "string", False, "The stage."),
    StoredColumn("ordinal", "int32", False, "Its place in the task, from 0."),
    StoredColumn("layer", "string", False, "The layer of the task."),
    StoredColumn("artifact", "string", False, "Stable name: `<task>__<stage>`."),
    StoredColumn("kind", "string", False, "What the Hamilton node is; always `stage` here."),
    StoredColumn("task_kind", "string", False, "extract, relational or graph."),
    StoredColumn("task_output", "string", False, "The task's first output."),
    StoredColumn("inputs", "string", False, "What goes in: datasets and the stage before, comma separated."),
    StoredColumn("plan_fingerprint", "string", False, "Identity of the task's plan."),
    StoredColumn("stage_fingerprint", "string", False, "Identity of the stage."),
    StoredColumn("description", "string", False, "What the stage does."),
    StoredColumn("source", "string", False, "Where it is written."),
    StoredColumn("evidence", "string", False, "What the task reads that comes in here, as `dataset.column`."),
    StoredColumn("introduced", "string", False, "Columns that it makes; relational stages only, as the next two."),
    StoredColumn("changed", "string", False, "Columns that go in and come out with other values."),
    StoredColumn("dropped", "string", False, "Columns that go in and do not come out."),
)


def stages_view(manifest: Manifest) -> View:
    """The view `stages`, one row per stage."""
    rows = (
        (
            stage.task_name,
            stage.name,
            stage.ordinal,
            stage.layer,
            stage.artifact,
            stage.kind,
            task.kind,
            stage.task_output,
            ", ".join(stage.inputs),
            stage.plan_fingerprint,
            stage.stage_fingerprint,
            stage.description,
            stage.source,
            *map(", ".join, (stage.evidence, stage.introduced, stage.changed, stage.dropped)),
        )
        for task in manifest.tasks
        for stage in task.stages
    )
    descriptions = {column.name: column.description for column in _COLUMNS}
    return View("stages", inline_select(_COLUMNS, rows), "One row per stage of every task.", descriptions)
