"""Operations that carry a neighbour's position, moved to the node that they belong to.

The compiler emits some operations without a position, so that they inherit the one before, and gives others that of a
part. They look like perfect hits: only what the operation is tells that it is not the node's own. Rules are tried in
order; each sees the node at the position, and the first that applies decides.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from pipeline_assets.normalize.anchoring.columns import Bool, Rows
from pipeline_assets.normalize.anchoring.formatting import percent_format
from pipeline_assets.normalize.anchoring.handlers import handler
from pipeline_assets.normalize.anchoring.kinds import (
    CALLING,
    COLLECTING,
    COMPARING,
    COMPREHENSIONS,
    ENTERING,
    EPILOGUE,
    EXPRESSIONS,
    FLOWING,
    ITERATING,
    JUMPING,
    LOOPS,
    PATTERNS,
    SUSPENDING,
    SUSPENSIONS,
    WAITING,
    WITHS,
)
from pipeline_assets.normalize.anchoring.returns import correct_returns
from pipeline_assets.normalize.anchoring.state import Anchors
from pipeline_assets.normalize.anchoring.values import first_names, is_spelled, is_value, same_place

Found = tuple[Rows, Rows]
"""Instructions and the nodes that they belong to, -1 where the rule does not apply."""


def correct_owners(anchors: Anchors) -> None:
    """Move operations that carry a neighbour's position to the node they belong to."""
    decided = np.zeros(len(anchors.code), np.bool_)
    decided[correct_returns(anchors)] = True
    found = [(rule.__name__, *rule(anchors)) for rule in _RULES]
    for name, rows, nodes in found:
        applies = (nodes >= 0) & ~decided[rows]
        anchors.put(rows[applies], nodes[applies], name)
        decided[rows[applies]] = True


def class_epilogue(anchors: Anchors) -> Found:
    """The stores that end a class body, and the loads before them, inherit its last statement's position."""
    code = anchors.code
    stores = code.opcodes.rows(lambda name: name.startswith("STORE_"))
    stores = stores[anchors.syntax.is_kind(anchors.owners[stores], {"ClassDef"})]
    stores = stores[is_value(code, stores, *EPILOGUE)]
    loads = code.opcodes.table(lambda name: name.startswith(("LOAD_CLOSURE", "LOAD_FAST", "LOAD_CONST", "COPY")))
    rows, before = [stores], stores
    for _ in range(2):
        before = before[code.continues[before]] - 1
        before = before[loads[code.opcodes.codes[before]]]
        rows.append(before)
    all_rows = np.concatenate(rows)
    return all_rows, np.where(_is_written(anchors, all_rows), -1, anchors.owners[all_rows])


def _is_written(anchors: Anchors, rows: Rows) -> Bool:
    """Whether a row stands at one of the epilogue's names, written out in the source."""
    nodes = anchors.nodes[rows]
    written = anchors.syntax.is_kind(nodes, {"Name"})
    at = np.flatnonzero(written)
    written[at] = [name in EPILOGUE for name in anchors.syntax.names.take(nodes[at]).to_pylist()]
    return written | (nodes < 0)


def with_item(anchors: Anchors) -> Found:
    """From 3.13 entering and leaving carry the context expression's position: the with statement is meant."""
    syntax, opcodes = anchors.syntax, anchors.code.opcodes
    rows = np.flatnonzero(syntax.fields.mask({"context_expr"})[anchors.nodes] & (anchors.nodes >= 0))
    nodes = anchors.nodes[rows]
    waits = opcodes.among(rows, {"GET_AWAITABLE"}) & (anchors.code.arguments[rows] > 0)
    nothing = opcodes.among(rows, {"LOAD_CONST"}) & is_value(anchors.code, rows, "None")
    tests = opcodes.table(lambda name: name in ("POP_TOP", "TO_BOOL", "NOP") or name.startswith(("POP_JUMP", "JUMP")))
    applies = opcodes.among(rows, ENTERING) | waits
    applies |= nothing & ~syntax.is_kind(nodes, {"Constant"})
    applies |= opcodes.among(rows, SUSPENDING) & ~syntax.is_kind(nodes, SUSPENSIONS)
    applies |= tests[opcodes.codes[rows]] & ~syntax.is_kind(nodes, {"BoolOp", "IfExp", "Compare"})
    applies |= opcodes.among(rows, CALLING) & _calls_with_nothing(anchors, rows)
    return rows[applies], syntax.nearest(nodes[applies], WITHS)


