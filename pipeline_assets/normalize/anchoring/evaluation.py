"""The order in which nodes are evaluated, which is not that of the source for all."""

from __future__ import annotations

import numpy as np

from pipeline_assets.normalize.anchoring.columns import Rows
from pipeline_assets.normalize.anchoring.syntax import Syntax

_FIRST = {"Assign": "value", "AnnAssign": "value", "NamedExpr": "value", "For": "iter", "AsyncFor": "iter"}
_FIRST |= {"AugAssign": "target", "comprehension": "iter", "IfExp": "test"}
"""Fields that are evaluated before those written before them."""


def evaluation_ranks(syntax: Syntax) -> Rows:
    """The place of each node when parents come before children and children in the order of their evaluation.

    Whole subtrees change places, so a node moves by the sum of what those above it and it itself are moved.
    """
    moved = np.zeros(len(syntax) + 1, np.int64)
    for first, behind in (*_leading_fields(syntax), _generators(syntax)):
        # the part moves before its earlier siblings, and these behind it
        starts = syntax.parents[first] + 1
        _move(moved, first, behind, starts - first)
        _move(moved, starts, first, behind - first)
    _interleave_pairs(syntax, moved)
    ranks: Rows = np.arange(len(syntax)) + np.cumsum(moved[:-1])
    return ranks


def _move(moved: Rows, starts: Rows, ends: Rows, distances: Rows) -> None:
    np.add.at(moved, starts, distances)
    np.add.at(moved, ends, -distances)


def _leading_fields(syntax: Syntax) -> list[tuple[Rows, Rows]]:
    """Starts and ends of subtrees that are evaluated first."""
    found = []
    for kind, field in _FIRST.items():
        nodes = syntax.fields.rows({field})
        nodes = nodes[syntax.is_kind(syntax.parents[nodes], {kind})]
        nodes = nodes[syntax.parents[nodes] + 1 != nodes]
        found.append((nodes, syntax.ends[nodes]))
    return found


def _generators(syntax: Syntax) -> tuple[Rows, Rows]:
    """The generators of each comprehension, which come before its element."""
    nodes = syntax.fields.rows({"generators"})
    first = nodes[syntax.ordinals[nodes] == 0]
    return first, syntax.ends[syntax.parents[first]]


def _interleave_pairs(syntax: Syntax, moved: Rows) -> None:
    """A dictionary's keys and values alternate, though the tree lists all keys first."""
    parts = syntax.fields.rows({"keys", "values"})
    parts = parts[syntax.is_kind(syntax.parents[parts], {"Dict"})]
    order = np.lexsort((syntax.is_field(parts, {"values"}), syntax.ordinals[parts], syntax.parents[parts]))
    parts = parts[order]
    sizes, dicts = syntax.ends[parts] - parts, syntax.parents[parts]
    before = np.cumsum(sizes) - sizes
    starts = np.flatnonzero(np.diff(dicts, prepend=-1))
    firsts = np.repeat(before[starts], np.diff(np.append(starts, len(parts))))
    _move(moved, parts, syntax.ends[parts], dicts + 1 + before - firsts - parts)
