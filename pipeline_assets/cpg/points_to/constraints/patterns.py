"""What patterns take out of the subject of a `match`: items, values under keys, attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline_assets.cpg.points_to.constraints.narrowing import told_by_classes
from pipeline_assets.cpg.points_to.objects import CONTAINER
from pipeline_assets.cpg.points_to.triggers import ITEM, LOAD, MERGE, NARROW, REST, UNPACK

if TYPE_CHECKING:
    from pipeline_assets.cpg.points_to.constraints.graph import Constraints

_WHOLE = frozenset(("bool", "bytearray", "bytes", "dict", "float", "frozenset", "int", "list", "set", "str", "tuple"))
"""Classes whose only positional pattern is the subject itself."""


def add_patterns(constraints: Constraints) -> None:
    """Every pattern gets what it is held against, and captures bind it."""
    syntax = constraints.program.syntax
    rows = np.flatnonzero(syntax.in_field("pattern"))
    if not len(rows):
        return
    subjects = syntax.child("subject")
    for row in syntax.under(rows, "match_case").tolist():
        match = int(syntax.parent[syntax.parent[row]])
        constraints.copy(int(subjects[match]), matched(constraints, row))
    patterns = _Patterns(constraints)
    patterns.add_captures()
    patterns.add_sequences()
    patterns.add_mappings()
    patterns.add_classes()


def matched(constraints: Constraints, row: int) -> int:
    """The variable of what a pattern is held against."""
    return constraints.program.variable("matched", row)


class _Patterns:
    """The patterns of a program, with their parts."""

    def __init__(self, constraints: Constraints) -> None:
        self._constraints = constraints
        self._syntax = constraints.program.syntax
        self._parts = self._syntax.listed("patterns")
        self._stars, self._ors = self._syntax.of_kind("MatchStar"), self._syntax.of_kind("MatchOr")
        self._classes = self._syntax.child("cls")
        self._narrowed: set[int] = set()

    def _rows(self, kind: str) -> list[int]:
        return np.flatnonzero(self._syntax.of_kind(kind)).tolist()

    def add_captures(self) -> None:
        """`… as name` and `… | …`."""
        constraints, inner = self._constraints, self._syntax.child("pattern")
        for row in self._rows("MatchAs"):
            if inner[row] >= 0:
                constraints.copy(matched(constraints, row), matched(constraints, int(inner[row])))
            constraints.copy(self._bound(int(inner[row]) if inner[row] >= 0 else row), row)
        for row in self._rows("MatchOr"):
            for part in self._parts.get(row, ()):
                constraints.copy(matched(constraints, row), matched(constraints, part))

    def _bound(self, row: int) -> int:
        """The variable of what is left of it where the pattern matches: of classes, their objects."""
        constraints = self._constraints
        told = told_by_classes(constraints, [int(self._classes[row])]) if self._classes[row] >= 0 else None
        if told is not None:
            found = constraints.program.variable("of class", row)
            if row not in self._narrowed:
                self._narrowed.add(row)
                constraints.trigger(matched(constraints, row), NARROW, (told,), found)
            return found
        if self._ors[row]:
            found = constraints.program.variable("of classes", row)
            for part in self._parts.get(row, ()):
                constraints.copy(self._bound(part), found)
            return found
        return matched(constraints, row)

    def add_sequences(self) -> None:
        """`[first, *rest]`."""
        constraints = self._constraints
        for row in self._rows("MatchSequence"):
            parts, whole = self._parts.get(row, []), matched(constraints, row)
            before = next((at for at, part in enumerate(parts) if self._stars[part]), len(parts))
            for at, part in enumerate(parts):
                if self._stars[part]:
                    constraints.trigger(whole, REST, (before, len(parts) - at - 1), part)
                else:
                    place = at if at < before else at - len(parts)
                    constraints.trigger(whole, UNPACK, place, matched(constraints, part))

    def add_mappings(self) -> None:
        """`{key: pattern, **rest}`."""
        constraints, keys = self._constraints, self._constraints.keys
        for row in self._rows("MatchMapping"):
            whole = matched(constraints, row)
            for key, part in zip(keys.keys.get(row, ()), self._parts.get(row, ()), strict=False):
                constraints.trigger(whole, ITEM, keys.key(key), matched(constraints, part))
            made = constraints.objects.get(CONTAINER, row, "dict")
            constraints.seeds.append((row, made))
            constraints.trigger(whole, MERGE, (), made)

    def add_classes(self) -> None:
        """`Class(pattern, name=pattern)`."""
        constraints, classes = self._constraints, self._classes
        named = self._syntax.listed("kwd_patterns")
        for row in self._rows("MatchClass"):
            whole, parts = self._bound(row), self._parts.get(row, [])
            names = self._syntax.name(row).split(",")
            fields = self._positional(int(classes[row]))
            for name, part in [*zip(fields, parts, strict=False), *zip(names, named.get(row, ()), strict=False)]:
                constraints.trigger(whole, LOAD, name, matched(constraints, part))
            if self._syntax.name(int(classes[row])) in _WHOLE:
                for part in parts:
                    constraints.copy(whole, matched(constraints, part))

    def _positional(self, row: int) -> list[str]:
        """The attributes that the positional patterns of a class stand for."""
        constraints, program = self._constraints, self._constraints.program
        order = [ancestor for ancestor, _ in program.orders.get(constraints.class_named(row), ()) if ancestor >= 0]
        for ancestor in order:
            told = constraints.member(ancestor, "__match_args__")
            if told >= 0:
                value = int(constraints.value[program.syntax.parent[told]])
                keys = map(constraints.keys.key, constraints.keys.elements.get(value, ()))
                return [key.strip("'\"") if isinstance(key, str) else "" for key in keys]
        fields: dict[str, None] = {}
        for ancestor in reversed(order):
            fields |= dict.fromkeys(constraints.fields.get(ancestor, ()))
        return list(fields)
