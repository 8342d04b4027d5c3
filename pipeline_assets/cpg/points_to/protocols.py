"""Statements and operators that call methods of their operands: loops, `await`, `with`, arithmetic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_assets.cpg.points_to import asking, calls, classes, containers, insides, members
from pipeline_assets.cpg.points_to.objects import CLASS, CONTAINER, COROUTINE, GENERATOR, INSTANCE, THING
from pipeline_assets.cpg.points_to.triggers import AWAIT, NEXT, OPERATE

if TYPE_CHECKING:
    from pipeline_assets.cpg.points_to.solver import Solver


_ENTERED_FOR_ANOTHER = ("contextlib.nullcontext", "contextlib.closing")
"""Context managers outside that do not give themselves."""


def iterator_of(solver: Solver, value: int, site: int, result: int) -> None:
    """What `iter(x)` gives."""
    if solver.objects.kinds[value] == INSTANCE and members.has(solver, value, "__iter__"):
        calls.imply_method(solver, site, "builtin", value, "__iter__", [], result)
    else:
        solver.give(result, value)


def iterate(solver: Solver, value: int, site: int, result: int) -> None:
    """What a loop over an object gives."""
    kind = solver.objects.kinds[value]
    if kind == CLASS and classes.is_enumeration(solver, solver.objects.firsts[value]):
        for each in classes.values_of(solver, solver.objects.firsts[value]):
            solver.give(result, each)
    elif kind == CONTAINER:
        is_dict = solver.objects.seconds[value] == "dict"
        solver.copy(containers.keys_of(solver, value) if is_dict else solver.program.variable("all", value), result)
    elif kind == GENERATOR:
        solver.copy(solver.program.variable("yield", solver.objects.firsts[value]), result)
    elif kind == INSTANCE:
        name = "__iter__" if members.has(solver, value, "__iter__") else "__aiter__"
        if members.has(solver, value, name):
            given = solver.program.variable("iterator", site, result)
            calls.imply_method(solver, site, "iterate", value, name, [], given)
            solver.on(given, NEXT, site, result)
        elif members.has(solver, value, "__getitem__"):
            calls.imply_method(solver, site, "iterate", value, "__getitem__", [], result)
        else:
            _iterate_inside(solver, value, site, result)


def _iterate_inside(solver: Solver, value: int, site: int, result: int) -> None:
    """The items of an object whose class inherits from a container, or of a named tuple."""
    inner = insides.inside(solver, value)
    if inner >= 0:
        iterate(solver, inner, site, result)
    for name in solver.constraints.tuples.get(solver.objects.firsts[value], ()):
        solver.copy(members.field(solver, value, name), result)


def take_next(solver: Solver, value: int, site: int, result: int) -> None:
    """What the next step of an iterator gives."""
    kind = solver.objects.kinds[value]
    if kind in (CONTAINER, GENERATOR):
        iterate(solver, value, site, result)
    elif kind == INSTANCE and members.has(solver, value, "__next__"):
        calls.imply_method(solver, site, "next", value, "__next__", [], result)
    elif kind == INSTANCE and members.has(solver, value, "__anext__"):
        given = solver.program.variable("step", site, result)
        calls.imply_method(solver, site, "next", value, "__anext__", [], given)
        solver.on(given, AWAIT, None, result)


def wait(solver: Solver, value: int, what: Any, result: int) -> None:
    """What `await` gives."""
    kind, first = solver.objects.kinds[value], solver.objects.firsts[value]
    if kind == COROUTINE:
        solver.copy(solver.program.variable("return", first), result)
    elif kind == INSTANCE and members.has(solver, value, "__await__"):
        calls.imply_method(solver, result, "await", value, "__await__", [], -1)


def enter(solver: Solver, value: int, site: int, result: int) -> None:
    """What `with` binds."""
    objects = solver.objects
    if objects.kinds[value] == INSTANCE:
        if members.has(solver, value, "__enter__"):
            calls.imply_method(solver, site, "enter", value, "__enter__", [], result)
        elif members.has(solver, value, "__aenter__"):
            given = solver.program.variable("entered", value)
            calls.imply_method(solver, site, "enter", value, "__aenter__", [], given)
            solver.on(given, AWAIT, None, result)
    elif objects.kinds[value] == GENERATOR:
        # Functions under `contextlib.contextmanager` stay generators here: what they yield is entered.
        solver.copy(solver.program.variable("yield", objects.firsts[value]), result)
    elif objects.kinds[value] == THING:
        solver.copy(members.field(solver, value, "__enter__"), result)
        if objects.firsts[value] not in _ENTERED_FOR_ANOTHER:
            solver.give(result, value)


def operate(solver: Solver, value: int, what: tuple[tuple[str, ...], str, int], site: int) -> None:
    """Call the first of the methods that an operand's class has."""
    names, kind, other = what
    of_kind = solver.objects.kinds[value]
    if of_kind == CONTAINER:
        asking.ask_items(solver, value, names, kind, site)
    name = _first_had(solver, value, names)
    if name is not None:
        calls.imply_method(solver, site, kind, value, name, [other] if other >= 0 else [], site)


def operate_either(
    solver: Solver, value: int, what: tuple[tuple[str, ...], tuple[str, ...], str, int], site: int
) -> None:
    """Call a method of the left operand; where it has none, the reflected one of the right operand."""
    names, reflected, kind, other = what
    operate(solver, value, (names, kind, other), site)
    if _first_had(solver, value, names) is None:
        solver.on(other, OPERATE, (reflected, kind, members.holder(solver, value)), site)


def _first_had(solver: Solver, value: int, names: tuple[str, ...]) -> str | None:
    """The first of some methods that the class of an object has."""
    of_kind = solver.objects.kinds[value]
    if of_kind not in (INSTANCE, CLASS):
        return None
    has = members.has if of_kind == INSTANCE else members.metaclass_has
    return next((name for name in names if has(solver, value, name)), None)
