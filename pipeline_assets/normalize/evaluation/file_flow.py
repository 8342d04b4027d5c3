"""Which flows of a file are wanted, and the rows that they make: scopes without bytecode, dead code in the others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from pipeline_assets.normalize.evaluation.flow import Edge, Flow
from pipeline_assets.normalize.evaluation.nodes import Node
from pipeline_assets.normalize.evaluation.scope_flow import flow_of

UNMARKED = ("Pass", "Break", "Continue", "Global", "Nonlocal")
"""Statements that leave no mark in bytecode that a way out of dead code could lead to."""


class Row(NamedTuple):
    """One row of `syntax_flow` without its id; nodes and points as there."""

    scope_node: int
    role: str
    src_node: int | None
    dst_node: int | None
    src_point: int | None
    dst_point: int | None
    kind: str
    is_exceptional: bool
    is_dead: bool
    why: str
    is_merged: bool


class FileFlow:
    """The flows of one file, given the scopes that have a code unit and the nodes that bytecode evaluates."""

    def __init__(self, defers_annotations: bool, compiled: set[int], evaluated: set[int]) -> None:
        self._defers_annotations = defers_annotations
        self._compiled = compiled
        self._evaluated = evaluated

    def rows(self, scopes: list[Node]) -> Iterator[Row]:
        """The rows of these scopes, and of those inside them for which nothing was compiled."""
        done: set[tuple[int, str]] = set()
        waiting = [(scope, "body") for scope in reversed(scopes)]
        while waiting:
            scope, role = waiting.pop()
            has_code = scope.node_id in self._compiled and role == "body"
            if (scope.node_id, role) in done:
                continue
            done.add((scope.node_id, role))
            flow = flow_of(scope, role, self._defers_annotations)
            # ways that differ only in bytecode's evaluations are one
            yield from dict.fromkeys(self._dead(flow, scope, role) if has_code else _all(flow, scope, role))
            waiting += [opened for opened in reversed(flow.opened) if opened[0].node_id not in self._evaluated]

    def _dead(self, flow: Flow, scope: Node, role: str) -> Iterator[Row]:
        """The edges that start at dead evaluations; what they lead to alive is what bytecode evaluates next."""
        edges = flow.contracted()
        alive = flow.reachable(edges)
        living = {flow.nodes[point] for point in alive}
        dead = {
            point
            for point, node in enumerate(flow.nodes)
            if node is not None and node not in living and node.node_id not in self._evaluated
        }
        onward = _onward(edges)
        for edge in edges:
            if edge.source in dead:
                inside = edge.target in dead
                for target in [edge.target] if inside else self._landings(flow, edge.target, onward):
                    row = _row(flow, scope, role, edge._replace(target=target))
                    yield row._replace(is_dead=True, why="dead", dst_point=row.dst_point if inside else None)

    def _landings(self, flow: Flow, start: int, onward: dict[int, list[Edge]]) -> list[int]:
        """The exit, or the first evaluations at or behind a point that have bytecode."""
        found: dict[int | None, int] = {}
        seen, stack = set(), [start]
        while stack:
            point = stack.pop()
            node = flow.nodes[point]
            if node is None or (node.node_id in self._evaluated and node.kind not in UNMARKED):
                found.setdefault(node.node_id if node is not None else None, point)
            elif point not in seen:
                seen.add(point)
                stack += [edge.target for edge in reversed(onward.get(point, ())) if not edge.is_exceptional]
        return list(found.values())


def _all(flow: Flow, scope: Node, role: str) -> Iterator[Row]:
    edges = flow.contracted()
    alive = flow.reachable(edges)
    for edge in edges:
        yield _row(flow, scope, role, edge)._replace(is_dead=edge.source not in alive)


def _row(flow: Flow, scope: Node, role: str, edge: Edge) -> Row:
    source, target = flow.nodes[edge.source], flow.nodes[edge.target]
    return Row(
        scope_node=scope.node_id,
        role=role,
        src_node=source.node_id if source is not None else None,
        dst_node=target.node_id if target is not None else None,
        src_point=edge.source if source is not None else None,
        dst_point=edge.target if target is not None else None,
        kind=edge.kind,
        is_exceptional=edge.is_exceptional,
        is_dead=False,
        why="no_bytecode",
        is_merged=flow.is_merged,
    )


def _onward(edges: list[Edge]) -> dict[int, list[Edge]]:
    onward: dict[int, list[Edge]] = {}
    for edge in edges:
        onward.setdefault(edge.source, []).append(edge)
    return onward
