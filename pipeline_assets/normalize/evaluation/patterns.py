"""Matching a pattern: what is asked of the subject in which order, and what is bound when all of it matches."""

from __future__ import annotations

from pipeline_assets.normalize.evaluation.expressions import value
from pipeline_assets.normalize.evaluation.flow import Way
from pipeline_assets.normalize.evaluation.nodes import Node
from pipeline_assets.normalize.evaluation.walk import Visit, Walk


class Attempt:
    """One try at a pattern: the ways on which it failed, and the captures that wait for its success.

    A capture is a pattern that binds a name; where alternatives bind it, one list of captures for each of them.
    """

    def __init__(self) -> None:
        self.failed: list[Way] = []
        self.captures: list[Node | list[list[Node]]] = []


def match_pattern(walk: Walk, node: Node, attempt: Attempt) -> Visit:
    """Match one pattern; names are bound by `bind_captures`, once the whole of it has matched."""
    match node.kind:
        case "MatchOr":
            yield _match_alternatives(walk, node, attempt)
        case "MatchAs" | "MatchStar":
            yield from _below(walk, node, attempt, "pattern")
            if node.name is not None:
                attempt.captures.append(node)
        case "MatchMapping":
            yield _match_mapping(walk, node, attempt)
        case _:
            # a value or a class is evaluated first, the parts are matched when the whole fits
            for operand in node.many("value", "cls"):
                yield value(walk, operand)
            attempt.failed += walk.split(node)
            yield from _below(walk, node, attempt, "patterns", "kwd_patterns")


def bind_captures(walk: Walk, attempt: Attempt) -> None:
    """Bind the names of a pattern that has matched, in the order in which it holds them."""
    for capture in attempt.captures:
        if isinstance(capture, Node):
            walk.emit(capture, raises=not walk.is_function)
            continue
        before, ends = walk.ways, []
        for alternative in capture:
            walk.ways = before
            for node in alternative:
                walk.emit(node, raises=not walk.is_function)
            ends += walk.ways
        walk.ways = ends


def _below(walk: Walk, node: Node, attempt: Attempt, *fields: str) -> Visit:
    for pattern in node.many(*fields):
        yield match_pattern(walk, pattern, attempt)


def _match_mapping(walk: Walk, node: Node, attempt: Attempt) -> Visit:
    """All keys are evaluated and looked up before any value is matched."""
    attempt.failed += walk.split(node)
    keys = node.many("keys")
    for key in keys:
        yield value(walk, key)
    if keys:
        attempt.failed += walk.split(node)
    yield from _below(walk, node, attempt, "patterns")
    if node.alias is not None:
        attempt.captures.append(node)


def _match_alternatives(walk: Walk, node: Node, attempt: Attempt) -> Visit:
    matched: list[Way] = []
    captures: list[list[Node]] = []
    for pattern in node.many("patterns"):
        alternative = Attempt()
        yield match_pattern(walk, pattern, alternative)
        matched += walk.ways
        walk.ways = alternative.failed
        captures.append(_in_order(alternative, captures))
    attempt.failed += walk.ways
    walk.ways = matched
    if any(captures):
        attempt.captures.append(captures)


def _in_order(alternative: Attempt, before: list[list[Node]]) -> list[Node]:
    """The captures of an alternative, in the order in which the first one holds the names."""
    flat = [node for capture in alternative.captures for node in _flat(capture)]
    order = {captured_name(node): place for place, node in enumerate(before[0])} if before else {}
    return sorted(flat, key=lambda node: order.get(captured_name(node), len(order)))


def _flat(capture: Node | list[list[Node]]) -> list[Node]:
    """Of alternatives inside alternatives, the first."""
    return [capture] if isinstance(capture, Node) else capture[0]


def captured_name(node: Node) -> str | None:
    """The name that a pattern binds."""
    return node.alias if node.kind == "MatchMapping" else node.name
