"""Returns that carry the position of what was compiled before them."""

from __future__ import annotations

import numpy as np

from pipeline_assets.normalize.anchoring.code import Code
from pipeline_assets.normalize.anchoring.columns import Bool, Rows
from pipeline_assets.normalize.anchoring.kinds import FUNCTIONS, HANDLING, WITHS
from pipeline_assets.normalize.anchoring.state import Anchors
from pipeline_assets.normalize.anchoring.values import is_value

_PREFIXES = ("RETURN_", "RAISE_", "RERAISE", "JUMP_")


def correct_returns(anchors: Anchors) -> Rows:
    """Anchor what returns to the `return` statement or, without one, to what the unit runs; the rows it decides."""
    rows, is_none = _returning(anchors)
    found = anchors.syntax.is_kind(anchors.nodes[rows], {"Return"})
    rows, is_none = rows[~found], is_none[~found]
    statements = np.full(len(rows), -1)
    inside = np.flatnonzero(anchors.syntax.is_kind(anchors.owners[rows], FUNCTIONS))
    statements[inside] = _left_statements(anchors, rows[inside], is_none[inside])
    explicit = statements >= 0
    anchors.put(rows[explicit], statements[explicit], "explicit_return")
    anchors.put(rows[~explicit], anchors.owners[rows[~explicit]], "implicit_return")
    return rows


def _returning(anchors: Anchors) -> tuple[Rows, Bool]:
    """Instructions that return, or load a constant for that alone, and whether they return None."""
    code = anchors.code
    returns = code.opcodes.rows({"RETURN_VALUE", "RETURN_CONST"})
    loads = _constants_of(code, returns)
    loads = loads[~_is_literal(anchors, loads)]
    rows = np.concatenate((returns, loads))
    rows = rows[anchors.nodes[rows] >= 0]
    values = rows.copy()
    plain = np.flatnonzero(code.opcodes.among(rows, {"RETURN_VALUE"}))
    loaded = code.continues[rows[plain]] & code.opcodes.among(rows[plain] - 1, {"LOAD_CONST"})
    values[plain] = np.where(loaded, rows[plain] - 1, rows[plain])
    return rows, is_value(code, values, "None")


def _constants_of(code: Code, returns: Rows) -> Rows:
    """The constants loaded right before they are returned, at the same position."""
    plain = returns[code.opcodes.among(returns, {"RETURN_VALUE"})]
    loads = plain[code.continues[plain]] - 1
    return loads[code.opcodes.among(loads, {"LOAD_CONST"})]


def _is_literal(anchors: Anchors, rows: Rows) -> Bool:
    """Whether a constant is the very literal at its position, which is more than a statement."""
    syntax, code, nodes = anchors.syntax, anchors.code, anchors.nodes[rows]
    is_part = syntax.is_kind(nodes, {"Constant"}) & ~syntax.is_kind(syntax.above(nodes), {"Expr"})
    at = np.flatnonzero(is_part)
    literals = syntax.literals.take(nodes[at]).to_pylist()
    values = code.values.take(rows[at]).to_pylist()
    is_part[at] = [(literal == "None") == (value == "None") for literal, value in zip(literals, values, strict=True)]
    return is_part


def _left_statements(anchors: Anchors, rows: Rows, is_none: Bool) -> Rows:
    """The `return` statement that each row completes; -1 for the end of the body.

    A `return` that leaves a with, a finally or a handler has the position of what is executed on the way. It is found
    by going back: past anything for a value, but for None, which may as well be the end of the body, only past code
    that unwinds.
    """
    syntax, code = anchors.syntax, anchors.code
    stops = code.opcodes.table(lambda name: name.startswith(_PREFIXES))
    found = _return_at(anchors, rows)
    reached = rows.copy()
    going = np.flatnonzero(found < 0)
    while len(going):
        reached[going] -= 1
        going = going[reached[going] >= code.firsts[rows[going]]]
        going = going[~(is_none[going] & stops[code.opcodes.codes[reached[going]]])]
        found[going] = _return_at(anchors, reached[going])
        going = going[found[going] < 0]
        going = going[~is_none[going] | _unwinds(anchors, reached[going])]
    return np.where(syntax.is_kind(found, {"Return"}), found, -1)


def _return_at(anchors: Anchors, rows: Rows) -> Rows:
    """The `return` statement that each row's node is part of; -1 for none."""
    statements = anchors.syntax.statement(anchors.nodes[rows])
    return np.where(anchors.syntax.is_kind(statements, {"Return"}), statements, -1)


def _unwinds(anchors: Anchors, rows: Rows) -> Bool:
    """Whether an instruction is part of leaving a with, a finally or a handler."""
    syntax, nodes = anchors.syntax, anchors.nodes[rows]
    unwinds = (nodes < 0) | anchors.code.opcodes.among(rows, HANDLING) | syntax.is_kind(nodes, WITHS)
    left = np.flatnonzero(~unwinds)
    unwinds[left] = syntax.nearest_below(nodes[left], {"context_expr", "finalbody"}) >= 0
    return unwinds
