"""`try` and `with`: where exceptions and jumps go when something waits for them."""

from __future__ import annotations

from collections.abc import Generator

from pipeline_assets.normalize.evaluation.expressions import value
from pipeline_assets.normalize.evaluation.flow import Way
from pipeline_assets.normalize.evaluation.nodes import Node
from pipeline_assets.normalize.evaluation.walk import Leaving, Visit, Walk

NORMAL, RAISED = Leaving("normal"), Leaving("raised")


def visit_with(walk: Walk, node: Node) -> Visit:
    """Enter the managers in order, run the body, and leave them in reverse, whatever happened."""
    items = node.many("items")
    for item in items:
        yield value(walk, item.only("context_expr"))
        walk.manage(node)
        walk.enter("with", node)
        for target in item.many("optional_vars"):
            yield value(walk, target)
    yield walk.block(node.many("body"))
    for _ in items:
        _leave_manager(walk, node)


def _leave_manager(walk: Walk, node: Node) -> None:
    """Call the exit behind the body, and once more for exceptions, which it may swallow."""
    raised = walk.leave().raised
    after: list[Way] = []
    if walk.ways:
        walk.rename("with_exit")
        walk.manage(node)
        after = walk.ways
    if raised:
        walk.ways = raised
        walk.rename("with_exit")
        walk.manage(node)
        after += [Way(way.source, "with_suppress") for way in walk.ways]
        walk.reraise()
    walk.ways = after


def visit_try(walk: Walk, node: Node) -> Visit:
    """With a `finally`, everything else runs inside it."""
    final = node.many("finalbody")
    if not final:
        yield _visit_caught(walk, node)
        return
    walk.enter("finally", node)
    yield _visit_caught(walk, node)
    yield _visit_finally(walk, final)


def _visit_caught(walk: Walk, node: Node) -> Visit:
    """The body, its handlers, and `else`, whose exceptions they do not handle."""
    handlers = node.many("handlers")
    raised: list[Way] = []
    if handlers:
        walk.enter("try", node)
        yield walk.block(node.many("body"))
        raised = walk.leave().raised
    else:
        yield walk.block(node.many("body"))
    yield walk.block(node.many("orelse"))
    after, walk.ways = walk.ways, raised
    yield _handle_group(walk, node, handlers) if node.kind == "TryStar" else _handle(walk, handlers)
    walk.ways += after


def _handle(walk: Walk, handlers: list[Node]) -> Visit:
    """The first handler that fits runs; without one the exception goes on."""
    handled: list[Way] = []
    for handler in handlers:
        unmatched = yield from _match_handler(walk, handler)
        yield walk.block(handler.many("body"))
        handled += walk.ways
        walk.ways = unmatched
    walk.reraise()
    walk.ways = handled


def _match_handler(walk: Walk, handler: Node) -> Generator[Visit | None, None, list[Way]]:
    """Evaluate what a handler names and compare; return the ways on which it does not fit."""
    named = handler.one("type")
    yield value(walk, named) if named is not None else None
    if named is not None:
        return walk.split(handler)
    walk.emit(handler, raises=False)
    return []


def _handle_group(walk: Walk, node: Node, handlers: list[Node]) -> Visit:
    """Every handler of `except*` takes its part; what they leave or raise is raised again behind the last."""
    raised: list[Way] = []
    for handler in handlers:
        walk.ways += raised
        unmatched = yield from _match_handler(walk, handler)
        walk.enter("try", node)
        yield walk.block(handler.many("body"))
        raised = walk.leave().raised
        walk.ways += unmatched
    after: list[Way] = []
    if walk.ways:
        walk.emit(node, raises=False)
        after = walk.ways
        walk.reraise()
    if raised:
        walk.ways = raised
        walk.emit(node, raises=False)
        walk.reraise()
    walk.ways = after


def _visit_finally(walk: Walk, final: list[Node]) -> Visit:
    """Run the body for each way out: at the end, by an exception, by each jump; then go on where the way leads."""
    frame = walk.leave()
    exits: list[tuple[list[Leaving], list[Way]]] = [([NORMAL], walk.ways), ([RAISED], frame.raised)]
    exits += [([jump], ways) for jump, ways in frame.jumps.items()]
    exits = [leaving for leaving in exits if leaving[1]] or exits[:1]
    size = sum(node.end - node.node_id for node in final)
    if len(exits) > 1 and walk.is_too_much(size * len(exits)):
        walk.flow.is_merged = True
        exits = [([leaving for (leaving,), _ in exits], [way for _, ways in exits for way in ways])]
    after: list[Way] = []
    for leavings, ways in exits:
        walk.ways = ways
        walk.rename("finally")
        yield walk.block(final)
        ends = walk.ways
        for leaving in leavings if ends else ():
            walk.ways = [*ends]
            _go_on(walk, leaving)
            after += walk.ways
    walk.ways = after


def _go_on(walk: Walk, leaving: Leaving) -> None:
    if leaving is RAISED:
        walk.reraise()
    elif leaving is not NORMAL:
        walk.jump(leaving)
