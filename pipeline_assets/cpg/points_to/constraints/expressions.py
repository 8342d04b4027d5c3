"""Expressions that hand on values: choices, attributes, items, sums."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING

import numpy as np

from pipeline_assets.cpg.points_to.constraints import displays
from pipeline_assets.cpg.points_to.constraints.keys import Early
from pipeline_assets.cpg.points_to.syntax import Ints
from pipeline_assets.cpg.points_to.triggers import AWAIT, COMBINE, ITEM, LOAD, SLICE

if TYPE_CHECKING:
    from pipeline_assets.cpg.points_to.constraints.graph import Constraints


def add_choices(constraints: Constraints) -> None:
    """Conditional expressions, `and` and `or` give one of their operands."""
    syntax = constraints.program.syntax
    branches = syntax.under(np.flatnonzero(syntax.in_field("body", "orelse")), "IfExp")
    constraints.copy_all(branches, syntax.parent[branches])
    operands = syntax.under(np.flatnonzero(syntax.in_field("values")), "BoolOp")
    constraints.copy_all(operands, syntax.parent[operands])


def add_reads(constraints: Constraints) -> None:
    """Attributes, items, sums and what is waited for."""
    syntax, program, keys = constraints.program.syntax, constraints.program, constraints.keys
    loads = np.flatnonzero(syntax.of_kind("Attribute") & syntax.is_load)
    loads = _without_resolved(constraints, loads)
    done = zip(repeat(LOAD), program.attributes(loads), loads.tolist())
    constraints.trigger_all(constraints.value[loads].tolist(), done)
    items = _without_resolved(constraints, np.flatnonzero(syntax.of_kind("Subscript") & syntax.is_load))
    for row, base, key in zip(
        items.tolist(), constraints.value[items].tolist(), constraints.slice[items].tolist(), strict=True
    ):
        if keys.is_slice[key]:
            constraints.trigger(base, SLICE, key, row)
        else:
            constraints.trigger(base, ITEM, keys.key(key), row)
    _add_sums(constraints)
    for row in np.flatnonzero(syntax.of_kind("Await")).tolist():
        constraints.trigger(int(constraints.value[row]), AWAIT, None, row)


def _without_resolved(constraints: Constraints, rows: Ints) -> Ints:
    """Those of the reads that values are needed for; others give what the text says, or come too early for it."""
    resolved, early = constraints.straight.resolved, constraints.straight.early
    kept = np.array([row not in resolved and row not in early for row in rows.tolist()], bool)
    for row in rows[~kept].tolist():
        if row in early:
            constraints.trigger(
                int(constraints.value[row]), LOAD, Early(constraints.program.attributes(np.array([row]))[0]), row
            )
        for source in resolved.get(row, ()):
            constraints.copy(source, row)
    return np.asarray(rows[kept], np.int64)


def _add_sums(constraints: Constraints) -> None:
    """`a + b`, `a | b`, `a * n` and the like hold what their operands do if these are containers."""
    syntax = constraints.program.syntax
    right = syntax.child("right").tolist()
    for field in ("left", "right"):
        rows = np.flatnonzero(syntax.in_field(field))
        for row in syntax.under(rows, "BinOp").tolist():
            above = int(syntax.parent[row])
            if syntax.is_sum[above]:
                hidden = displays.keys_surely_in(constraints, right[above]) if field == "left" else ()
                part = "product" if syntax.is_product[above] else field
                constraints.trigger(row, COMBINE, (part, hidden), above)
