"""What each statement evaluates, and where control goes from it."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline_assets.normalize.evaluation.definitions import visit_alias, visit_class, visit_function
from pipeline_assets.normalize.evaluation.expressions import annotation, test, value
from pipeline_assets.normalize.evaluation.flow import Way
from pipeline_assets.normalize.evaluation.nodes import Node
from pipeline_assets.normalize.evaluation.patterns import Attempt, bind_captures, match_pattern
from pipeline_assets.normalize.evaluation.protection import visit_try, visit_with
from pipeline_assets.normalize.evaluation.walk import Leaving, Visit, Visitor, Walk, each


def statement(walk: Walk, node: Node) -> Visit | None:
    """Run one statement; one that evaluates nothing is a point of its own, so that it has a place in the flow."""
    if node.kind in _QUIET:
        walk.emit(node, raises=False)
        return None
    return _VISITORS[node.kind](walk, node)


def _expression(walk: Walk, node: Node) -> Visit:
    yield value(walk, node.only("value"))


def _assign(walk: Walk, node: Node) -> Visit:
    yield value(walk, node.only("value"))
    yield from each(walk, value, node.many("targets"))


def _augment(walk: Walk, node: Node) -> Visit:
    """The parts of the target are evaluated once, its value is read before the other operand."""
    target = node.only("target")
    yield from each(walk, value, target.children)
    walk.emit(target)
    yield value(walk, node.only("value"))
    walk.emit(node)
    walk.emit(target, raises=target.kind != "Name" or not walk.is_function)


def _annotate(walk: Walk, node: Node) -> Visit:
    """The value, the target, and last the annotation, which functions never evaluate."""
    before = len(walk.flow.nodes)
    target, assigned = node.only("target"), node.one("value")
    if assigned is not None:
        yield value(walk, assigned)
        yield value(walk, target)
    elif target.kind != "Name":
        yield from each(walk, _index, target.children)
    if not walk.is_function:
        yield annotation(walk, node.only("annotation"))
        if node.value == "1":
            walk.emit(node)
    if len(walk.flow.nodes) == before:
        walk.emit(node, raises=False)


def _index(walk: Walk, node: Node) -> Visit | None:
    """The parts of a target that is only annotated; no slice and no tuple is made of them."""
    if node.field == "slice" and node.kind in ("Slice", "Tuple"):
        return each(walk, _element, node.children)
    return value(walk, node)


def _element(walk: Walk, node: Node) -> Visit | None:
    return each(walk, _element, node.children) if node.kind in ("Slice", "Tuple") else value(walk, node)


def _delete(walk: Walk, node: Node) -> Visit:
    before = len(walk.flow.nodes)
    yield from each(walk, value, node.many("targets"))
    if len(walk.flow.nodes) == before:
        walk.emit(node, raises=False)


def _return(walk: Walk, node: Node) -> Visit:
    yield from each(walk, value, node.many("value"))
    walk.jump(Leaving("return", node))


def _jump(walk: Walk, node: Node) -> None:
    walk.emit(node, raises=False)
    walk.jump(Leaving("break" if node.kind == "Break" else "continue", node))


def _raise(walk: Walk, node: Node) -> Visit:
    yield from each(walk, value, node.many("exc", "cause"))
    walk.emit(node, raises=False)
    walk.reraise()


def _assert(walk: Walk, node: Node) -> Visit:
    yield test(walk, node.only("test"))
    after, walk.ways = walk.outcomes
    yield from each(walk, value, node.many("msg"))
    walk.emit(node, raises=False)
    walk.reraise()
    walk.ways = after


def _import(walk: Walk, node: Node) -> None:
    """`import` fetches and binds one module after the other, `from` fetches once."""
    if node.kind == "ImportFrom":
        walk.emit(node)
    for alias in node.many("names"):
        if node.kind == "Import":
            walk.emit(node)
        walk.emit(alias)


def _if(walk: Walk, node: Node) -> Visit:
    yield test(walk, node.only("test"))
    walk.ways, other = walk.outcomes
    yield walk.block(node.many("body"))
    after, walk.ways = walk.ways, other
    yield walk.block(node.many("orelse"))
    walk.ways += after


def _while(walk: Walk, node: Node) -> Visit:
    head = walk.flow.add(None)
    walk.land(head)
    walk.ways = [Way(head, "next")]
    yield test(walk, node.only("test"))
    inside, exhausted = walk.outcomes
    yield _loop(walk, node, head, inside, exhausted)


def _for(walk: Walk, node: Node) -> Visit:
    yield value(walk, node.only("iter"))
    head = walk.suspend(node, "await") if node.kind == "AsyncFor" else walk.emit(node)
    yield _loop(walk, node, head, [Way(head, "true")], [Way(head, "false")])


def _loop(walk: Walk, node: Node, head: int, inside: list[Way], exhausted: list[Way]) -> Visit:
    """`else` follows the end of the loop, not `break`."""
    walk.ways = inside
    yield from each(walk, value, node.many("target"))
    walk.enter("loop", node, head)
    yield walk.block(node.many("body"))
    walk.land(head, "jump")
    breaks = walk.leave().breaks
    walk.ways = exhausted
    yield walk.block(node.many("orelse"))
    walk.ways += breaks


def _match(walk: Walk, node: Node) -> Visit:
    yield value(walk, node.only("subject"))
    after: list[Way] = []
    for case in node.many("cases"):
        attempt = Attempt()
        yield match_pattern(walk, case.only("pattern"), attempt)
        bind_captures(walk, attempt)
        for guard in case.many("guard"):
            yield test(walk, guard)
            walk.ways, refused = walk.outcomes
            attempt.failed += refused
        yield walk.block(case.many("body"))
        after += walk.ways
        walk.ways = attempt.failed
    walk.ways += after


_QUIET = ("Pass", "Global", "Nonlocal")

_VISITORS: Mapping[str, Visitor] = {
    "Expr": _expression,
    "Assign": _assign,
    "AugAssign": _augment,
    "AnnAssign": _annotate,
    "Delete": _delete,
    "Return": _return,
    "Break": _jump,
    "Continue": _jump,
    "Raise": _raise,
    "Assert": _assert,
    "Import": _import,
    "ImportFrom": _import,
    "If": _if,
    "While": _while,
    "For": _for,
    "AsyncFor": _for,
    "With": visit_with,
    "AsyncWith": visit_with,
    "Try": visit_try,
    "TryStar": visit_try,
    "Match": _match,
    "FunctionDef": visit_function,
    "AsyncFunctionDef": visit_function,
    "ClassDef": visit_class,
    "TypeAlias": visit_alias,
}
