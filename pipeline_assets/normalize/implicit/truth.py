"""Where a value is asked whether it is true."""

from __future__ import annotations

import numpy as np

from pipeline_assets.normalize.implicit.calls import Calls
from pipeline_assets.normalize.implicit.operators import TRUTH
from pipeline_assets.normalize.implicit.trees import BUILT, Bool, Rows, Trees

BOOLEAN = ("Is", "IsNot", "In", "NotIn")
"""Comparisons whose result is a bool whatever the operands are."""


def add_truth_tests(calls: Calls, constant: Bool) -> None:
    """Add every test of a value; bools and the interpreter's own objects are not asked by any method.

    `and` and `or` hand on the value that decides, so what tests their result tests their last operand only, and what
    tests a conditional expression one of its two values.
    """
    trees = calls.trees
    site, tested = _deciding(trees, *_tested(trees))
    asked = ~constant[tested] & ~trees.is_kind(tested, *BUILT) & ~_is_bool(trees, tested)
    site, tested = site[asked], tested[asked]
    calls.add("truth", TRUTH, site, operand=tested, at=tested, order=tested)


def _deciding(trees: Trees, site: Rows, tested: Rows) -> tuple[Rows, Rows]:
    """The expressions whose values are asked when the value of `tested` is."""
    last = trees.last_child(trees.held_by("values"))
    found = [(site[:0], tested[:0])]
    while len(tested):
        is_operator, is_choice = trees.is_kind(tested, "BoolOp"), trees.is_kind(tested, "IfExp")
        is_plain = ~is_operator & ~is_choice
        found.append((site[is_plain], tested[is_plain]))
        body = trees.after(tested[is_choice] + 1)
        site = np.concatenate((site[is_operator], site[is_choice], site[is_choice]))
        tested = np.concatenate((last[tested[is_operator]], body, trees.after(body)))
    sites, leaves = zip(*found, strict=True)
    return np.concatenate(sites), np.concatenate(leaves)


def _tested(trees: Trees) -> tuple[Rows, Rows]:
    """What tests, and the expression whose value it tests."""
    tests = trees.held_by("test", "ifs", "guard")
    negated = trees.of_kind("UnaryOp")
    negated = negated[trees.has_ctx(negated, "Not")] + 1
    values = trees.held_by("values")
    values = values[trees.is_kind(trees.parent[values], "BoolOp")]
    is_last = trees.last_child(values)[trees.parent[values]] == values
    tested = np.concatenate((tests, negated, values[~is_last]))
    return trees.parent[tested], tested


def _is_bool(trees: Trees, rows: Rows) -> Bool:
    negated = trees.is_kind(rows, "UnaryOp") & trees.has_ctx(rows, "Not")
    last = np.array([*(name.rpartition(",")[2] in BOOLEAN for name in trees.ctx.names), False])
    compared: Bool = trees.is_kind(rows, "Compare") & last[trees.ctx.codes[rows]]
    return negated | compared
