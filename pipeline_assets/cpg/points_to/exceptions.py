"""What is raised, and where it is caught."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_assets.cpg.points_to import calls, instances
from pipeline_assets.cpg.points_to.objects import BUILTIN, CLASS, CONTAINER, INSTANCE
from pipeline_assets.cpg.points_to.triggers import CAUGHT, RAISED

if TYPE_CHECKING:
    from pipeline_assets.cpg.points_to.solver import Solver


def throw(solver: Solver, value: int, what: Any, row: int) -> None:
    """Hand what is raised to the handlers of its class."""
    kind = solver.objects.kinds[value]
    if kind == CLASS:
        callee = solver.program.variable("object", value)
        solver.give(callee, value)
        thrown = solver.program.variable("thrown", row)
        calls.imply(solver, row, "raise", callee, [], thrown)
        solver.on(thrown, RAISED, None, row)
    elif kind == INSTANCE and solver.first_time("raised", value):
        for ancestor in solver.program.orders.get(solver.objects.firsts[value], ()):
            for caught in ancestor:
                solver.raised.setdefault(caught, []).append(value)
                for result in solver.handlers.get(caught, ()):
                    solver.give(result, value)


def catch(solver: Solver, value: int, what: Any, result: int) -> None:
    """A handler of a class gets what is raised of it, now and later."""
    kind, first = solver.objects.kinds[value], solver.objects.firsts[value]
    if kind in (CLASS, BUILTIN):
        caught = first if kind == CLASS else f"builtins.{first}"
        solver.handlers.setdefault(caught, []).append(result)
        solver.give_all(result, frozenset(solver.raised.get(caught, ())))
    elif kind == CONTAINER:
        solver.on(solver.program.variable("all", value), CAUGHT, None, result)


def catch_unraised(solver: Solver) -> None:
    """What is caught of a class that nothing here raises is an object of it."""
    for caught, results in solver.handlers.items():
        for result in results:
            if isinstance(caught, int) and not solver.values[result]:
                instances.make_instance(solver, caught, result, result)
