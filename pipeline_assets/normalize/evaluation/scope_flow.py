"""The flow of a scope, given the node that opens it."""

from __future__ import annotations

from pipeline_assets.normalize.evaluation.definitions import visit_type_parameters
from pipeline_assets.normalize.evaluation.expressions import test, value
from pipeline_assets.normalize.evaluation.flow import EXIT, Flow, Way
from pipeline_assets.normalize.evaluation.nodes import Node
from pipeline_assets.normalize.evaluation.statements import statement
from pipeline_assets.normalize.evaluation.walk import Visit, Walk, each, run

DEFINITIONS = ("FunctionDef", "AsyncFunctionDef")
NAMESPACES = ("Module", "ClassDef")
"""What keeps its names in a mapping and evaluates the annotations of its variables."""


def flow_of(node: Node, role: str = "body", defers_annotations: bool = False) -> Flow:
    """The flow of the scope that a node opens in this role."""
    is_function = node.kind not in NAMESPACES or role != "body"
    walk = Walk(statement, is_function, defers_annotations, node.end - node.node_id)
    run(_visit(walk, node, role))
    walk.land(EXIT, "return")
    return walk.flow


def _visit(walk: Walk, node: Node, role: str) -> Visit | None:
    if role == "type_parameters":
        return visit_type_parameters(walk, node)
    if role in ("bound", "default"):
        return value(walk, node.only("bound" if role == "bound" else "default_value"))
    if node.kind == "Lambda":
        return value(walk, node.only("body"))
    if node.kind == "TypeAlias":
        return value(walk, node.only("value"))
    if node.kind in (*NAMESPACES, *DEFINITIONS):
        return walk.block(node.many("body"))
    return _comprehension(walk, node)


def _comprehension(walk: Walk, node: Node) -> Visit:
    """Each generator is a loop inside the one before; the first iterable was evaluated outside."""
    ended: list[Way] = []
    heads: list[int] = []
    for place, generator in enumerate(node.many("generators")):
        if place:
            yield value(walk, generator.only("iter"))
        heads.append(walk.suspend(generator, "await") if generator.value == "1" else walk.emit(generator))
        refused = [Way(heads[-1], "false")]
        if place:
            _back(walk, heads[-2], refused)
        else:
            ended = refused
        walk.ways = [Way(heads[-1], "true")]
        yield value(walk, generator.only("target"))
        yield from _conditions(walk, generator, heads[-1])
    yield from each(walk, value, node.many("key", "value", "elt"))
    if node.kind == "GeneratorExp":
        walk.suspend(node, "yield")
    else:
        walk.emit(node)
    walk.land(heads[-1], "jump")
    walk.ways = ended


def _conditions(walk: Walk, generator: Node, head: int) -> Visit:
    for condition in generator.many("ifs"):
        yield test(walk, condition)
        going_on, refused = walk.outcomes
        _back(walk, head, refused)
        walk.ways = going_on


def _back(walk: Walk, head: int, ways: list[Way]) -> None:
    """On these ways, the loop takes its next item."""
    walk.ways = ways
    walk.land(head, "jump")
