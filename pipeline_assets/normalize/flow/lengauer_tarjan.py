"""Dominators of any graph in almost linear time, after Lengauer and Tarjan, "A Fast Algorithm for Finding Dominators
in a Flowgraph" (1979), in the version with simple links and compressed paths."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def immediate_dominators(predecessors: Sequence[Sequence[int]], root: int) -> Iterator[tuple[int, int]]:
    """Each vertex that the root leads to, itself left out, with its dominator; dominators come before what they
    dominate."""
    order, parents = _preorder(predecessors, root)
    numbers = {vertex: number for number, vertex in enumerate(order)}
    rows = [[numbers[p] for p in predecessors[vertex] if p in numbers] for vertex in order]
    found = _dominators(rows, [numbers[parent] for parent in parents])
    yield from ((order[number], order[found[number]]) for number in range(1, len(order)))


def _preorder(predecessors: Sequence[Sequence[int]], root: int) -> tuple[list[int], list[int]]:
    """The vertices that the root leads to in depth-first order, and from where each was come to."""
    following: list[list[int]] = [[] for _ in predecessors]
    for vertex, sources in enumerate(predecessors):
        for source in sources:
            following[source].append(vertex)
    order: list[int] = []
    parents: list[int] = []
    seen = bytearray(len(predecessors))
    stack = [(root, root)]
    while stack:
        vertex, parent = stack.pop()
        if not seen[vertex]:
            seen[vertex] = 1
            order.append(vertex)
            parents.append(parent)
            stack += [(target, vertex) for target in following[vertex]]
    return order, parents


def _dominators(predecessors: Sequence[Sequence[int]], parents: Sequence[int]) -> list[int]:
    """Dominators of vertices numbered in depth-first order; 0 is the root."""
    count = len(parents)
    semi, labels = list(range(count)), list(range(count))
    links = [-1] * count
    dominated: list[list[int]] = [[] for _ in range(count)]
    found = [0] * count
    for vertex in range(count - 1, 0, -1):
        parent = parents[vertex]
        for predecessor in predecessors[vertex]:
            semi[vertex] = min(semi[vertex], semi[_least(predecessor, links, labels, semi)])
        dominated[semi[vertex]].append(vertex)
        links[vertex] = parent
        for other in dominated[parent]:
            least = _least(other, links, labels, semi)
            found[other] = least if semi[least] < semi[other] else parent
        dominated[parent] = []
    for vertex in range(1, count):
        if found[vertex] != semi[vertex]:
            found[vertex] = found[found[vertex]]
    return found


def _least(vertex: int, links: list[int], labels: list[int], semi: list[int]) -> int:
    """The vertex of least semidominator on the way up the forest, its root left out; the way is made short."""
    if links[vertex] < 0:
        return vertex
    path = [vertex]
    while links[links[path[-1]]] >= 0:
        path.append(links[path[-1]])
    for below in reversed(path):
        above = links[below]
        if links[above] >= 0:
            if semi[labels[above]] < semi[labels[below]]:
                labels[below] = labels[above]
            links[below] = links[above]
    return labels[vertex]
