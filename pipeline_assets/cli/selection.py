"""`--select`: which tasks of the plan a build is limited to."""

from __future__ import annotations

from collections.abc import Iterator

import typer

from pipeline_assets.inference.contract import LAYERS
from pipeline_assets.inference.task_graph import GraphNode
from pipeline_assets.project import Project


def select_tasks(project: Project, expression: str | None) -> frozenset[str]:
    """The tasks that an expression names: `NAME`, `+NAME` with upstream, `NAME+` with downstream, `layer:NAME`.

    A name is a dataset or a task; commas join. Without an expression: every task.
    """
    if expression is None:
        return frozenset(task.name for task in project.manifest.tasks)
    terms = [term.strip() for term in expression.split(",") if term.strip()]
    if not terms:
        raise typer.BadParameter("it is empty; name a dataset", param_hint="--select")
    return frozenset(name for term in terms for name in _selected(project, term))


def _selected(project: Project, term: str) -> Iterator[str]:
    if term.startswith("layer:"):
        yield from _of_layer(project, term.removeprefix("layer:"))
        return
    graph = project.graph
    task = _task_called(project, term.removeprefix("+").removesuffix("+"))
    yield task
    if term.startswith("+"):
        yield from _tasks(graph.ancestors("task", task))
    if term.endswith("+"):
        yield from _tasks(graph.descendants("task", task))


def _of_layer(project: Project, layer: str) -> Iterator[str]:
    if layer not in LAYERS:
        raise typer.BadParameter(f"there is no layer {layer!r}; there are {', '.join(LAYERS)}", param_hint="--select")
    return (task.name for task in project.manifest.tasks if task.layer == layer)


def _task_called(project: Project, name: str) -> str:
    manifest = project.manifest
    if name in manifest.tasks_by_name:
        return name
    dataset = manifest.datasets_by_name.get(name)
    if dataset is None or dataset.producer is None:
        raise typer.BadParameter(f"no task makes {name!r}; `cpg plan` lists what there is", param_hint="--select")
    return dataset.producer


def _tasks(nodes: tuple[GraphNode, ...]) -> Iterator[str]:
    return (node.name for node in nodes if node.kind == "task")
