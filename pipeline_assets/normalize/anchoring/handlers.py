"""Leaving a handler inherits the position of the statement that leaves it."""

from __future__ import annotations

import numpy as np

from pipeline_assets.normalize.anchoring.columns import Rows
from pipeline_assets.normalize.anchoring.kinds import COMPREHENSIONS, HANDLING, TRIES, WITHS
from pipeline_assets.normalize.anchoring.state import Anchors
from pipeline_assets.normalize.anchoring.values import is_spelled, is_value, same_place

_HANDLERS = WITHS | TRIES | COMPREHENSIONS | {"ExceptHandler"}


def handler(anchors: Anchors) -> tuple[Rows, Rows]:
    """What leaves a handler, `e = None; del e` included, belongs to the handler."""
    syntax = anchors.syntax
    leaving = anchors.code.opcodes.rows(HANDLING)
    nodes = anchors.nodes[leaving]
    moved = (nodes >= 0) & ~syntax.is_kind(nodes, _HANDLERS)
    leaving, nodes = leaving[moved], nodes[moved]
    clearing, clearers = _clearing(anchors)
    return np.concatenate((leaving, clearing)), np.concatenate((syntax.nearest(nodes, _HANDLERS), clearers))


def _clearing(anchors: Anchors) -> tuple[Rows, Rows]:
    """`LOAD_CONST None, STORE e, DELETE e` at one position, and the enclosing handler that binds `e`."""
    code = anchors.code
    deletes = code.opcodes.rows(lambda name: name.startswith("DELETE_"))
    starts = deletes[deletes >= 2] - 2
    starts = starts[code.opcodes.among(starts, {"LOAD_CONST"}) & same_place(code, starts, 2)]
    stores = code.opcodes.table(lambda name: name.startswith("STORE_"))
    starts = starts[stores[code.opcodes.codes[starts + 1]] & is_value(code, starts, "None")]
    starts = starts[anchors.nodes[starts] >= 0]
    starts = starts[~anchors.syntax.is_kind(anchors.nodes[starts], {"ExceptHandler"})]
    names = code.values.take(starts + 1).to_pylist()
    nodes = [_binder(anchors, int(anchors.nodes[at]), name) for at, name in zip(starts, names, strict=True)]
    rows = np.concatenate((starts, starts + 1, starts + 2))
    return rows, np.tile(np.array(nodes, np.int64), 3)


def _binder(anchors: Anchors, node: int, name: str) -> int:
    """The innermost handler around a node that binds this variable, -1 for none."""
    syntax = anchors.syntax
    while node >= 0:
        node = int(syntax.nearest(np.array([node]), {"ExceptHandler"})[0])
        if node < 0 or is_spelled(syntax.names[node].as_py() or "", name):
            return node
        node = int(syntax.parents[node])
    return -1
