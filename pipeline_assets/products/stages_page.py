"""The stage catalogue as a page of the documentation, generated from the manifest."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline_assets.inference.contract import LAYERS
from pipeline_assets.inference.manifest import Manifest, StagePlan, TaskPlan

_HEAD = """# Stages

Every transform inside every task, in order, as inferred from the code: what comes in at each stage, and what a
relational stage does to columns (`+` makes, `~` computes anew, `-` drops; stages that compute in Python tell only when
profiled). The same as `cpg stages` and the SQL view `stages`, which have fingerprints and lines as well; what
stages cost is in `stage_runs`. Generated: `cpg stages --markdown > docs/stages.md`.
"""


def stages_page(manifest: Manifest) -> str:
    """The page as Markdown; the same for equal manifests, and blind to moved lines."""
    return (
        "\n".join([_HEAD, *_counts(manifest), *(line for layer in LAYERS for line in _layer(manifest, layer))]) + "\n"
    )


def _counts(manifest: Manifest) -> Iterator[str]:
    stages = sum(len(task.stages) for task in manifest.tasks)
    yield f"{len(manifest.tasks)} tasks, {stages} stages."


def _layer(manifest: Manifest, layer: str) -> Iterator[str]:
    yield f"\n## {layer}"
    for task in manifest.tasks:
        if task.layer == layer:
            yield from _task(task)


def _task(task: TaskPlan) -> Iterator[str]:
    source = task.stages[0].source.rpartition(":")[0] if task.stages else ""
    written = f", [{source.rpartition('/')[2]}](../{source})" if source else ""
    makes = "" if task.outputs == (task.name,) else f" → {', '.join(f'`{name}`' for name in task.outputs)}"
    yield f"\n### {task.name}\n\n{task.description} ({task.kind}, {task.grain} grain{written}){makes}\n"
    yield "| stage | comes in | does | columns |\n|---|---|---|---|"
    yield from (_row(stage) for stage in task.stages)


def _row(stage: StagePlan) -> str:
    return "| " + " | ".join((f"`{stage.name}`", _evidence(stage), _cell(stage.description), _columns(stage))) + " |"


def _evidence(stage: StagePlan) -> str:
    """Datasets with the columns that are read of them."""
    columns: dict[str, list[str]] = {}
    for name in stage.evidence:
        dataset, _, column = name.partition(".")
        columns.setdefault(dataset, []).append(column)
    return "; ".join(f"**{dataset}** {', '.join(names)}" for dataset, names in columns.items())


def _columns(stage: StagePlan) -> str:
    signs = (("+", stage.introduced), ("~", stage.changed), ("-", stage.dropped))
    return " ".join(f"{sign}{name}" for sign, names in signs for name in names)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
