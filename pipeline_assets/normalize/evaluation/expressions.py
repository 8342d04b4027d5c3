"""The order in which expressions are evaluated, and targets bound or deleted."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline_assets.normalize.evaluation.flow import Way
from pipeline_assets.normalize.evaluation.literals import known_truth
from pipeline_assets.normalize.evaluation.nodes import Node
from pipeline_assets.normalize.evaluation.walk import Visit, Visitor, Walk, each


def value(walk: Walk, node: Node) -> Visit | None:
    """Evaluate an expression, or bind or delete what a target stands for."""
    if node.kind == "Name":
        # storing fails only in a namespace of another kind, such as a class body may have
        walk.emit(node, raises=node.ctx != "Store" or not walk.is_function)
        return None
    if node.kind == "Constant":
        walk.emit(node, raises=False)
        return None
    return _VISITORS.get(node.kind, _in_source_order)(walk, node)


def test(walk: Walk, node: Node) -> Visit | None:
    """Evaluate a condition; `walk.outcomes` are then the ways on which it is true and those on which it is false."""
    if node.kind == "UnaryOp" and node.ctx == "Not":
        return _test_not(walk, node)
    return _TESTS.get(node.kind, _test_value)(walk, node)


def annotation(walk: Walk, node: Node) -> Visit | None:
    """Evaluate an annotation, unless the file keeps annotations as text."""
    return None if walk.defers_annotations else value(walk, node)


def _in_source_order(walk: Walk, node: Node) -> Visit:
    yield from each(walk, value, node.children)
    walk.emit(node)


def _named(walk: Walk, node: Node) -> Visit:
    yield value(walk, node.only("value"))
    yield value(walk, node.only("target"))
    walk.emit(node, raises=False)


def _boolean(walk: Walk, node: Node) -> Visit:
    """`and`, `or`: the first operand that decides is the value of the whole."""
    decides = node.ctx == "Or"
    *firsts, last = node.children
    ended: list[Way] = []
    for operand in firsts:
        yield value(walk, operand)
        _tell(walk, operand)
        ended += _divided(walk.ways, decides)
        walk.ways = _divided(walk.ways, not decides)
    yield value(walk, last)
    _tell(walk, last)
    walk.ways += ended


def _choice(walk: Walk, node: Node) -> Visit:
    yield test(walk, node.only("test"))
    chosen, other = walk.outcomes
    walk.ways = chosen
    yield value(walk, node.only("body"))
    ends, walk.ways = walk.ways, other
    yield value(walk, node.only("orelse"))
    walk.ways += ends


def _compare(walk: Walk, node: Node) -> Visit:
    """A chain goes on as long as it is true; operands in its middle are evaluated once."""
    yield value(walk, node.only("left"))
    ended: list[Way] = []
    *firsts, last = node.many("comparators")
    for operand in firsts:
        yield value(walk, operand)
        ended += walk.split(node)
    yield value(walk, last)
    walk.emit(node)
    walk.ways += ended


def _dict(walk: Walk, node: Node) -> Visit:
    """Each key before its value; what `**` unpacks is put in before the next key is evaluated."""
    keys = {key.ordinal: key for key in node.many("keys")}
    is_complete = False
    for item in node.many("values"):
        key = keys.get(item.ordinal)
        if key is not None:
            yield value(walk, key)
        yield value(walk, item)
        is_complete = key is None
        if is_complete:
            walk.emit(node)
    if not is_complete:
        walk.emit(node)


def _sequence(walk: Walk, node: Node) -> Visit:
    """A display after its elements; a target takes the value apart before it binds them."""
    if node.ctx == "Store":
        walk.emit(node)
    yield from each(walk, value, node.children)
    if node.ctx == "Load":
        walk.emit(node)


def _starred(walk: Walk, node: Node) -> Visit:
    yield value(walk, node.only("value"))
    if node.ctx == "Load":
        walk.emit(node)


def _call(walk: Walk, node: Node) -> Visit:
    """Positional arguments come before all keywords, wherever they are written."""
    yield from each(walk, value, node.many("func", "args"))
    yield from each(walk, keyword, node.many("keywords"))
    walk.emit(node)


def keyword(walk: Walk, node: Node) -> Visit:
    """A keyword argument; `**` is work of its own: a mapping is put in."""
    yield value(walk, node.only("value"))
    if node.name is None:
        walk.emit(node)


def _lambda(walk: Walk, node: Node) -> Visit:
    yield from defaults(walk, node)
    walk.emit(node)
    walk.flow.opened.append((node, "body"))


def defaults(walk: Walk, node: Node) -> Visit:
    """The default values of parameters: of positional ones first."""
    holders = [node, *node.many("args")]
    for field in ("defaults", "kw_defaults"):
        for holder in holders:
            yield from each(walk, value, holder.many(field))


def _comprehension(walk: Walk, node: Node) -> Visit:
    """Only the first iterable belongs to the scope around."""
    first = node.one("iter") or node.many("generators")[0].only("iter")
    yield value(walk, first)
    if node.kind != "GeneratorExp" and is_asynchronous(node):
        walk.suspend(node, "await")
    else:
        walk.emit(node)
    walk.flow.opened.append((node, "body"))


def is_asynchronous(comprehension: Node) -> bool:
    """Whether a comprehension waits for something."""
    parts = [part for part in comprehension.children if part.field != "iter"]
    while parts:
        part = parts.pop()
        if part.kind == "Await" or (part.kind == "comprehension" and part.value == "1"):
            return True
        if part.kind not in ("Lambda", "GeneratorExp"):
            parts += part.children
    return False


def _yield(walk: Walk, node: Node) -> Visit:
    yield from each(walk, value, node.children)
    walk.suspend(node, "await" if node.kind == "Await" else "yield")


def _tell(walk: Walk, node: Node) -> None:
    """Note on the ways behind an expression whether it is true, where the compiler knows it."""
    known = known_truth(node)
    if known is not None:
        walk.ways = [way._replace(truth=known) for way in walk.ways]


def _divided(ways: list[Way], truth: bool) -> list[Way]:
    """The ways on which the value that they carry is, or may be, of this truth."""
    kind = "true" if truth else "false"
    return [
        way if way.kind in ("true", "false") else way._replace(kind=kind, truth=truth)
        for way in ways
        if way.truth in (None, truth)
    ]


def _test_value(walk: Walk, node: Node) -> Visit:
    yield value(walk, node)
    _tell(walk, node)
    walk.outcomes = _divided(walk.ways, True), _divided(walk.ways, False)
    walk.ways = []


def _test_not(walk: Walk, node: Node) -> Visit:
    yield test(walk, node.only("operand"))
    true, false = walk.outcomes
    walk.outcomes = false, true


def _test_operands(walk: Walk, node: Node) -> Visit:
    is_or = node.ctx == "Or"
    decided: list[Way] = []
    going_on = walk.ways
    for operand in node.children:
        walk.ways = going_on
        yield test(walk, operand)
        ending, going_on = walk.outcomes if is_or else reversed(walk.outcomes)
        decided += ending
    walk.outcomes = (decided, going_on) if is_or else (going_on, decided)
    walk.ways = []


def _test_choice(walk: Walk, node: Node) -> Visit:
    yield test(walk, node.only("test"))
    chosen, other = walk.outcomes
    walk.ways = chosen
    yield test(walk, node.only("body"))
    true, false = walk.outcomes
    walk.ways = other
    yield test(walk, node.only("orelse"))
    walk.outcomes = true + walk.outcomes[0], false + walk.outcomes[1]


_TESTS: Mapping[str, Visitor] = {"BoolOp": _test_operands, "IfExp": _test_choice}

_VISITORS: Mapping[str, Visitor] = {
    "NamedExpr": _named,
    "BoolOp": _boolean,
    "IfExp": _choice,
    "Compare": _compare,
    "Dict": _dict,
    "List": _sequence,
    "Tuple": _sequence,
    "Starred": _starred,
    "Call": _call,
    "Lambda": _lambda,
    "ListComp": _comprehension,
    "SetComp": _comprehension,
    "DictComp": _comprehension,
    "GeneratorExp": _comprehension,
    "Yield": _yield,
    "YieldFrom": _yield,
    "Await": _yield,
}
