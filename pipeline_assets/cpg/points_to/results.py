"""What the fixpoint found, as rows: every site with every object that it may call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from pipeline_assets.cpg.points_to.members import type_name
from pipeline_assets.cpg.points_to.objects import (
    BUILTIN,
    CLASS,
    CONTAINER_METHOD,
    DESCRIPTOR_CALL,
    FUNCTION,
    OUTSIDE,
)
from pipeline_assets.cpg.points_to.solver import Solver
from pipeline_assets.cpg.points_to.syntax import Syntax
from pipeline_assets.cpg.points_to.unknown import REASONS, Unknown

COLUMNS = ("site_node", "way", "target_kind", "target_id", "target_name", "class_id")


def found_targets(solver: Solver) -> dict[str, Any]:
    """Columns of sites, how they call, and what."""
    syntax = solver.program.syntax
    # A class that a call of `type` makes has no place of its own.
    kinds, firsts = solver.objects.kinds, solver.objects.firsts
    made = {number for number, kind in enumerate(kinds) if kind == CLASS and firsts[number] >= syntax.count}
    # What unpacking gives to a parameter is worked out where the parameter stands, but nothing is evaluated there.
    is_evaluated = ~syntax.of_kind("arg")
    found = [each for each in solver.found if 0 <= each[0] < syntax.count and each[2] not in made]
    found = [each for each in found if is_evaluated[each[0]]]
    if not found:
        return {name: [] for name in COLUMNS}
    places, ways, callees, classes = zip(*found, strict=True)
    sites = np.array(places)
    # Items of `with` have no place of their own: what they hold comes right after them.
    sites += syntax.of_kind("withitem")[sites]
    of = [-1 if row >= syntax.count else row for row in classes]
    known = {callee: _target(solver, callee) for callee in set(callees)}
    spelled, rows, names = zip(*map(known.__getitem__, callees), strict=True)
    columns = (syntax.ids[sites], ways, spelled, _ids(syntax, rows), names, _ids(syntax, of))
    return dict(zip(COLUMNS, columns, strict=True))


def found_doubts(solver: Solver) -> pa.Table:
    """Call expressions that may call more than was found, and why."""
    sites, codes = Unknown(solver).sites()
    reasons = pa.array(list(REASONS), pa.string()).take(pa.array(codes - 1))
    return pa.table({"call_id": solver.program.syntax.ids[sites], "reason": reasons})


def no_doubts() -> pa.Table:
    """Nothing found."""
    return pa.table({"call_id": np.array([], np.int64), "reason": pa.array([], pa.string())})


def _ids(syntax: Syntax, rows: Sequence[int]) -> pa.Array:
    places = np.array(rows)
    return pa.array(syntax.ids[places], mask=places < 0)


def _target(solver: Solver, callee: int) -> tuple[str, int, str | None]:
    objects = solver.objects
    kind, first, second = objects.kinds[callee], objects.firsts[callee], objects.seconds[callee]
    if kind == FUNCTION:
        return "definition", first, None
    if kind == CLASS:
        return "class", first, None
    if kind == BUILTIN:
        return "builtin", -1, f"<builtin>.{first}"
    if kind == DESCRIPTOR_CALL:
        return "builtin", -1, f"<builtin>.{objects.firsts[first]}"
    if kind == CONTAINER_METHOD:
        of_type = type_name(solver, first)
        if "." in of_type:
            return "external", -1, f"{of_type}.{second}"
        return "builtin", -1, f"<builtin>.{of_type}.{second}"
    assert kind == OUTSIDE
    return "external", -1, first
