"""`"..." % (a, b)` compiled as a formatted string."""

from __future__ import annotations

import numpy as np

from pipeline_assets.normalize.anchoring.columns import Bool, Rows
from pipeline_assets.normalize.anchoring.kinds import EXPRESSIONS, FORMATTING
from pipeline_assets.normalize.anchoring.state import Anchors
from pipeline_assets.normalize.anchoring.syntax import Syntax

_FOLDED = frozenset({"Tuple", "List", "Set", "BinOp", "UnaryOp", "Subscript", "Dict", "JoinedStr", "Compare"})
"""Expressions that are literals if their parts are."""


def percent_format(anchors: Anchors) -> tuple[Rows, Rows]:
    """The pieces of such a string carry the position of what was compiled before, even in another statement's part."""
    syntax, opcodes = anchors.syntax, anchors.code.opcodes
    formats = percent_formats(syntax)
    inside = _inside(syntax, formats)
    rows = opcodes.rows(FORMATTING | {"LOAD_CONST"})
    rows = rows[anchors.nodes[rows] > 0]  # nothing of a module's own is a piece
    following = np.where(rows + 1 < len(anchors.code), anchors.nodes[np.minimum(rows + 1, len(anchors.code) - 1)], -1)
    near = inside[anchors.nodes[rows]] | (inside[following] & (following >= 0))
    rows, following = rows[near], following[near]
    pieces = opcodes.among(rows, FORMATTING) | _is_piece(anchors, rows)
    rows, following = rows[pieces], following[pieces]
    return rows, _formats_of(anchors, rows, following, formats)


def percent_formats(syntax: Syntax) -> Bool:
    """Which nodes are `"literal" % ...`."""
    found = np.flatnonzero(syntax.kinds.mask({"BinOp"}))
    found = found[syntax.operators.among(found, {"Mod"})]
    lefts = found + 1
    is_text = syntax.is_text[lefts]
    for at in np.flatnonzero(~is_text & syntax.is_kind(lefts, _FOLDED)).tolist():
        is_text[at] = _is_literal_text(syntax, np.arange(lefts[at], syntax.ends[lefts[at]]))
    formats = np.zeros(len(syntax), np.bool_)
    formats[found[is_text]] = True
    return formats


def _is_literal_text(syntax: Syntax, nodes: Rows) -> bool:
    """Whether an expression is made of literals only, a string among them."""
    leaves = nodes[syntax.is_kind(nodes, EXPRESSIONS) & ~syntax.is_kind(nodes, _FOLDED | {"Slice"})]
    return bool(syntax.is_kind(leaves, {"Constant"}).all() and syntax.is_text[leaves].any())


def _inside(syntax: Syntax, formats: Bool) -> Bool:
    """Which nodes are such a format, or part of one."""
    depth = np.zeros(len(syntax) + 1, np.int64)
    found = np.flatnonzero(formats)
    np.add.at(depth, found, 1)
    np.add.at(depth, syntax.ends[found], -1)
    inside: Bool = np.cumsum(depth[:-1]) > 0
    return inside


def _is_piece(anchors: Anchors, rows: Rows) -> Bool:
    """Whether the constant is a string, but not the one written at its position."""
    syntax, nodes = anchors.syntax, anchors.nodes[rows]
    values = anchors.code.values.take(rows).to_pylist()
    literals = syntax.literals.take(nodes).to_pylist()
    is_constant = syntax.is_kind(nodes, {"Constant"}).tolist()
    loads = anchors.code.opcodes.among(rows, {"LOAD_CONST"}).tolist()
    return np.array(
        [
            is_load and value[:1] in "'\"" and not (is_written and literal[: len(value)] == value)
            for is_load, value, is_written, literal in zip(loads, values, is_constant, literals, strict=True)
        ],
        np.bool_,
    )


def _formats_of(anchors: Anchors, rows: Rows, following: Rows, formats: Bool) -> Rows:
    """The format that each piece belongs to: that of its operand, or that of the next instruction."""
    syntax, nodes = anchors.syntax, anchors.nodes[rows]
    holders = syntax.above(nodes)
    holders = np.where(syntax.is_kind(holders, {"Tuple"}), syntax.above(holders), holders)
    own = np.where((holders >= 0) & formats[holders], holders, -1)
    other = (own < 0) & ~syntax.is_field(nodes, {"annotation", "returns"}) & ~_names_keyword(anchors, rows)
    own[other] = syntax.marked(following[other], formats)
    return own


def _names_keyword(anchors: Anchors, rows: Rows) -> Bool:
    """Whether the constant is the name of a keyword of the call at its position."""
    syntax = anchors.syntax
    found = syntax.is_kind(anchors.nodes[rows], {"Call"})
    for at in np.flatnonzero(found).tolist():
        node, value = int(anchors.nodes[rows[at]]), anchors.code.values[int(rows[at])].as_py()
        inside = np.arange(node + 1, syntax.ends[node])
        keywords = inside[syntax.is_field(inside, {"keywords"}) & (syntax.parents[inside] == node)]
        found[at] = value is not None and any(
            repr(name) == value for name in syntax.names.take(keywords).to_pylist() if name
        )
    return found
