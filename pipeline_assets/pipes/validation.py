"""What Hamilton itself asserts of every node when a driver is built: its tags are there, and it reaches no further
than its task was inferred to read.

`MandatoryTags` needs no plan: it can be given to any Hamilton driver that loads task modules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import Any

from hamilton.lifecycle import StaticValidator

from pipeline_assets.inference.manifest import Manifest

_OF_EVERY_NODE = ("layer", "artifact", "task_name", "task_output")
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "stage": (*_OF_EVERY_NODE, "ordinal"),
    "table": _OF_EVERY_NODE,
    "tables": _OF_EVERY_NODE,
    "guard": _OF_EVERY_NODE,
    "metadata": _OF_EVERY_NODE,
}
"""Kind of node → the tags that it must carry as authored; fingerprints join them once the plan is compiled."""


class MandatoryTags(StaticValidator):  # type: ignore[misc]  # Hamilton ships no types
    """Refuses a node that does not say what it is and which task it belongs to."""

    def run_to_validate_node(self, *, node: Any, **future_kwargs: Any) -> tuple[bool, str | None]:
        """Whether the node is an input or carries every tag of its kind."""
        if node.is_external_input:
            return True, None
        kind = node.tags.get("kind")
        if kind not in REQUIRED:
            return False, f"node {node.name} is in no plan: give helpers in task modules a leading underscore"
        missing = [tag for tag in REQUIRED[kind] if not node.tags.get(tag)]
        return not missing, f"node {node.name} is a {kind} without {', '.join(missing)}" if missing else None


class EvidencePure(StaticValidator):  # type: ignore[misc]
    """Refuses a node that takes in more than earlier stages of its task, what the task reads, and declared sources."""

    def __init__(self, manifest: Manifest) -> None:
        self._reads = {
            task.name: {*task.declared_inputs, *(read.dataset for read in task.inputs)} for task in manifest.tasks
        }

    def run_to_validate_graph(self, graph: Any, **future_kwargs: Any) -> tuple[bool, str | None]:
        """Whether every stage stays inside its task; the message names task, stage and what it took."""
        nodes = {node.name: node for node in graph.nodes}
        problems = [problem for node in nodes.values() for problem in _reached_beyond(node, nodes, self._reads)]
        return not problems, "; ".join(sorted(problems)) or None


def _reached_beyond(node: Any, nodes: Mapping[str, Any], reads: Mapping[str, Set[str]]) -> Iterator[str]:
    if node.tags.get("kind") != "stage":
        return
    task, ordinal = node.tags["task_name"], int(node.tags["ordinal"])
    for name in sorted({*node.required_dependencies, *node.optional_dependencies}):
        tags = nodes[name].tags
        is_earlier = tags.get("kind") == "stage" and tags["task_name"] == task and int(tags["ordinal"]) < ordinal
        if not is_earlier and name not in reads.get(task, ()):
            yield f"[evidence-pure] {node.name}: takes {name}, which {task} was not inferred to read"
