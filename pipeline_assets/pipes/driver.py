"""The Hamilton driver of a compiled project: stages as nodes, tagged from the manifest, guarded when it is built."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Protocol

from hamilton import ad_hoc_utils, driver
from hamilton.lifecycle import NodeExecutionHook
from hamilton.lifecycle.base import ValidationException
from ibis.expr.types import Table

from pipeline_assets.inference.collection import collection_paused
from pipeline_assets.inference.contract import Contract
from pipeline_assets.inference.errors import InferenceError
from pipeline_assets.inference.manifest import Manifest, TaskPlan
from pipeline_assets.inference.task import Task
from pipeline_assets.pipes.authoring import as_hamilton
from pipeline_assets.pipes.pipeline import Pipeline
from pipeline_assets.pipes.policy_nodes import guard_node, metadata_node, policy_functions, policy_tags
from pipeline_assets.pipes.validation import EvidencePure, MandatoryTags


class DriverError(InferenceError):
    """The Hamilton graph is not the manifest's; says every difference."""

    def __init__(self, differences: Sequence[str]) -> None:
        super().__init__(tuple(differences))
        self.differences = tuple(differences)

    def __str__(self) -> str:
        return "the Hamilton graph differs from the manifest:\n  " + "\n  ".join(self.differences)


@dataclass(frozen=True)
class Built:
    """What executing a task's sub-DAG gave: an Ibis table or a `Pipeline`, and how long each stage took to *build*."""

    value: Table | Pipeline
    build_milliseconds: Mapping[str, float]


class Planned(Protocol):
    """What the driver needs of a compiled project."""

    manifest: Manifest

    @property
    def tasks(self) -> Mapping[str, Task]:
        """Task name → what was authored."""
        ...

    @property
    def contracts(self) -> Mapping[str, Contract]:
        """Dataset name → contract."""
        ...


class PlanDriver:
    """One Hamilton driver over all tasks; executes one task's sub-DAG at a time on schema-only tables."""

    def __init__(self, plan: Planned, modules: Sequence[ModuleType]) -> None:
        self._plan = plan
        self._clock = _StageClock()
        self.hamilton = _build(plan, modules, self._clock)
        _tag_nodes(self.hamilton, plan.manifest)
        differences = list(_differences(self.hamilton, plan.manifest))
        if differences:
            raise DriverError(differences)

    def build(self, task: str) -> Built:
        """Run the sub-DAG of `task`: its stages compose the expression or pipeline that the runner executes."""
        plan = self._plan.manifest.task(task)
        node = task if plan.kind == "relational" else plan.stages[-1].node
        self._clock.reset()
        value = self._execute(node, plan)
        return Built(value, {stage.name: self._clock.milliseconds.get(stage.node, 0.0) for stage in plan.stages})

    def _execute(self, node: str, task: TaskPlan) -> Any:
        """The value of one node, with the task's inputs, and what guards let go beside, as schema-only tables."""
        inputs = dict.fromkeys((*task.declared_inputs, *(read.dataset for read in task.inputs)))
        tables = {name: self._plan.contracts[name].unbound() for name in inputs}
        sources = {name: table for name, table in tables.items() if name in self._plan.manifest.sources}
        made = {name: table for name, table in tables.items() if name not in sources}
        with collection_paused():
            return self.hamilton.execute([node], inputs=sources, overrides=made)[node]

    def violations(self, task: str) -> list[str]:
        """What the guard of `task` finds when it looks at the live values of its stages: `stage: dataset`."""
        return self._ask(guard_node(task))  # type: ignore[no-any-return]

    def metadata(self, task: str) -> dict[str, Any]:
        """What the metadata node of `task` says of the live values of its outputs."""
        return self._ask(metadata_node(task))  # type: ignore[no-any-return]

    def _ask(self, node: str) -> Any:
        """The value of a guard or metadata node, over schema-only tables."""
        task = self._plan.manifest.task(node.rpartition("__")[0])
        return self._execute(node, task)

    def edges(self) -> tuple[tuple[str, str], ...]:
        """The graph's dataset → task and task → dataset edges, read from the live nodes alone."""
        return tuple(sorted(set(live_edges(self.hamilton))))


