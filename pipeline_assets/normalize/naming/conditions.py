"""Tests with one answer: constants, the interpreter's version, and `TYPE_CHECKING`.

An answer is a pair: what the test gives when the program runs, and what type checkers take it to give; None is unknown.
Tests of the platform are not answered: a repository is read for every platform.
"""

from __future__ import annotations

import ast
import operator
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline_assets.normalize.naming.lookup import flags_of, ids_of, places

KNOWN_NAMES = ("TYPE_CHECKING", "version_info")
"""Names whose value is known wherever they come from."""

COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "Lt": operator.lt,
    "LtE": operator.le,
    "Gt": operator.gt,
    "GtE": operator.ge,
    "Eq": operator.eq,
    "NotEq": operator.ne,
}


class Answer(NamedTuple):
    """What a test gives: to the running program, to type checkers."""

    running: bool | None
    checking: bool | None

    def negated(self) -> Answer:
        """The answer of `not …`."""
        return Answer(*(None if value is None else not value for value in self))

    def within(self, around: Answer) -> Answer:
        """What is known of a block with this answer inside one with another: only what never runs stays known."""
        return Answer(*(False if False in pair else None for pair in zip(self, around, strict=True)))


UNKNOWN = Answer(None, None)
TYPE_CHECKING = Answer(False, True)


@dataclass(frozen=True, slots=True)
class TestNode:
    """One syntax node of a test."""

    file_id: int
    node_id: int
    parent_id: int
    kind: str
    field: str
    name: str | None
    value: str | None
    ctx: str | None


class Tests:
    """The tests of some files, with the names under which they import what is known."""

    def __init__(self, nodes: Sequence[TestNode], renamed: Mapping[tuple[int, str], str]) -> None:
        self.children: dict[int, list[TestNode]] = {}
        for node in nodes:
            self.children.setdefault(node.parent_id, []).append(node)
        self.renamed = renamed

    def answer(self, node: TestNode) -> Answer:
        """What the test or operand gives."""
        below = self.children.get(node.node_id, [])
        if node.kind == "Constant":
            return _both(bool(ast.literal_eval(node.value or "None")) if node.value != "..." else True)
        if node.kind == "UnaryOp" and node.ctx == "Not":
            return self.answer(below[0]).negated()
        if node.kind == "BoolOp":
            absorbing = node.ctx == "Or"
            return Answer(
                *(_combined(each, absorbing) for each in zip(*(self.answer(part) for part in below), strict=True))
            )
        compare = COMPARISONS.get(node.ctx or "")
        if node.kind == "Compare" and len(below) == 2 and compare:
            return self._comparison(below[0], compare, below[1])
        return TYPE_CHECKING if self._known(node) == "TYPE_CHECKING" else UNKNOWN

    def _comparison(self, left: TestNode, compare: Callable[[Any, Any], bool], right: TestNode) -> Answer:
        first, second = self._value(left), self._value(right)
        if first is None or second is None or isinstance(first, tuple) != isinstance(second, tuple):
            return UNKNOWN
        return _both(_compared(first, second, compare))

    def _value(self, node: TestNode) -> int | tuple[int, ...] | None:
        """A number, a tuple of numbers, or what is known of the version (a tuple that ends in `UNSAID` goes on)."""
        below = self.children.get(node.node_id, [])
        if self._known(node) == "version_info":
            return (*_VERSION, UNSAID)
        if node.kind == "Tuple":
            numbers = [number for child in below if (number := _number(child)) is not None]
            return tuple(numbers) if len(numbers) == len(below) else None
        if node.kind == "Attribute" and node.name in ("major", "minor") and self._is_version(below):
            return _VERSION[node.name == "minor"]
        if node.kind == "Subscript" and self._is_version(below):
            return self._part(below[1])
        return _number(node)

    def _is_version(self, below: Sequence[TestNode]) -> bool:
        return bool(below) and self._known(below[0]) == "version_info"

    def _part(self, index: TestNode) -> int | tuple[int, ...] | None:
        """`version_info[0]` or `[1]`, `version_info[:1]` or `[:2]`."""
        if index.kind != "Slice":
            place = _number(index)
            return _VERSION[place] if place in (0, 1) else None
        parts = self.children.get(index.node_id, [])
        end = _number(parts[0]) if len(parts) == 1 and parts[0].field == "upper" else None
        return _VERSION[:end] if end in (1, 2) else None

    def _known(self, node: TestNode) -> str | None:
        """Which of `KNOWN_NAMES` a name or attribute is, under the name of an import."""
        if node.kind == "Name" and node.name is not None:
            found = self.renamed.get((node.file_id, node.name), node.name)
        elif node.kind == "Attribute":
            found = node.name or ""
        else:
            return None
        return found if found in KNOWN_NAMES else None


_VERSION = (sys.version_info.major, sys.version_info.minor)

UNSAID = -1
"""Stands at the end of a version for the parts that differ between interpreters of one minor version."""


def _both(value: bool | None) -> Answer:
    return Answer(value, value)


def _combined(values: Sequence[bool | None], absorbing: bool) -> bool | None:
    if absorbing in values:
        return absorbing
    return None if None in values else not absorbing


def _number(node: TestNode) -> int | None:
    if node.kind != "Constant" or not (node.value or "").isdecimal():
        return None
    return int(node.value or "")


def _compared(first: Any, second: Any, compare: Callable[[Any, Any], bool]) -> bool | None:
    """Compare two numbers or tuples, as far as what is said of a version decides it."""
    if not isinstance(first, tuple):
        return compare(first, second)
    for one, other in zip(first, second, strict=False):
        if UNSAID in (one, other):
            return None
        if one != other:
            return compare(first, second)
    if UNSAID not in (*first, *second):
        return compare(first, second)
    # Equal so far, and the version, of which more follows, is the greater one.
    return compare(len(first), len(second))


def answerable(nodes: pa.Table, known: Collection[str]) -> pa.Table:
    """Of `nodes`, the tests that hold a known name or a constant, whole; others have no answer."""
    nodes = nodes.take(np.unique(nodes["node_id"].to_numpy(), return_index=True)[1])
    ids, parents = nodes["node_id"].to_numpy(), ids_of(nodes["parent_id"])
    is_leaf = pc.or_(pc.equal(nodes["kind"], "Constant"), pc.is_in(nodes["name"], pa.array(sorted(known))))
    is_test = flags_of(pc.equal(nodes["field"], "test"))
    found = np.zeros(len(ids), bool)
    climbing = np.flatnonzero(flags_of(is_leaf))
    while len(climbing):
        found[climbing] = True
        climbing = places(ids, parents[climbing[~is_test[climbing]]])
        climbing = np.unique(climbing[climbing >= 0])
        climbing = climbing[~found[climbing]]
    # A leaf of something else (a constant in a dictionary) has no test above it; its like are dropped with their roots.
    while len(new := np.flatnonzero(~found & np.isin(parents, ids[found]))):
        found[new] = True
    return nodes.filter(pa.array(found))
