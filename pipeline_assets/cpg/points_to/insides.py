"""Objects of classes that inherit from `list`, `dict` and the like: each has a container in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline_assets.cpg.points_to import asking, containers
from pipeline_assets.cpg.points_to.objects import CONTAINER, INSTANCE
from pipeline_assets.cpg.points_to.triggers import ITERATE, MERGE

if TYPE_CHECKING:
    from pipeline_assets.cpg.points_to.program import Call
    from pipeline_assets.cpg.points_to.solver import Solver

_TYPES = {
    **{f"builtins.{name}": name for name in ("list", "dict", "set", "tuple", "frozenset")},
    **dict.fromkeys(("collections.OrderedDict", "collections.defaultdict", "collections.UserDict"), "dict"),
    "collections.UserList": "list",
    "collections.deque": "list",
}


def inside(solver: Solver, value: int) -> int:
    """The container in an object; -1 if its class does not inherit from one."""
    if solver.objects.kinds[value] != INSTANCE:
        return -1
    row = solver.objects.firsts[value]
    found = solver.inner_types.get(row)
    if found is None:
        names = (_TYPES[name] for _, name in solver.program.orders.get(row, ()) if name in _TYPES)
        found = solver.inner_types[row] = next(names, "")
    return solver.objects.get(CONTAINER, ("inside", value), found) if found else -1


def fill(solver: Solver, call: Call, value: int) -> None:
    """Put what an object is made with into the container in it."""
    made = inside(solver, value)
    if made < 0:
        return
    if call.positional and solver.objects.seconds[made] == "dict":
        solver.on(call.positional[0], MERGE, None, made)
    elif call.positional:
        solver.on(call.positional[0], ITERATE, call.site, containers.star_of(solver, made))
        if solver.objects.seconds[made] in asking.HASHED:
            asking.put_in(solver, containers.star_of(solver, made), call.site)
    for name, argument in call.named:
        if solver.objects.seconds[made] == "dict":
            solver.copy(argument, containers.item_of(solver, made, repr(name)))
