"""Dominator trees of many graphs at once.

In an order in which predecessors come first, a vertex belongs below the nearest common ancestor of its predecessors, as
in Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm" (2001); here in one pass, with the jump pointers of
Myers, "An applicative random-access stack" (1983), so that deep trees cost their logarithm. Edges against the order
change nothing if they start below what is above their target already. Graphs where one does not, such as loops with
several ways in, are left to the algorithm of Lengauer and Tarjan, in `lengauer_tarjan`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from pipeline_assets.normalize.flow.arrays import Bool, Places, bounds
from pipeline_assets.normalize.flow.lengauer_tarjan import immediate_dominators


@dataclass(frozen=True)
class Tree:
    """By vertex: the one above, -1 for a root; and how many are above, -1 for what no root leads to."""

    above: Places
    depths: Places


@dataclass
class _Growing:
    """The tree so far; `starts` and `predecessors` are the rows of the graph, by vertex."""

    starts: list[int]
    predecessors: list[int]
    above: list[int]
    depths: list[int]
    jumps: list[int]

    def place(self, vertices: Iterable[int]) -> None:
        """Put each vertex below what its predecessors in the tree have in common."""
        starts, predecessors, depths, jumps = self.starts, self.predecessors, self.depths, self.jumps
        for vertex in vertices:
            found = -1
            for predecessor in predecessors[starts[vertex] : starts[vertex + 1]]:
                if depths[predecessor] >= 0:
                    found = predecessor if found < 0 else self.common(found, predecessor)
            if found >= 0:
                near = jumps[found]
                far = jumps[near]
                depths[vertex] = depths[found] + 1
                self.above[vertex] = found
                jumps[vertex] = far if depths[found] - depths[near] == depths[near] - depths[far] else found

    def common(self, one: int, other: int) -> int:
        """The nearest common ancestor of two vertices of one tree."""
        above, jumps = self.above, self.jumps
        if self.depths[one] < self.depths[other]:
            one, other = other, one
        one = self.ancestor(one, self.depths[other])
        while one != other:
            apart = jumps[one] != jumps[other]
            one, other = (jumps[one], jumps[other]) if apart else (above[one], above[other])
        return one

    def ancestor(self, vertex: int, depth: int) -> int:
        """The ancestor of a vertex at a depth."""
        above, depths, jumps = self.above, self.depths, self.jumps
        while depths[vertex] > depth:
            vertex = jumps[vertex] if depths[jumps[vertex]] >= depth else above[vertex]
        return vertex

    def agrees(self, source: int, target: int) -> bool:
        """Whether an edge that was not looked at changes nothing."""
        if self.depths[source] < 0:
            return True
        above = self.above[target]
        return (
            above >= 0
            and self.depths[above] <= self.depths[source]
            and above == self.ancestor(source, self.depths[above])
        )


def dominators(units: Places, sources: Places, targets: Places, is_root: Bool) -> Tree:
    """The trees of graphs whose vertices are numbered graph by graph (`units`), sources before targets if possible.

    A root is above all that only it leads to; edges into it do not count.

    Raises:
        ValueError: A graph has two roots.
    """
    rooted = units[is_root]
    if len(np.unique(rooted)) < len(rooted):
        raise ValueError("a graph has two roots, which have no dominator in common")
    wanted = ~is_root[targets] & (sources != targets)
    sources, targets = sources[wanted], targets[wanted]
    growing = _Growing(
        *_rows(sources, targets, sources < targets, len(units)),
        above=[-1] * len(units),
        depths=np.where(is_root, 0, -1).tolist(),
        jumps=list(range(len(units))),
    )
    growing.place(np.flatnonzero(~is_root).tolist())
    against = np.flatnonzero(sources > targets)
    pairs = zip(sources[against].tolist(), targets[against].tolist(), strict=True)
    disagreeing = [target for source, target in pairs if not growing.agrees(source, target)]
    starts, predecessors = _rows(sources, targets, np.isin(units[targets], units[disagreeing]), len(units))
    for start, end in _bounds(units, np.unique(units[disagreeing])):
        _replace(growing, starts, predecessors, start, end)
    return Tree(np.array(growing.above, np.int64), np.array(growing.depths, np.int64))


def _rows(sources: Places, targets: Places, wanted: Bool, count: int) -> tuple[list[int], list[int]]:
    """Where the predecessors of each vertex start, and all predecessors, along the wanted edges."""
    sources, targets = sources[wanted], targets[wanted]
    order = np.argsort(targets, kind="stable")
    return bounds(targets[order], count).tolist(), sources[order].tolist()


def _bounds(units: Places, wanted: Places) -> Iterator[tuple[int, int]]:
    starts, ends = (np.searchsorted(units, wanted, side).tolist() for side in ("left", "right"))
    return zip(starts, ends, strict=True)


def _replace(growing: _Growing, starts: list[int], predecessors: list[int], start: int, end: int) -> None:
    """Let Lengauer and Tarjan have the graph whose vertices are those from `start` to before `end`."""
    before = [[p - start for p in predecessors[starts[vertex] : starts[vertex + 1]]] for vertex in range(start, end)]
    root = next(vertex for vertex in range(start, end) if growing.depths[vertex] == 0)
    for vertex, above in immediate_dominators(before, root - start):  # in an order in which the one above comes first
        growing.above[start + vertex] = start + above
        growing.depths[start + vertex] = growing.depths[start + above] + 1
