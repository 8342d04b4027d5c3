"""The lineage explorer: one HTML page that holds the whole plan, asks nobody for anything and runs only our script."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from pipeline_assets.inference.contract import LAYERS
from pipeline_assets.inference.manifest import ColumnRef, Manifest, TaskPlan

GIVEN = -1
"""The generation that declared sources are shown under."""


def lineage_page(manifest: Manifest, start: str = "") -> str:
    """The page, opened on a dataset or `dataset.column`, or on the whole plan."""
    script = _resource("lineage_page.js")
    # The plan is data inside a script element: without a `<` nothing in it can end the element.
    plan = json.dumps(_plan(manifest, start), separators=(",", ":")).replace("<", "\\u003c")
    page = _resource("lineage_page.html").replace("$HASH", _hash(script))
    before, _, after = page.partition("$PLAN")
    return f"{before}{plan}{after.replace('$SCRIPT', script)}"


def _plan(manifest: Manifest, start: str) -> Mapping[str, Any]:
    """What the page shows; columns are numbers in the order of the datasets."""
    tasks = {task.name: i for i, task in enumerate(manifest.tasks)}
    refs = [(dataset.name, column.name) for dataset in manifest.datasets for column in dataset.columns]
    number = {ref: i for i, ref in enumerate(refs)}
    datasets = []
    for dataset in manifest.datasets:
        producer = manifest.producer(dataset.name)
        datasets.append(
            {
                "name": dataset.name,
                "layer": dataset.layer,
                "generation": producer.generation if producer else GIVEN,
                "grain": dataset.grain,
                "description": dataset.description,
                "key": dataset.key,
                "task": tasks.get(dataset.producer or ""),
                "columns": [[c.name, c.type, c.nullable, c.description] for c in dataset.columns],
            }
        )
    return {
        "start": start,
        "layers": LAYERS,
        "datasets": datasets,
        "tasks": [_task(task, number) for task in manifest.tasks],
        "flows": [[tasks[t.name], *flow] for t in manifest.tasks for flow in _flows(t, number)],
    }


def _task(task: TaskPlan, number: Mapping[ColumnRef, int]) -> Mapping[str, Any]:
    return {
        "name": task.name,
        "kind": task.kind,
        "stages": [[stage.name, stage.description] for stage in task.stages],
        "filters": sorted(number[read.dataset, column] for read in task.inputs for column in read.indirect_columns),
    }


def _flows(task: TaskPlan, number: Mapping[ColumnRef, int]) -> list[tuple[list[int], list[int]]]:
    """Columns that are made from the same columns together: a task in Python makes all of its from all it is given."""
    made: dict[tuple[ColumnRef, ...], list[int]] = {}
    for target, sources in task.column_lineage.items():
        dataset, _, column = target.partition(".")
        if sources:
            made.setdefault(tuple(sources), []).append(number[dataset, column])
    return [(sorted(number[source] for source in sources), sorted(targets)) for sources, targets in made.items()]


@cache
def _resource(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _hash(script: str) -> str:
    """The script's digest as a content security policy names it: no other script runs on the page."""
    return f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}"
