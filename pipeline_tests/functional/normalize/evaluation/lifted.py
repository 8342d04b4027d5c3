"""`cfg_edges`, which come from bytecode, as a graph of single evaluations, beside the flow read off the syntax."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pipeline_assets
from pipeline_assets.normalize.evaluation.flow import ENTRY, EXIT, Flow
from pipeline_assets.normalize.evaluation.nodes import Node, read_nodes
from pipeline_assets.normalize.evaluation.scope_flow import flow_of
from pipeline_assets.normalize.syntax_flow import FOR_NODES

COMPARED = ("Name", "Attribute", "Call", "BinOp", "Subscript", "Compare", "UnaryOp", "AugAssign", "NamedExpr", "Lambda")
COMPARED += ("Return", "Raise", "Assert", "For", "AsyncFor", "With", "AsyncWith", "Yield", "YieldFrom", "Await")
COMPARED += ("ExceptHandler", "MatchValue", "MatchClass", "MatchSequence", "MatchMapping", "MatchSingleton")
COMPARED += ("Import", "ImportFrom", "alias", "FunctionDef", "AsyncFunctionDef", "ClassDef")
RAISING = ("Call", "Attribute", "Subscript")
STEPWISE = ("ExceptHandler", "MatchValue", "MatchClass", "MatchSequence", "MatchMapping")
"""Nodes of which several instructions decide one after the other: on which one a way depends is not compared."""

OUT, IN = "out", "in"
Point = tuple[int, int]
Successors = dict[Any, list[tuple[Any, str]]]


@dataclass
class Ways:
    """A graph of evaluations: the node of each point, and the ways between points with the outcomes they depend on."""

    node: Callable[[Any], int | str | None]
    ordinary: Successors = field(default_factory=lambda: defaultdict(list))
    exceptional: Successors = field(default_factory=lambda: defaultdict(list))

    def edges(self, points: Iterable[Any], shared: set[int], label: Callable[[int, str], str]) -> set[tuple[Any, ...]]:
        """Which shared node follows which where nothing raises, and on which outcome."""
        return {
            (self.node(point), other, label(self._id(point), outcome))
            for point in points
            if self.node(point) in shared
            for first, outcome in self.ordinary[point]
            for other in self._next([first], shared, self._onward)
        }

    def raised(self, points: Iterable[Any], sources: set[int], shared: set[int]) -> set[tuple[Any, ...]]:
        """Which shared node may be the first after each of `sources` raised; leaving the scope is left out."""
        return {
            (self.node(point), other)
            for point in points
            if self.node(point) in sources
            for other in self._next([first for first, _ in self.exceptional[point]], shared, self._anywhere)
            if other != OUT
        }

    def first(self, shared: set[int]) -> set[Any]:
        """The shared nodes that may be evaluated first."""
        return self._next([first for first, _ in self.ordinary[IN]], shared, self._onward)

    def _id(self, point: Any) -> int:
        found = self.node(point)
        assert isinstance(found, int)
        return found

    def _onward(self, point: Any) -> list[tuple[Any, str]]:
        return self.ordinary[point]

    def _anywhere(self, point: Any) -> list[tuple[Any, str]]:
        return self.ordinary[point] + self.exceptional[point]

    def _next(self, starts: list[Any], shared: set[int], onward: Callable[[Any], list[tuple[Any, str]]]) -> set[Any]:
        found, seen, stack = set(), set(), [*starts]
        while stack:
            point = stack.pop()
            if point in seen:
                continue
            seen.add(point)
            node = self.node(point)
            if node == OUT or node in shared:
                found.add(node)
            else:
                stack += [ahead for ahead, _ in onward(point)]
        return found


@dataclass
class Pair:
    """One scope as both see it."""

    scope: Node
    flow: Flow
    syntax: Ways
    living: set[int]
    bytecode: Ways
    reached: list[Point]

    @property
    def shared(self) -> set[int]:
        """Nodes that both evaluate, without those whose order is not comparable."""
        ours = {node.node_id: node for node in map(self.flow.nodes.__getitem__, self.living) if node is not None}
        theirs = {self.bytecode.node(point) for point in self.reached}
        doubtful = {node.node_id for node in _doubtful(self.scope)}
        return {key for key, node in ours.items() if node.kind in COMPARED and key in theirs} - doubtful


def pairs_of(graph: pipeline_assets.Graph) -> Iterator[Pair]:
    """Every scope of a built graph that has bytecode."""
    blocks = defaultdict(list)
    for row in graph.sql("SELECT * FROM cfg_blocks WHERE code_unit_id IS NOT NULL").to_pylist():
        blocks[row["exit_id"]].append(row)
    nodes, edges = defaultdict(list), defaultdict(list)
    for row in graph.sql("SELECT * FROM cfg_nodes ORDER BY cfg_block_id, position").to_pylist():
        nodes[row["cfg_block_id"]].append(row["node_id"])
    for row in graph.sql("SELECT * FROM cfg_edges").to_pylist():
        edges[row["src_block_id"]].append(row)
    roles = {row["code_unit_id"]: row for row in graph.sql("SELECT * FROM unit_scopes").to_pylist()}
    rows = graph.sql(f"SELECT file_id, {', '.join(FOR_NODES)} FROM ast_nodes ORDER BY node_id").to_pylist()
    trees = read_nodes(rows)
    for found in blocks.values():
        unit = roles.get(found[0]["code_unit_id"])
        if unit is not None and all(block["origin"] == "bytecode" for block in found):
            yield _pair(trees[unit["scope_node"]], unit["role"], found, nodes, edges)


def _pair(scope: Node, role: str, blocks: list[Any], nodes: dict[int, list[int]], edges: dict[int, list[Any]]) -> Pair:
    flow = flow_of(scope, role)
    contracted = flow.contracted()
    syntax = Ways(lambda point: OUT if point == EXIT else getattr(flow.nodes[point], "node_id", None))
    for edge in contracted:
        if edge.kind not in ("yield", "await"):
            ways = syntax.exceptional if edge.is_exceptional else syntax.ordinary
            ways[edge.source if edge.source != ENTRY else IN].append((edge.target, _outcome(edge.kind)))
    exits = {block["cfg_block_id"] for block in blocks if block["kind"] == "exit"}
    bytecode = Ways(lambda point: OUT if point[0] in exits else nodes[point[0]][point[1]])
    for block in blocks:
        _add_block(bytecode, block["cfg_block_id"], nodes, edges)
        if block["is_entry"]:
            bytecode.ordinary[IN].append(((block["cfg_block_id"], 0), ""))
    reached = [
        (block["cfg_block_id"], place)
        for block in blocks
        if block["is_reachable"]
        for place in range(len(nodes[block["cfg_block_id"]]))
    ]
    return Pair(scope, flow, syntax, flow.reachable(contracted), bytecode, reached)


def _add_block(ways: Ways, block: int, nodes: dict[int, list[int]], edges: dict[int, list[Any]]) -> None:
    for place in range(len(nodes[block]) - 1):
        ways.ordinary[block, place].append(((block, place + 1), ""))
    for edge in edges[block]:
        if edge["kind"] not in ("yield", "await"):
            kept = ways.exceptional if edge["is_exceptional"] else ways.ordinary
            place = len(nodes[block]) - 1 - nodes[block][::-1].index(edge["src_node_id"])
            kept[block, place].append(((edge["dst_block_id"], 0), _outcome(edge["kind"])))


def _outcome(kind: str) -> str:
    return kind if kind in ("true", "false") else ""


def _doubtful(scope: Node) -> Iterator[Node]:
    """Nodes that a block counts once though they are evaluated twice, or whose order the compiler may change."""
    for node in scope.subtree():
        yield from node.many("decorator_list")
        if node.kind == "AugAssign":
            yield node.only("target")
        if node.kind == "Assign" and node.only("value").kind in ("Tuple", "List"):
            for target in node.many("targets"):
                yield from target.subtree()
