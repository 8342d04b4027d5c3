"""Statements that no instruction belongs to, and why the compiler emitted nothing for them."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from pipeline_assets.normalize.anchoring.columns import Bool, Rows
from pipeline_assets.normalize.anchoring.kinds import FUNCTIONS, STATEMENTS, TRIES
from pipeline_assets.normalize.anchoring.syntax import Syntax

KINDS = (
    *("docstring_or_constant", "pass", "declaration", "annotation", "below_constant_test", "after_jump"),
    *("merged_jump", "other"),
)
_BY_KIND = {"Global": "declaration", "Nonlocal": "declaration"}
_LATE = {"Pass": "pass", "Break": "merged_jump", "Continue": "merged_jump"}
_ENDING = frozenset({"Return", "Raise", "Break", "Continue"})
_BODIES = frozenset({"body", "orelse", "finalbody"})


def silent_statements(syntax: Syntax, anchored: Rows, compiled: Bool) -> Rows:
    """The outermost statements of compiled files below which no node is anchored."""
    marks = np.zeros(len(syntax) + 1, np.int64)
    marks[anchored + 1] = 1
    met = np.cumsum(marks)
    statements = syntax.kinds.rows(STATEMENTS)
    silent = statements[(met[syntax.ends[statements]] == met[statements]) & compiled[statements]]
    ends = np.maximum.accumulate(syntax.ends[silent])
    outermost = np.ones(len(silent), np.bool_)
    outermost[1:] = silent[1:] >= ends[:-1]
    found: Rows = silent[outermost]
    return found


def silence_kinds(syntax: Syntax, statements: Rows) -> list[str]:
    """Why each of these statements has no instruction."""
    paths = Paths(syntax)
    return [paths.kind(node) for node in statements.tolist()]


class Paths:
    """What the syntax alone tells about where control goes."""

    def __init__(self, syntax: Syntax) -> None:
        self._syntax = syntax
        self._ends: dict[int, bool] = {}
        self._first_ends: dict[tuple[int, str], int] = {}

    def kind(self, node: int) -> str:
        """Why a statement has no instruction."""
        word = self._word(node)
        if word in _BY_KIND:
            return _BY_KIND[word]
        if word == "Expr" and self._word(node + 1) == "Constant":
            return "docstring_or_constant"
        if word == "AnnAssign" and not self._held(node, "value"):
            return "annotation"
        if self._follows_end(node):
            return "after_jump"
        if self._below_constant(node):
            return "below_constant_test"
        if word == "Return" and (self._syntax.ends[node] == node + 1 or self._word(node + 1) == "Constant"):
            return "merged_jump"
        return _LATE.get(word, "other")

    def _follows_end(self, node: int) -> bool:
        """Whether an earlier statement of the same list, or of an enclosing one, never completes."""
        while (parent := int(self._syntax.parents[node])) >= 0:
            field = self._field(node)
            word = self._word(node)
            if field == "orelse" and self._word(parent) in TRIES and self._ends_list(parent, "body"):
                return True
            if word in STATEMENTS and self._ordinal(node) > self._first_end(parent, field):
                return True
            if word in FUNCTIONS:
                return False
            node = parent
        return False

    def _first_end(self, parent: int, field: str) -> int:
        """The index in a list of the first statement that never completes."""
        if (parent, field) not in self._first_ends:
            listed = self._held(parent, field)
            found = next((at for at, node in enumerate(listed) if self._never_completes(node)), len(listed))
            self._first_ends[parent, field] = found
        return self._first_ends[parent, field]

    def _ends_list(self, parent: int, field: str) -> bool:
        listed = self._held(parent, field)
        return bool(listed) and self._first_end(parent, field) < len(listed)

    def _never_completes(self, node: int) -> bool:
        if node not in self._ends:
            self._ends[node] = self._ends_path(node)
        return self._ends[node]

    def _ends_path(self, node: int) -> bool:
        word = self._word(node)
        if word == "If":
            return self._ends_list(node, "body") and self._ends_list(node, "orelse")
        if word == "While":
            inside = np.arange(node, self._syntax.ends[node])
            return self._truth(node + 1) is True and not self._syntax.is_kind(inside, {"Break"}).any()
        if word == "Assert":
            return self._truth(node + 1) is False
        if word in TRIES:
            body_ends = self._ends_list(node, "body") or self._ends_list(node, "orelse")
            handlers_end = all(self._ends_list(each, "body") for each in self._held(node, "handlers"))
            return (body_ends and handlers_end) or self._ends_list(node, "finalbody")
        return word in _ENDING

    def _below_constant(self, node: int) -> bool:
        """Whether an enclosing `if`, `while` or `case` has a literal test."""
        while node >= 0:
            tests = self._held(node, "test") or self._held(node, "guard")
            if tests and self._is_constant(tests[0]):
                return True
            node = int(self._syntax.parents[node])
        return False

    def _is_constant(self, test: int) -> bool:
        """A literal, `__debug__`, or a boolean combination that a literal decides."""
        word = self._word(test)
        if word == "BoolOp":
            return any(self._is_constant(value) for value in self._held(test, "values"))
        if word == "UnaryOp":
            return self._is_constant(test + 1)
        return word == "Constant" or (word == "Name" and self._syntax.names[test].as_py() == "__debug__")

    def _truth(self, node: int) -> bool | None:
        """Whether a literal is true; None for what is no literal."""
        if self._word(node) != "Constant":
            return None
        return self._syntax.literals[node].as_py() not in _FALSE

    def _held(self, parent: int, field: str) -> list[int]:
        """The children that a field holds."""
        return [child for child in self._children(parent) if self._field(child) == field]

    def _children(self, parent: int) -> list[int]:
        found, child = [], parent + 1
        while child < self._syntax.ends[parent]:
            found.append(child)
            child = int(self._syntax.ends[child])
        return found

    def _ordinal(self, node: int) -> int:
        return int(self._syntax.ordinals[node])

    def _word(self, node: int) -> str:
        return self._words[int(self._syntax.kinds.codes[node])]

    def _field(self, node: int) -> str:
        return self._field_words[int(self._syntax.fields.codes[node])]

    @cached_property
    def _words(self) -> list[str]:
        return [*self._syntax.kinds.words, ""]

    @cached_property
    def _field_words(self) -> list[str]:
        return [*self._syntax.fields.words, ""]


_FALSE = frozenset({"False", "None", "0", "''", '""', "b''", "0.0", "0j"})
