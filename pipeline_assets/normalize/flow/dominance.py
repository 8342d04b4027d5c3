"""Dominator trees of many graphs at once.

The scheme is that of Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm" (2001): vertices in an order in
which predecessors come first, as far as loops allow, each placed below the nearest common ancestor of its predecessors,
until nothing changes. Graphs without ways back against the order are done after one pass. The common ancestor is found
by the jump pointers of Myers, "An applicative random-access stack" (1983), so that a deep tree costs its logarithm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline_assets.normalize.flow.arrays import Bool, Places, bounds


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

    def place(self, vertex: int) -> bool:
        """Put a vertex below what all predecessors in the tree have in common; whether that moved it."""
        depths, found = self.depths, -1
        for predecessor in self.predecessors[self.starts[vertex] : self.starts[vertex + 1]]:
            if depths[predecessor] >= 0 and predecessor != vertex:
                found = predecessor if found < 0 else self.common(found, predecessor)
        if found < 0:
            return False
        moved = self.above[vertex] != found
        jump = self.jumps[found]
        far = self.jumps[jump]
        depths[vertex] = depths[found] + 1
        self.above[vertex] = found
        self.jumps[vertex] = far if depths[found] - depths[jump] == depths[jump] - depths[far] else found
        return moved

    def common(self, one: int, other: int) -> int:
        """The nearest common ancestor of two vertices of one tree."""
        above, depths, jumps = self.above, self.depths, self.jumps
        if depths[one] < depths[other]:
            one, other = other, one
        level = depths[other]
        while depths[one] > level:
            one = jumps[one] if depths[jumps[one]] >= level else above[one]
        while one != other:
            if jumps[one] != jumps[other]:
                one, other = jumps[one], jumps[other]
            else:
                one, other = above[one], above[other]
        return one


def dominators(units: Places, sources: Places, targets: Places, is_root: Bool) -> Tree:
    """The trees of graphs whose vertices are numbered graph by graph (`units`), sources before targets if possible.

    A root is above all that only it leads to; edges into it do not count. Every graph has at most one.
    """
    count = len(units)
    wanted = ~is_root[targets]
    sources, targets = sources[wanted], targets[wanted]
    order = np.argsort(targets, kind="stable")
    growing = _Growing(
        starts=bounds(targets[order], count).tolist(),
        predecessors=sources[order].tolist(),
        above=[-1] * count,
        depths=np.where(is_root, 0, -1).tolist(),
        jumps=list(range(count)),
    )
    for vertex in np.flatnonzero(~is_root).tolist():
        growing.place(vertex)
    _settle(growing, units, is_root, np.unique(units[targets[sources >= targets]]))
    return Tree(np.array(growing.above, np.int64), np.array(growing.depths, np.int64))


def _settle(growing: _Growing, units: Places, is_root: Bool, looping: Places) -> None:
    """Go over graphs with ways back again until nothing moves."""
    starts = np.searchsorted(units, looping).tolist()
    ends = np.searchsorted(units, looping, "right").tolist()
    for start, end in zip(starts, ends, strict=True):
        vertices = [vertex for vertex in range(start, end) if not is_root[vertex]]
        while sum(map(growing.place, vertices)):
            pass
