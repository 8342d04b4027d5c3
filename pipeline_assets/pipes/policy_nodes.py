"""Two more nodes for every task of the Hamilton graph: its guard, and its metadata.

Nobody depends on them, so composing a task costs nothing more; asked for, they answer from the live values of the
task's stages: the guard which datasets they reach beyond what the task reads, the metadata what the task makes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import ibis.expr.operations as ops
from hamilton.function_modifiers import group, inject, source, tag
from ibis.expr.types import Table

from pipeline_assets.inference.manifest import Manifest, TaskPlan
from pipeline_assets.pipes.pipeline import Pipeline


def guard_node(task: str) -> str:
    """The name of a task's guard."""
    return f"{task}__guard"


def metadata_node(task: str) -> str:
    """The name of a task's metadata."""
    return f"{task}__metadata"


def policy_functions(manifest: Manifest) -> Iterator[Callable[..., Any]]:
    """The Hamilton functions of every task's guard and metadata."""
    for task in manifest.tasks:
        yield _guard(task)
        yield _metadata(task)


def policy_tags(task: TaskPlan) -> dict[str, dict[str, str]]:
    """Node → the tags of a task's guard and metadata."""
    return {
        node: {
            "layer": layer,
            "artifact": node,
            "kind": kind,
            "task_name": task.name,
            "task_output": task.outputs[0],
            "plan_fingerprint": task.fingerprint,
        }
        for node, layer, kind in (
            (guard_node(task.name), "policy", "guard"),
            (metadata_node(task.name), "obs", "metadata"),
        )
    }


def _guard(task: TaskPlan) -> Callable[..., Any]:
    allowed = frozenset({*task.declared_inputs, *(read.dataset for read in task.inputs)})
    looked_at = (*(stage.node for stage in task.stages), *task.outputs)

    def guard(values: list[Any]) -> list[str]:
        return [f"{node}: {name}" for node, name in _beyond(looked_at, values, allowed)]

    guard.__doc__ = f"The datasets that {task.name} reaches beyond what it reads, each with the node that does."
    return _named(task, guard, guard_node(task.name), values=looked_at)


def _metadata(task: TaskPlan) -> Callable[..., Any]:
    def metadata(outputs: list[Any]) -> dict[str, Any]:
        return {
            "task": task.name,
            "plan_fingerprint": task.fingerprint,
            "stages": [stage.tags for stage in task.stages],
            "outputs": {
                name: {column: str(type_) for column, type_ in table.schema().items()}
                for name, table in zip(task.outputs, outputs, strict=True)
            },
        }

    metadata.__doc__ = f"What {task.name} makes, column by column, and the tags of its stages."
    return _named(task, metadata, metadata_node(task.name), outputs=task.outputs)


def _named(task: TaskPlan, function: Callable[..., Any], name: str, **taken: Sequence[str]) -> Callable[..., Any]:
    function.__name__ = function.__qualname__ = name
    groups = {parameter: group(*map(source, nodes)) for parameter, nodes in taken.items()}
    tagged = tag(**policy_tags(task)[name])(function)
    return inject(**groups)(tagged)  # type: ignore[no-any-return]


def _beyond(nodes: Sequence[str], values: Sequence[Any], allowed: frozenset[str]) -> Iterator[tuple[str, str]]:
    known = set(allowed)
    for node, value in zip(nodes, values, strict=True):
        tables: Sequence[Table] = list(value.projections.values()) if isinstance(value, Pipeline) else [value]
        reached = {leaf.name for table in tables for leaf in table.op().find(ops.UnboundTable)} - {node}
        for name in sorted(reached - known):
            known.add(name)  # named once, where it came in
            yield node, name
