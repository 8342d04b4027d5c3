"""`functools.singledispatch`: functions that are chosen by the class of an argument."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_assets.cpg.points_to import calls
from pipeline_assets.cpg.points_to.objects import (
    BUILTIN,
    CLASS,
    CONTAINER,
    DISPATCHER,
    FUNCTION,
    INSTANCE,
    OUTSIDE,
    REGISTRAR,
    TEXT,
)
from pipeline_assets.cpg.points_to.triggers import DECIDE, ENROL

if TYPE_CHECKING:
    from pipeline_assets.cpg.points_to.program import Call
    from pipeline_assets.cpg.points_to.solver import Solver

_OBJECT = "builtins.object"


def make_dispatcher(solver: Solver, call: Call, number: int, place: int) -> None:
    """A generic function, with what it does for any object; `place` is that of the parameter that decides."""
    if call.positional:
        made = solver.objects.get(DISPATCHER, number, place)
        solver.give(call.result, made)
        solver.on(call.positional[0], ENROL, (made, -1), -1)


def register(solver: Solver, call: Call, dispatcher: int, of_class: int | None) -> None:
    """`generic.register(…)`: of a class, of a function by its annotation, or of both."""
    if not call.positional:
        return
    last = call.positional[-1]
    if len(call.positional) > 1:
        of_class = call.positional[0]
    elif of_class is None and call.way != "decorator":
        solver.give(call.result, solver.objects.get(REGISTRAR, dispatcher, last))
        return
    solver.on(last, ENROL, (dispatcher, of_class), -1)
    solver.copy(last, call.result)


def enrol(solver: Solver, value: int, what: tuple[int, int | None], result: int) -> None:
    """One function of a generic one, with the variable of the class that it is for."""
    dispatcher, of_class = what
    if solver.objects.kinds[value] != FUNCTION:
        return
    if of_class is None:
        parameters = solver.program.functions[solver.objects.firsts[value]].parameters
        place = solver.objects.seconds[dispatcher]
        row = parameters[place].row if place < len(parameters) else -1
        of_class = solver.constraints.annotations.get(row, -1)
    solver.enrolled.setdefault(dispatcher, []).append((of_class, value))


def dispatch(solver: Solver, call: Call, number: int, dispatcher: int, receiver: int) -> None:
    """A call of a generic function waits until all of its functions are known."""
    solver.undecided.append((dispatcher, number, receiver, call.positional[0] if call.positional else -1))


def settle(solver: Solver) -> None:
    """Decide by the values that the arguments have, and by those that come."""
    undecided, solver.undecided = solver.undecided, []
    for dispatcher, number, receiver, argument in undecided:
        solver.on(argument, DECIDE, (dispatcher, number, receiver), -1)
        if argument < 0 or not solver.values[argument]:
            for _, function in solver.enrolled.get(dispatcher, ()):
                calls.call_object(solver, solver.calls[number], number, function, receiver)


def decide(solver: Solver, value: int, what: tuple[int, int, int], result: int) -> None:
    """Call the function that is nearest to the class of the argument."""
    dispatcher, number, receiver = what
    chain = _classes_of(solver, value)
    places = {name: at for at, name in enumerate(chain)}
    ranked: dict[int, list[int]] = {}
    for of_class, function in solver.enrolled.get(dispatcher, ()):
        for name in _named(solver, of_class):
            # Of what is outside it is not known whether it counts the argument among its objects.
            place = places.get(name, len(chain) - 1 if isinstance(name, str) and "." in name else None)
            if place is not None and (name in places or not str(name).startswith("builtins.")):
                ranked.setdefault(place, []).append(function)
    for function in ranked[min(ranked)] if ranked else ():
        calls.call_object(solver, solver.calls[number], number, function, receiver)


def _classes_of(solver: Solver, value: int) -> list[Any]:
    """The classes of an object, the nearest first."""
    objects = solver.objects
    kind, first, second = objects.kinds[value], objects.firsts[value], objects.seconds[value]
    if kind == INSTANCE:
        order = solver.program.orders.get(first, ())
        return [*(row if row >= 0 else name for row, name in order if name != _OBJECT), _OBJECT]
    builtin = first if kind == TEXT else second if kind == CONTAINER else ""
    return [f"builtins.{builtin}", _OBJECT] if builtin else [_OBJECT]


def _named(solver: Solver, of_class: int) -> list[Any]:
    if of_class < 0:
        return [_OBJECT]
    objects, found = solver.objects, list[Any]()
    for value in solver.values[of_class]:
        kind, first = objects.kinds[value], objects.firsts[value]
        if kind in (CLASS, OUTSIDE):
            found.append(first)
        elif kind == BUILTIN:
            found.append(f"builtins.{first}")
    return found
