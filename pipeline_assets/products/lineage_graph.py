"""Column lineage as a graph: every column that a column is made from, or that is made from it, however far."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import rustworkx as rx

from pipeline_assets.inference.manifest import ColumnRef, Manifest, TaskPlan


@dataclass(frozen=True, slots=True, order=True)
class ColumnEdge:
    """Values of `source` flow into `target` in the task."""

    source: ColumnRef
    target: ColumnRef
    task: str


@dataclass(frozen=True, slots=True, order=True)
class RowFilter:
    """A column that decides which rows a task makes, without its values flowing on."""

    column: ColumnRef
    task: str


@dataclass(frozen=True)
class ColumnLineage:
    """Columns reached from `start`, sorted; the flows between them; what decides their rows."""

    start: tuple[ColumnRef, ...]
    columns: tuple[ColumnRef, ...]
    edges: tuple[ColumnEdge, ...]
    filters: tuple[RowFilter, ...]


def column_lineage(manifest: Manifest, start: Iterable[ColumnRef], downstream: bool = False) -> ColumnLineage:
    """Everything that flows into `start` (or out of it), over all tasks of the manifest."""
    edges = [edge for task in manifest.tasks for edge in _flows(task)]
    graph: rx.PyDiGraph[ColumnRef, None] = rx.PyDiGraph()
    names = [(dataset.name, column.name) for dataset in manifest.datasets for column in dataset.columns]
    index = dict(zip(names, graph.add_nodes_from(names), strict=True))
    graph.add_edges_from([(index[edge.source], index[edge.target], None) for edge in edges])
    chosen = tuple(start)
    reach = rx.descendants if downstream else rx.ancestors
    found = {*chosen, *(graph[node] for column in chosen for node in reach(graph, index[column]))}
    kept = sorted(edge for edge in edges if edge.source in found and edge.target in found)
    tasks = {edge.task for edge in kept}
    return ColumnLineage(chosen, tuple(sorted(found)), tuple(kept), tuple(sorted(_filters(manifest, tasks))))


def _flows(task: TaskPlan) -> Iterator[ColumnEdge]:
    for target, sources in task.column_lineage.items():
        dataset, _, column = target.partition(".")
        yield from (ColumnEdge(source, (dataset, column), task.name) for source in sources)


def _filters(manifest: Manifest, tasks: Iterable[str]) -> Iterator[RowFilter]:
    for name in tasks:
        for read in manifest.task(name).inputs:
            yield from (RowFilter((read.dataset, column), name) for column in read.indirect_columns)
