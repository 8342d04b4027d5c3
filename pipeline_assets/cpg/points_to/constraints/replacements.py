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
    assigned, active = syntax.of_kind("Assign"), syntax.of_kind(*_ACTIVE) | syntax.in_field("decorator_list")
    found = set()
    for row, class_row in of_class:
        statement = int(syntax.parent[row])
        together = syntax.parent[statement] == syntax.parent[class_row] and class_row < statement
        if not assigned[statement] or not together or syntax.field[statement] != syntax.field[class_row]:
            continue
        name = program.attributes(np.array([row]))[0]
        end = constraints.straight.end(class_row)
        between = (end + np.flatnonzero(active[end:row])).tolist()
        if name in program.members.get(class_row, ()) and not any(_may_run(constraints, each) for each in between):
            program.members[class_row][name] = [row]
            constraints.add_members(class_row, program.members[class_row])
            found.add(row)
    return found


def _may_run(constraints: Constraints, row: int) -> bool:
    """Functions that are only defined run nothing, nor does making objects that nothing initialises."""
    program = constraints.program
    if int(program.syntax.scope[row]) in program.functions:
        return False
    call = constraints.calls_by_row.get(row)
    class_row = constraints.class_named(call.callee) if call is not None else -1
    order = program.orders.get(class_row, ())
    own = [ancestor for ancestor, _ in order if ancestor >= 0]
    is_plain = own and len(order) == len(own) + 1 and not constraints.metaclasses_of(class_row)
    return not is_plain or any(not _MAKERS.isdisjoint(program.members.get(each, ())) for each in own)
