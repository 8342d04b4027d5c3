"""Regions of the syntax that control enters or leaves: bodies of loops, and `finally` bodies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline_assets.normalize.flow.arrays import Bool, Ids, Places, find
from pipeline_assets.normalize.flow.program import LOOPS, NOTED_KINDS, PARTS, TRIES, Syntax


@dataclass(frozen=True)
class Regions:
    """Ranges of node ids, ascending by start; one lies in another or apart from it."""

    starts: Ids
    ends: Ids
    around: Places
    """The region around each, -1 for none."""

    @classmethod
    def of(cls, starts: Ids, ends: Ids) -> Regions:
        """Regions in any order."""
        order = np.argsort(starts)
        return cls(starts[order], ends[order], _around(starts[order].tolist(), ends[order].tolist()))

    def innermost(self, nodes: Ids) -> Places:
        """The innermost region that holds each node, -1 for none."""
        places = np.searchsorted(self.starts, nodes, "right") - 1
        ends, around = np.append(self.ends, np.iinfo(np.int64).max), np.append(self.around, -1)
        while (outside := ends[places] <= nodes).any():
            places = np.where(outside, around[places], places)
        return places

    def hold(self, regions: Places, nodes: Ids) -> Bool:
        """Whether each region holds the node; no region holds none."""
        starts, ends = np.append(self.starts, 0)[regions], np.append(self.ends, 0)[regions]
        return (starts <= nodes) & (nodes < ends)


def statements(syntax: Syntax, kind: str) -> Regions:
    """Whole statements of a kind that is noted."""
    places = np.flatnonzero(syntax.kinds == NOTED_KINDS.index(kind))
    return Regions.of(syntax.nodes[places], syntax.ends[places])


def loop_bodies(syntax: Syntax) -> Regions:
    """The bodies of loops, their `else` left out."""
    starts, parents = _parts(syntax, "body", LOOPS)
    orelse = syntax.first_parts == PARTS.index("orelse")
    order = np.argsort(syntax.first_parents[orelse])
    behind = find(syntax.first_parents[orelse][order], syntax.nodes[parents])
    ends = np.append(syntax.firsts[orelse][order], 0)[behind]
    return Regions.of(starts, np.where(behind >= 0, ends, syntax.ends[parents]))


def finally_bodies(syntax: Syntax) -> Regions:
    """The bodies of `finally`, which is the last part of its statement."""
    starts, parents = _parts(syntax, "finalbody", TRIES)
    return Regions.of(starts, syntax.ends[parents])


def _parts(syntax: Syntax, part: str, kinds: tuple[str, ...]) -> tuple[Ids, Places]:
    """First statements of a part of nodes of these kinds, and the places of those nodes."""
    firsts = np.flatnonzero(syntax.first_parts == PARTS.index(part))
    parents = find(syntax.nodes, syntax.first_parents[firsts])
    wanted = (parents >= 0) & np.isin(np.append(syntax.kinds, -1)[parents], [NOTED_KINDS.index(kind) for kind in kinds])
    return syntax.firsts[firsts[wanted]], parents[wanted]


def _around(starts: list[int], ends: list[int]) -> Places:
    found: list[int] = []
    open_regions: list[int] = []
    for place, start in enumerate(starts):
        while open_regions and ends[open_regions[-1]] <= start:
            open_regions.pop()
        found.append(open_regions[-1] if open_regions else -1)
        open_regions.append(place)
    return np.array(found, np.int64)
