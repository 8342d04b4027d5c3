"""The flow of one scope as a graph of points: a point is one evaluation of a node, on one way through the scope."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from pipeline_assets.normalize.evaluation.nodes import Node

ENTRY, EXIT = 0, 1
"""The first two points; no node is evaluated there."""


class Way(NamedTuple):
    """A way out of a point that still leads nowhere."""

    source: int
    kind: str
    truth: bool | None = None
    """Whether the value that is carried along is true, where a test has told already."""
    is_exceptional: bool = False
    """Whether an exception is under way."""


class Edge(NamedTuple):
    """One way from a point to another."""

    source: int
    target: int
    kind: str
    is_exceptional: bool = False
    """Whether an exception travels along it."""


@dataclass
class Flow:
    """The points of a scope and the edges between them; a point without a node only gathers ways."""

    nodes: list[Node | None] = field(default_factory=lambda: [None, None])
    edges: list[Edge] = field(default_factory=list)
    opened: list[tuple[Node, str]] = field(default_factory=list)
    """Inner scopes that were met, dead or alive: the node that opens each, and its role."""
    is_merged: bool = False
    """Whether `finally` bodies stand once for all ways out, since they would have multiplied beyond the limit."""

    def add(self, node: Node | None) -> int:
        """A new point."""
        self.nodes.append(node)
        return len(self.nodes) - 1

    def is_gathering(self, point: int) -> bool:
        """Whether no node is evaluated at the point and it is neither entry nor exit."""
        return point > EXIT and self.nodes[point] is None

    def contracted(self) -> list[Edge]:
        """The edges between evaluations, entry and exit, each once, in order of discovery."""
        onward = self._onward()
        found = {
            edge._replace(target=target, kind=kind): None
            for edge in self.edges
            if not self.is_gathering(edge.source)
            for target, kind in self._targets(edge, onward)
        }
        return list(found)

    def reachable(self, edges: list[Edge]) -> set[int]:
        """The points that control can reach from the entry along contracted edges."""
        following: dict[int, list[int]] = {}
        for edge in edges:
            following.setdefault(edge.source, []).append(edge.target)
        seen, stack = {ENTRY}, [ENTRY]
        while stack:
            ahead = [target for target in following.get(stack.pop(), ()) if target not in seen]
            seen.update(ahead)
            stack += ahead
        return seen

    def _onward(self) -> dict[int, list[Edge]]:
        onward: dict[int, list[Edge]] = {}
        for edge in self.edges:
            if self.is_gathering(edge.source):
                onward.setdefault(edge.source, []).append(edge)
        return onward

    def _targets(self, edge: Edge, onward: dict[int, list[Edge]]) -> Iterator[tuple[int, str]]:
        """Where an edge leads beyond gathering points, with the first kind on the way that says something."""
        seen, stack = set(), [(edge.target, edge.kind)]
        while stack:
            point, kind = stack.pop()
            if not self.is_gathering(point):
                yield point, kind
            elif point not in seen:
                seen.add(point)
                stack += [(ahead.target, kind if kind != "next" else ahead.kind) for ahead in onward.get(point, ())]
