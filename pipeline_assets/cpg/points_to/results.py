"""What the fixpoint found, as rows: every site with every object that it may call."""

from __future__ import annotations

from typing import Any

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

COLUMNS = ("site_node", "way", "target_kind", "target_id", "target_name", "class_id")


def found_targets(solver: Solver) -> dict[str, list[Any]]:
    """Columns of sites, how they call, and what."""
    ids = solver.program.syntax.ids
    is_item = solver.program.syntax.of_kind("withitem")
    columns: dict[str, list[Any]] = {name: [] for name in COLUMNS}
    for site, way, callee, of_class in solver.found:
        if not 0 <= site < len(ids):
            continue
        if is_item[site]:
            # Items of `with` have no place of their own: what they hold comes right after them.
            site += 1
        kind, row, name = _target(solver, callee)
        values = (
            int(ids[site]),
            way,
            kind,
            None if row < 0 else int(ids[row]),
            name,
            None if of_class < 0 else int(ids[of_class]),
        )
        for column, value in zip(COLUMNS, values, strict=True):
            columns[column].append(value)
    return columns


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
        return "builtin", -1, f"<builtin>.{type_name(solver, first)}.{second}"
    assert kind == OUTSIDE
    return "external", -1, first