def _calls_with_nothing(anchors: Anchors, rows: Rows) -> Bool:
    """Whether the call is `__exit__(None, None, None)`: three constants at the call's own position."""
    code = anchors.code
    calls = rows - (code.opcodes.among(rows, {"CALL"}) & code.opcodes.among(rows - 1, {"PRECALL"}))
    found = same_place(code, calls - 3, 3) & (calls - 3 >= 0)
    for step in (1, 2, 3):
        found &= code.opcodes.among(calls - step, {"LOAD_CONST"})
    return found


def loop(anchors: Anchors) -> Found:
    """From 3.13 iteration carries the iterable's position; 3.11 ends asynchronous comprehensions elsewhere."""
    syntax = anchors.syntax
    rows = anchors.code.opcodes.rows(ITERATING)
    nodes = anchors.nodes[rows]
    is_iterable = syntax.is_field(nodes, {"iter"})
    seeking = is_iterable | ~syntax.is_kind(nodes, LOOPS)
    rows, nodes, is_iterable = rows[seeking], nodes[seeking], is_iterable[seeking]
    loops = syntax.nearest(np.where(is_iterable, syntax.above(nodes), nodes), LOOPS)
    return _with_waits(anchors, rows, loops)


def _with_waits(anchors: Anchors, rows: Rows, loops: Rows) -> Found:
    """Waiting for the next item is the loop's work too, if that has the same wrong position."""
    code = anchors.code
    waits = code.opcodes.among(rows, {"GET_ANEXT"})
    found, nodes = [rows], [loops]
    rows, loops = rows[waits], loops[waits]
    while len(rows):
        follows = rows + 1 < len(code)
        rows, loops = rows[follows] + 1, loops[follows]
        waits = code.continues[rows] & code.opcodes.among(rows, WAITING)
        rows, loops = rows[waits], loops[waits]
        found.append(rows)
        nodes.append(loops)
    return np.concatenate(found), np.concatenate(nodes)


def element(anchors: Anchors) -> Found:
    """What a comprehension does with an element has the element's position from 3.12: adding it, or yielding it."""
    syntax, code = anchors.syntax, anchors.code
    adds = code.opcodes.rows(COLLECTING)
    yields = code.opcodes.rows({"YIELD_VALUE"})
    yields = yields[~code.opcodes.among(yields - 1, {"SEND"})]
    after = [yields + 1, yields + 2]
    wraps = yields - 1
    rows = np.concatenate((adds, yields, *(rows[rows < len(code)] for rows in after), wraps))
    expected = COLLECTING | {"YIELD_VALUE", "RESUME", "POP_TOP", "CALL_INTRINSIC_1", "ASYNC_GEN_WRAP"}
    rows = rows[code.opcodes.among(rows, expected)]
    nodes = anchors.nodes[rows]
    holders = syntax.above(nodes)
    applies = syntax.is_field(nodes, {"elt", "key", "value"}) & syntax.is_kind(holders, COMPREHENSIONS)
    return rows, np.where(applies, holders, -1)


def negation(anchors: Anchors) -> Found:
    """`not a == b` is compiled as one comparison at the position of the `not` (3.13)."""
    syntax = anchors.syntax
    rows = anchors.code.opcodes.rows(COMPARING)
    rows = rows[syntax.is_kind(anchors.nodes[rows], {"UnaryOp"})]
    operands = anchors.nodes[rows] + 1
    return rows, np.where(syntax.is_kind(operands, {"Compare"}), operands, -1)


