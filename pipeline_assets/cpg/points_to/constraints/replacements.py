"""Members that are replaced right after their class: `A.f = g` before anything may have asked for `A.f`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pipeline_assets.cpg.points_to.constraints.graph import Constraints
    from pipeline_assets.cpg.points_to.syntax import Ints

_ACTIVE = (
    *("Call", "Await", "Yield", "YieldFrom", "With", "AsyncWith", "For", "AsyncFor", "While", "Try", "TryStar"),
    *("BinOp", "Compare", "alias"),
)
"""Syntax that may run code which stands elsewhere."""
_MAKERS = frozenset(("__init__", "__new__", "__post_init__"))


def replace_members(constraints: Constraints, stored: Ints) -> set[int]:
    """Let classes have the new members; the rows of the attributes that are assigned."""
    syntax, program = constraints.program.syntax, constraints.program
    of_class = [(row, constraints.class_named(int(constraints.value[row]))) for row in stored.tolist()]
    of_class = [(row, class_row) for row, class_row in of_class if class_row >= 0]
    if not of_class:
        return set()
    assigned, active = syntax.of_kind("Assign"), _active(constraints)
    found = set()
    for row, class_row in of_class:
        statement = int(syntax.parent[row])
        name = program.attributes(np.array([row]))[0]
        together = syntax.parent[statement] == syntax.parent[class_row] and class_row < statement
        if not assigned[statement] or not together or syntax.field[statement] != syntax.field[class_row]:
            continue
        end = _end(constraints, class_row)
        if name in program.members.get(class_row, ()) and not active[end:row].any():
            program.members[class_row][name] = [row]
            found.add(row)
    return found


def _active(constraints: Constraints) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """What may run code; functions that are only defined and objects that nothing initialises do not."""
    syntax, program = constraints.program.syntax, constraints.program
    active = syntax.of_kind(*_ACTIVE) | syntax.in_field("decorator_list")
    for row, call in constraints.calls_by_row.items():
        order = program.orders.get(constraints.class_named(call.callee), ())
        own = [ancestor for ancestor, _ in order if ancestor >= 0]
        if own and len(order) == len(own) + 1 and all(_MAKERS.isdisjoint(program.members.get(a, ())) for a in own):
            active[row] = bool(constraints.metaclasses_of(own[0]))
    for row in program.functions:
        body = slice(row + 1, _end(constraints, row))
        active[body] &= syntax.scope[body] < row
    return active


def _end(constraints: Constraints, row: int) -> int:
    """The first row behind everything that is inside one."""
    return constraints.straight.end(row)