def _build(plan: Planned, modules: Sequence[ModuleType], clock: _StageClock) -> driver.Driver:
    """The driver, validated by Hamilton as it is built.

    Union tasks only know their members once all tasks are known: their functions are made here, and so are the guards.
    """
    unions = [as_hamilton(task) for task in plan.tasks.values() if task.collects is not None]
    made = ad_hoc_utils.create_temporary_module(*unions, *policy_functions(plan.manifest))
    validators = (MandatoryTags(), EvidencePure(plan.manifest))
    try:
        return driver.Builder().with_modules(*modules, made).with_adapters(clock, *validators).build()
    except ValidationException as refusal:
        raise DriverError(str(refusal).splitlines()) from refusal


def _tag_nodes(hamilton: driver.Driver, manifest: Manifest) -> None:
    """Put the manifest's tags on the live nodes: fingerprints are only known after compiling."""
    nodes = hamilton.graph.nodes
    for task in manifest.tasks:
        for stage in task.stages:
            if stage.node in nodes:
                for key, text in stage.tags.items():
                    nodes[stage.node].add_tag(key, text)
        for output in task.outputs:
            if output in nodes:
                for key, text in _output_tags(task, output).items():
                    nodes[output].add_tag(key, text)


def _output_tags(task: TaskPlan, output: str) -> dict[str, str]:
    return {
        "layer": task.layer,
        "artifact": output,
        "kind": "table",
        "task_name": task.name,
        "task_output": output,
        "plan_fingerprint": task.fingerprint,
    }


def _differences(hamilton: driver.Driver, manifest: Manifest) -> Iterator[str]:
    """Guard: no node beyond the plan, no stage missing, no open input, every mandatory tag in place."""
    expected = {stage.node: stage.tags for task in manifest.tasks for stage in task.stages}
    expected |= {output: _output_tags(task, output) for task in manifest.tasks for output in task.outputs}
    expected |= {node: tags for task in manifest.tasks for node, tags in policy_tags(task).items()}
    carriers = {task.name for task in manifest.tasks if len(task.outputs) > 1}
    nodes = hamilton.graph.nodes
    for name in sorted(expected.keys() - nodes.keys()):
        yield f"node {name} is missing"
    for name, node in sorted(nodes.items()):
        if node.user_defined and name in expected:
            yield f"node {name} is missing"
        elif node.user_defined and name not in manifest.sources:
            yield f"input {name} is open: nobody produces it and it is no declared source"
        elif not node.user_defined and name not in expected and name not in carriers:
            yield f"node {name} is in no plan: give helpers in task modules a leading underscore"
        for key, text in expected.get(name, {}).items():
            if node.tags.get(key) != text:
                yield f"node {name} has {key}={node.tags.get(key)!r}, the plan says {text!r}"


def live_edges(hamilton: driver.Driver) -> Iterator[tuple[str, str]]:
    """Dataset-to-task edges by walking the nodes: a node belongs to the task that its tags name."""
    nodes = hamilton.graph.nodes
    for node in nodes.values():
        task = _task_of(node)
        if task is None or node.tags.get("kind") in ("guard", "metadata"):  # they look on, and nothing needs them
            continue
        if node.tags.get("kind") == "table":
            yield f"task:{task}", f"dataset:{node.name}"
        for dependency in node.dependencies:
            if dependency.user_defined or dependency.tags.get("kind") == "table":
                yield f"dataset:{dependency.name}", f"task:{task}"


def _task_of(node: Any) -> str | None:
    if "task_name" in node.tags:
        return str(node.tags["task_name"])
    return None if node.user_defined else str(node.name)


class _StageClock(NodeExecutionHook):  # type: ignore[misc]  # Hamilton ships no types
    """Milliseconds each node took: for lazy stages that is the time to build, and it is labelled so."""

    def __init__(self) -> None:
        self.milliseconds: dict[str, float] = {}
        self._started: dict[str, float] = {}

    def reset(self) -> None:
        self.milliseconds = {}

    def run_before_node_execution(self, *, node_name: str, **future_kwargs: Any) -> None:
        self._started[node_name] = time.perf_counter()

    def run_after_node_execution(self, *, node_name: str, **future_kwargs: Any) -> None:
        self.milliseconds[node_name] = (time.perf_counter() - self._started[node_name]) * 1e3
