"""The graph that blocks and exits make: what can be reached, and in which order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline_assets.normalize.flow.arrays import Bool, Places, bounds, distinct


@dataclass(frozen=True)
class Graph:
    """Vertices by place, those of a unit together, and the edges between them, each pair once."""

    units: Places
    """Unit of each vertex, ascending."""
    sources: Places
    targets: Places
    roots: Places
    """The entry of each unit that has one."""

    @classmethod
    def of(cls, units: Places, sources: Places, targets: Places, roots: Places) -> Graph:
        """From edges that may run between the same vertices several times."""
        chosen = distinct(sources, targets)
        return cls(units, sources[chosen], targets[chosen], roots)


def reverse_postorder(graph: Graph) -> tuple[Places, Bool]:
    """The place of each vertex in its unit's reverse postorder, what cannot be reached last, and what can be reached.

    Successors are taken such that, as far as the edges allow, blocks come in the order of their code.
    """
    count = len(graph.units)
    reachable = np.zeros(count, np.bool_)
    reachable[graph.roots] = True
    sizes = np.bincount(graph.units)
    small = sizes[graph.units] <= 2
    reachable[graph.targets[small[graph.sources] & reachable[graph.sources]]] = True
    roots = graph.roots[~small[graph.roots]]
    visited = postorder(graph.sources, graph.targets, roots, count)
    reachable[visited] = True
    rank = np.where(reachable, count, 2 * count) + np.arange(count)  # as the code has it, what is reached first
    rank[graph.roots] = -1
    rank[visited] = np.arange(len(visited))[::-1]
    order = np.lexsort((rank, graph.units))
    places = np.empty(count, np.int64)
    places[order] = np.arange(count) - np.searchsorted(graph.units, graph.units[order])
    return places, reachable


def postorder(sources: Places, targets: Places, roots: Places, count: int) -> Places:
    """Vertices that the roots reach, each after those that it leads to, but for loops; edges come by source.

    Of several targets the last in the list is gone to first.
    """
    firsts = bounds(sources, count)
    left, starts, ahead = firsts[1:].tolist(), firsts.tolist(), targets.tolist()
    seen = bytearray(count)
    order: list[int] = []
    for root in roots.tolist():
        seen[root] = 1
        stack = [root]
        while stack:
            vertex = stack[-1]
            edge = left[vertex] - 1
            if edge < starts[vertex]:
                order.append(stack.pop())
                continue
            left[vertex] = edge
            target = ahead[edge]
            if not seen[target]:
                seen[target] = 1
                stack.append(target)
    return np.array(order, np.int64)
