"""Carriers: columns that hold the key — file or repository — of the row that they stand in, or null.

`candidate` sees through whatever picks values but computes none; grain.py says what follows from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import ibis.expr.operations as ops

from pipeline_assets.inference.traversal import fold, unaliased

Kind = Literal["file", "local", "repository"]
"""`file`: the file's id itself; `local`: a value whose upper bits are the file's id; `repository`: its name."""


@dataclass(frozen=True, slots=True)
class Key:
    """A column that holds the row's own key, or null."""

    kind: Kind
    nullable: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value that holds the row's own key or null: surely the key in the `sure` ones of the row's possible cases.

    A row has one case, except after outer joins: there, each case is a set of tables that it may be made of.
    """

    kind: Kind
    sure: frozenset[int]


Keys = dict[str, Key]
Resolve = Callable[[ops.Field], Candidate | None]
_Found = Mapping[ops.Value, Candidate | None]
ALWAYS = frozenset({0})
"""Sure in the only case."""
NEVER: frozenset[int] = frozenset()
_PICKS = (ops.Min, ops.Max, ops.First, ops.Last, ops.Arbitrary, ops.ArgMin, ops.ArgMax, ops.Lag, ops.Lead, ops.NthValue)


def candidate(value: ops.Value, resolve: Resolve) -> Candidate | None:
    """The key that a value holds, seen through whatever picks values but computes none."""
    return fold(value, lambda node, found: _held(node, found, resolve))


def not_null(keys: Keys, column: ops.Value) -> None:
    """Note that rows where `column` is null are gone."""
    column = unaliased(column)
    if isinstance(column, ops.Field) and column.name in keys:
        keys[column.name] = Key(keys[column.name].kind, nullable=False)


def joined_cases(cases: list[frozenset[ops.Relation]], link: ops.JoinLink) -> list[frozenset[ops.Relation]]:
    """Which tables can be all that a row is made of after one more join: the fewest each, since more can only help."""
    alone = frozenset({link.table})
    match link.how:
        case "inner":
            return [case | alone for case in cases]
        case "right":
            return [alone]
        case "outer":
            return [*cases, alone]
    return cases


def _held(node: ops.Value, found: _Found, resolve: Resolve) -> Candidate | None:
    match node:
        case ops.Field():
            return resolve(node)
        case ops.Alias():
            return found[node.arg]
        case ops.Cast() if node.to.copy(nullable=True) == node.arg.dtype.copy(nullable=True):
            return found[node.arg]
        case ops.NullIf():
            return _unsure(found[node.arg])
        case ops.Coalesce():
            return _one_of(node.arg, found, frozenset.union)
        case ops.IfElse():
            return _one_of((node.true_expr, node.false_null_expr), found, frozenset.intersection)
        case ops.SearchedCase() | ops.SimpleCase():
            return _one_of((*node.results, node.default), found, frozenset.intersection)
        case ops.WindowFunction():
            return _unsure(found[node.func])
    return _picked(node, found)


def _picked(node: ops.Value, found: _Found) -> Candidate | None:
    """The key that a reduction or analytic picks from rows which all hold the same one."""
    if not isinstance(node, _PICKS) or getattr(node, "default", None) is not None:
        return None
    return found[node.arg] if getattr(node, "where", None) is None else _unsure(found[node.arg])


def _one_of(branches: Iterable[ops.Value], found: _Found, sure: Callable[..., frozenset[int]]) -> Candidate | None:
    """The key of a value that is one of several: only if each that is not the null literal holds one of one kind."""
    branches = list(branches)
    held = [found[branch] for branch in branches if not _is_null(branch)]
    kinds = {None if candidate is None else candidate.kind for candidate in held}
    if len(kinds) != 1 or None in kinds:
        return None
    cases = [NEVER if (c := found[branch]) is None else c.sure for branch in branches]
    return Candidate(held[0].kind, sure(*cases)) if held[0] else None


def _is_null(value: ops.Value) -> bool:
    value = unaliased(value)
    while isinstance(value, ops.Cast):
        value = unaliased(value.arg)
    return isinstance(value, ops.Literal) and value.value is None


def _unsure(found: Candidate | None) -> Candidate | None:
    return None if found is None else Candidate(found.kind, NEVER)
