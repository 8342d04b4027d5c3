"""The task graph: a bipartite rustworkx graph of datasets and tasks, and the only source of order in the product."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import rustworkx as rx

from pipeline_assets.inference.errors import InferenceError
from pipeline_assets.inference.manifest import Manifest

ColumnRef = tuple[str, str]


class CycleError(InferenceError):
    """Tasks depend on each other in a circle; `path` walks it once, dataset and task in turn."""

    def __init__(self, path: Sequence[str]) -> None:
        super().__init__(tuple(path))
        self.path = tuple(path)

    def __str__(self) -> str:
        return "dependency cycle: " + " → ".join(self.path)


@dataclass(frozen=True, slots=True)
class GraphNode:
    """A node of the bipartite graph."""

    kind: str
    """`dataset` or `task`."""
    name: str


@dataclass(frozen=True, slots=True)
class TaskEdges:
    """What the graph needs to know of one task: what it requires (with columns) and what it produces."""

    name: str
    requires: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]
    """Dataset → (direct columns, indirect columns)."""
    produces: tuple[str, ...]


class TaskGraph:
    """Datasets → tasks ("requires"), tasks → datasets ("produces"); built sorted, so equal inputs are equal graphs."""

    def __init__(self, tasks: Iterable[TaskEdges]) -> None:
        self._tasks = {task.name: task for task in sorted(tasks, key=lambda task: task.name)}
        self._graph: rx.PyDiGraph[GraphNode, dict[str, Any]] = rx.PyDiGraph(multigraph=False)
        self._index: dict[GraphNode, int] = {}
        for dataset in sorted({d for t in self._tasks.values() for d in (*t.requires, *t.produces)}):
            self._add(GraphNode("dataset", dataset))
        for name in self._tasks:
            self._add(GraphNode("task", name))
        for task in self._tasks.values():
            self._connect(task)
        self._refuse_cycles()

    # -- order

    @cached_property
    def generations(self) -> tuple[tuple[str, ...], ...]:
        """Waves of tasks: each needs only datasets of earlier waves; names sorted within a wave."""
        waves = rx.topological_generations(self._graph)
        names = [sorted(self._graph[i].name for i in wave if self._graph[i].kind == "task") for wave in waves]
        return tuple(tuple(wave) for wave in names if wave)

    @cached_property
    def order(self) -> tuple[str, ...]:
        """Tasks in lexicographic topological order."""
        sorted_nodes = rx.lexicographical_topological_sort(self._graph, key=lambda node: node.name)
        return tuple(node.name for node in sorted_nodes if node.kind == "task")

    def critical_path(self, seconds: Mapping[str, float]) -> tuple[float, tuple[str, ...]]:
        """The longest chain of tasks by measured `seconds` (tasks never measured count 0), and its length."""
        finish, previous = self._finish_times(seconds)
        if not finish:
            return 0.0, ()
        last = max(sorted(finish), key=lambda name: finish[name])
        path = [last]
        while (before := previous[path[-1]]) is not None:
            path.append(before)
        return finish[last], tuple(reversed(path))

    def slack(self, seconds: Mapping[str, float]) -> dict[str, float]:
        """How many seconds each task may be late without making the critical path longer."""
        finish, _ = self._finish_times(seconds)
        total = max(finish.values(), default=0.0)
        latest: dict[str, float] = {}
        for name in reversed(self.order):
            after = [latest[reader] - seconds.get(reader, 0.0) for reader in self.readers_of_task(name)]
            latest[name] = min(after, default=total)
        return {name: latest[name] - finish[name] for name in self.order}

    # -- neighbours

    def producers_of_task(self, name: str) -> tuple[str, ...]:
        """The tasks whose outputs `name` requires, sorted."""
        producer = self._producer
        return tuple(sorted({producer[d] for d in self._tasks[name].requires if d in producer}))

    def readers_of_task(self, name: str) -> tuple[str, ...]:
        """The tasks that require an output of `name`, sorted."""
        return tuple(sorted({reader for dataset in self._tasks[name].produces for reader in self.readers(dataset)}))

    def readers(self, dataset: str) -> tuple[str, ...]:
        """The tasks that require `dataset`, sorted."""
        return tuple(sorted(name for name, task in self._tasks.items() if dataset in task.requires))

    def descendants(self, kind: str, name: str) -> tuple[GraphNode, ...]:
        """Everything downstream of a dataset or task, sorted."""
        return self._sorted(rx.descendants(self._graph, self._index[GraphNode(kind, name)]))

    def ancestors(self, kind: str, name: str) -> tuple[GraphNode, ...]:
        """Everything upstream of a dataset or task, sorted."""
        return self._sorted(rx.ancestors(self._graph, self._index[GraphNode(kind, name)]))

    def edges(self) -> tuple[tuple[str, str], ...]:
        """Every (from, to) pair as `dataset:x` and `task:y`, sorted: what other projections are compared with."""
        pairs = ((self._graph[a], self._graph[b]) for a, b in self._graph.edge_list())
        return tuple(sorted((f"{a.kind}:{a.name}", f"{b.kind}:{b.name}") for a, b in pairs))

    def dominators(self) -> dict[str, str]:
        """Task → the task that every path from the sources to it passes last, where there is one."""
        graph = self._graph.copy()
        root = graph.add_node(GraphNode("root", ""))
        for index in [i for i in graph.node_indices() if graph.in_degree(i) == 0 and i != root]:
            graph.add_edge(root, index, {})
        immediate = rx.immediate_dominators(graph, root)
        return {
            graph[index].name: task.name
            for index, dominator in immediate.items()
            if graph[index].kind == "task" and (task := self._dominating_task(graph, immediate, dominator)) is not None
        }

    # -- exports

    def reduction(self) -> tuple[tuple[str, str], ...]:
        """The transitive reduction between tasks, for drawing: (producer, reader) pairs, sorted."""
        graph: rx.PyDiGraph[str, None] = rx.PyDiGraph()
        index = {name: graph.add_node(name) for name in self._tasks}
        for name in self._tasks:
            for producer in self.producers_of_task(name):
                graph.add_edge(index[producer], index[name], None)
        reduced, mapping = rx.transitive_reduction(graph)
        back = {new: old for old, new in mapping.items()}
        return tuple(sorted((graph[back[a]], graph[back[b]]) for a, b in reduced.edge_list()))

    def to_dot(self) -> str:
        """Graphviz DOT of the bipartite graph."""
        shape = {"dataset": "box", "task": "ellipse"}
        lines = [f"  {_quote(n)} [label={_quote(n, 'name')} shape={shape[n.kind]}];" for n in self._index]
        lines += [f'  "{a}" -> "{b}";' for a, b in self.edges()]
        return "\n".join(["digraph tasks {", "  rankdir=LR;", *lines, "}"])

    def to_mermaid(self) -> str:
        """Mermaid flowchart of the bipartite graph."""
        name = {f"{n.kind}:{n.name}": f"{n.kind[0]}_{n.name}" for n in self._index}
        shape = {"dataset": "[{}]", "task": "([{}])"}
        boxes = [f"  {n.kind[0]}_{n.name}{shape[n.kind].format(n.name)}" for n in self._index]
        return "\n".join(["flowchart LR", *boxes, *(f"  {name[a]} --> {name[b]}" for a, b in self.edges())])

    def to_node_link(self) -> str:
        """Node-link JSON: nodes with kind and name, links with columns."""
        nodes = [{"id": f"{n.kind}:{n.name}", "kind": n.kind, "name": n.name} for n in self._index]
        links = [
            {"source": f"{a.kind}:{a.name}", "target": f"{b.kind}:{b.name}", **data}
            for a, b, data in sorted(
                ((self._graph[a], self._graph[b], data) for a, b, data in self._graph.weighted_edge_list()),
                key=lambda edge: (edge[0].kind, edge[0].name, edge[1].name),
            )
        ]
        return json.dumps({"directed": True, "nodes": nodes, "links": links})

    # -- helpers

    @cached_property
    def _producer(self) -> dict[str, str]:
        return {dataset: name for name, task in self._tasks.items() for dataset in task.produces}

    def _add(self, node: GraphNode) -> None:
        self._index[node] = self._graph.add_node(node)

    def _connect(self, task: TaskEdges) -> None:
        here = self._index[GraphNode("task", task.name)]
        for dataset, (direct, indirect) in sorted(task.requires.items()):
            data = {"role": "requires", "columns": list(direct), "indirect_columns": list(indirect)}
            self._graph.add_edge(self._index[GraphNode("dataset", dataset)], here, data)
        for dataset in sorted(task.produces):
            self._graph.add_edge(here, self._index[GraphNode("dataset", dataset)], {"role": "produces"})

    def _refuse_cycles(self) -> None:
        if rx.is_directed_acyclic_graph(self._graph):
            return
        edges = rx.digraph_find_cycle(self._graph)
        raise CycleError([self._graph[a].name for a, _ in edges] + [self._graph[edges[0][0]].name])

    def _finish_times(self, seconds: Mapping[str, float]) -> tuple[dict[str, float], dict[str, str | None]]:
        finish: dict[str, float] = {}
        previous: dict[str, str | None] = {}
        for name in self.order:
            before = self.producers_of_task(name)
            previous[name] = max(before, key=lambda other: finish[other], default=None)
            start = max((finish[other] for other in before), default=0.0)
            finish[name] = start + seconds.get(name, 0.0)
        return finish, previous

    def _sorted(self, indices: Iterable[int]) -> tuple[GraphNode, ...]:
        return tuple(sorted((self._graph[i] for i in indices), key=lambda node: (node.kind, node.name)))

    @staticmethod
    def _dominating_task(
        graph: rx.PyDiGraph[GraphNode, Any], immediate: Mapping[int, int], index: int
    ) -> GraphNode | None:
        while graph[index].kind == "dataset":
            index = immediate[index]
        return graph[index] if graph[index].kind == "task" else None


def task_graph(manifest: Manifest) -> TaskGraph:
    """The graph of a manifest's tasks."""
    return TaskGraph(
        TaskEdges(
            task.name,
            {read.dataset: (read.columns, read.indirect_columns) for read in task.inputs},
            task.outputs,
        )
        for task in manifest.tasks
    )


def _quote(node: GraphNode, part: str = "") -> str:
    return f'"{node.name}"' if part else f'"{node.kind}:{node.name}"'