def assertion(anchors: Anchors) -> Found:
    """3.11, and 3.13 in part, raise the assertion at the test's position."""
    syntax, opcodes = anchors.syntax, anchors.code.opcodes
    rows = opcodes.rows(CALLING | {"LOAD_ASSERTION_ERROR", "RAISE_VARARGS"})
    nodes = anchors.nodes[rows]
    calls = opcodes.among(rows, CALLING)
    applies = syntax.is_kind(nodes, EXPRESSIONS)
    applies &= ~calls | (~syntax.is_kind(nodes, {"Call"}) & _follows_assertion(anchors, rows))
    rows, nodes = rows[applies], nodes[applies]
    return rows, syntax.nearest(nodes, {"Assert"})


def _follows_assertion(anchors: Anchors, rows: Rows) -> Bool:
    """Whether `LOAD_ASSERTION_ERROR` came before, and nothing has been raised since."""
    code = anchors.code
    marks = code.opcodes.rows({"LOAD_ASSERTION_ERROR", "RAISE_VARARGS"})
    last = np.append(marks, -1)[np.searchsorted(marks, rows) - 1]
    return code.opcodes.among(last, {"LOAD_ASSERTION_ERROR"}) & (last >= code.firsts[rows])


def decorator(anchors: Anchors) -> Found:
    """Applying a decorator is a call at its position, after something outside of it; it stays at the decorator."""
    code, syntax = anchors.code, anchors.syntax
    rows = code.opcodes.rows(CALLING)
    rows = rows[syntax.is_field(anchors.nodes[rows], {"decorator_list"})]
    nodes = anchors.nodes[rows]
    before = rows - 1 - code.opcodes.among(rows - 1, {"PRECALL"})
    inside = (code.starts[before] >= syntax.starts[nodes]) & (code.stops[before] <= syntax.stops[nodes])
    return rows, np.where(inside, -1, nodes)


def capture(anchors: Anchors) -> Found:
    """Names captured by a pattern are stored together, at the position of the whole pattern or of its last part."""
    syntax, code = anchors.syntax, anchors.code
    rows = code.opcodes.rows(lambda name: name.startswith("STORE_"))
    rows = rows[syntax.is_kind(anchors.nodes[rows], PATTERNS)]
    names = first_names(code.values.take(rows))
    found = [_captor(anchors, node, name) for node, name in zip(anchors.nodes[rows].tolist(), names, strict=True)]
    return rows, np.array(found, np.int64)


def _captor(anchors: Anchors, node: int, name: str) -> int:
    """The pattern of the same case that captures a name, -1 if that is the node itself."""
    syntax = anchors.syntax
    if captures(anchors, node, name):
        return -1
    case = int(syntax.nearest(np.array([node]), {"match_case"})[0])
    inside = np.arange(case + 1, syntax.ends[case])
    patterns = inside[syntax.is_kind(inside, PATTERNS)].tolist()
    return next((pattern for pattern in patterns if captures(anchors, pattern, name)), -1)


def captures(anchors: Anchors, pattern: int, name: str) -> bool:
    """Whether a pattern itself binds this variable."""
    syntax = anchors.syntax
    kind = syntax.kinds.words[int(syntax.kinds.codes[pattern])]
    if kind in ("MatchAs", "MatchStar"):
        return is_spelled(syntax.names[pattern].as_py() or "", name)
    return kind == "MatchMapping" and is_spelled(syntax.aliases[pattern].as_py() or "", name)


def type_alias(anchors: Anchors) -> Found:
    """The name of a type alias is stored at the position of the statement."""
    syntax = anchors.syntax
    rows = anchors.code.opcodes.rows(lambda name: name.startswith("STORE_"))
    rows = rows[syntax.is_kind(anchors.nodes[rows], {"TypeAlias"})]
    return rows, np.where(anchors.nodes[rows] != anchors.owners[rows], anchors.nodes[rows] + 1, -1)


def flow(anchors: Anchors) -> Found:
    """A jump without a position inherits its predecessor's: it leaves that node and computes nothing."""
    rows = anchors.code.opcodes.rows(FLOWING)
    nodes = anchors.nodes[rows]
    return rows, np.where(anchors.syntax.is_kind(nodes, JUMPING), -1, nodes)


_RULES: tuple[Callable[[Anchors], Found], ...] = (
    *(
        class_epilogue,
        with_item,
        loop,
        element,
        percent_format,
        negation,
        assertion,
        decorator,
        handler,
        capture,
        type_alias,
    ),
    flow,
)
