"""The second names of fused instructions (3.13), which have the position of the first."""

from __future__ import annotations

import numpy as np

from pipeline_assets.normalize.anchoring.columns import Bool, Rows
from pipeline_assets.normalize.anchoring.evaluation import evaluation_ranks
from pipeline_assets.normalize.anchoring.kinds import FUSED, PATTERNS
from pipeline_assets.normalize.anchoring.owners import captures
from pipeline_assets.normalize.anchoring.state import Anchors
from pipeline_assets.normalize.anchoring.values import is_spelled

Second = tuple[Rows, Rows, Bool]
"""Fused instructions, the nodes of their second names, and whether these are guesses."""


def second_names(anchors: Anchors) -> Second:
    """The next name in order of evaluation; where that is another, the equal one nearest to what follows.

    Instructions are fused on one line only, so after a body what follows may be the test of its loop. What is no name
    itself, such as a function that stores its closure, loads both for its own use.
    """
    rows = anchors.code.opcodes.rows(FUSED)
    rows = rows[anchors.nodes[rows] >= 0]
    if not len(rows):
        return rows, rows.copy(), np.zeros(0, np.bool_)
    names = _Names(anchors)
    wanted = [value.partition(", ")[2] for value in anchors.code.values.take(rows).to_pylist()]
    following = np.minimum(rows + 1, len(anchors.code) - 1)
    stores = anchors.code.opcodes.among(rows, {"STORE_FAST_STORE_FAST"})
    aims = np.where(stores, anchors.nodes[rows], anchors.nodes[following])
    found = [
        names.find(int(row), name, int(aim), stores=bool(is_store))
        for row, name, aim, is_store in zip(rows, wanted, aims, stores, strict=True)
    ]
    return rows, np.array([node for node, _ in found]), np.array([guess for _, guess in found])


class _Names:
    """The nodes that name variables, in order of evaluation."""

    def __init__(self, anchors: Anchors) -> None:
        self.anchors = anchors
        syntax = anchors.syntax
        nodes = syntax.kinds.rows(PATTERNS | {"Name"})
        nodes = nodes[anchors.evaluating[nodes] >= 0]
        self.ranks = evaluation_ranks(syntax)
        units = anchors.evaluating[nodes]
        order = np.lexsort((self.ranks[nodes], units))
        self.nodes, self.units = nodes[order], units[order]
        self.order = self.ranks[self.nodes]

    def find(self, row: int, name: str, aim: int, *, stores: bool) -> tuple[int, bool]:
        """The node of the second name that an instruction works on, and whether it is a guess."""
        unit, first = int(self.anchors.code.units[row]), int(self.anchors.nodes[row])
        line = int(self.anchors.code.lines[row])
        start, end = np.searchsorted(self.units, [unit, unit + 1]).tolist()
        at = start + int(np.searchsorted(self.order[start:end], self.ranks[first]))
        if at == end or self.nodes[at] != first:
            return first, False
        lines = self.anchors.syntax.lines
        following = at + 1
        if (
            following < end
            and lines[self.nodes[following]] == line
            and self._is_named(self.nodes[following], name, stores)
        ):
            return int(self.nodes[following]), False
        near = self.nodes[start:end][lines[self.nodes[start:end]] == line]
        equal = [int(n) for n in near if n != first and self._is_named(n, name, stores)]
        goal = self.ranks[max(aim, 0)]
        return min(equal, key=lambda n: abs(int(self.ranks[n] - goal)), default=first), True

    def _is_named(self, node: int, name: str, stores: bool) -> bool:
        """Whether a node has the name, and is a target if the name is stored; a target may be read too (`x += 1`)."""
        syntax = self.anchors.syntax
        if syntax.kinds.words[syntax.kinds.codes[node]] in PATTERNS:
            return captures(self.anchors, int(node), name)
        if stores and syntax.operators.words[syntax.operators.codes[node]] != "Store":
            return False
        return is_spelled(syntax.names[int(node)].as_py(), name)
