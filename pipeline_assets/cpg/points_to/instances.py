"""Objects of classes: where they are made, and what makes and initialises them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pipeline_assets.cpg.points_to import calls, classes, insides, members
from pipeline_assets.cpg.points_to.objects import BUILTIN, CLASS, FUNCTION, INSTANCE, OUTSIDE
from pipeline_assets.cpg.points_to.triggers import CALL, INHERIT_START, MADE, MAKE, START

if TYPE_CHECKING:
    from pipeline_assets.cpg.points_to.program import Call
    from pipeline_assets.cpg.points_to.solver import Solver


MOST_PLACES = 4
"""Calls of a class whose objects are told apart; those of further calls are one."""
_OBJECT = "builtins.object"


def make_instance(solver: Solver, class_row: int, site: int, result: int) -> int:
    """An object of a class, made at a site; the first few sites are told apart."""
    sites = solver.places.setdefault(class_row, {})
    place = sites.setdefault(site, len(sites) + 1 if len(sites) < MOST_PLACES else 0)
    made = solver.objects.get(INSTANCE, class_row, place)
    solver.give(result, made)
    return made


class Making(NamedTuple):
    """What calling a class does."""

    metaclass: int
    """The metaclass whose `__call__` decides; -1 if there is none."""
    maker: int
    starter: int
    """Variables of `__new__` and `__init__`; -1 if the repository has none."""
    outside: list[int]
    """Initialisers outside."""


def making_of(solver: Solver, class_row: int) -> Making:
    """What calling a class does; the same for all calls."""
    found = solver.makings.get(class_row)
    if found is None:
        orders, has = solver.program.orders, solver.program.members
        deciding = (
            metaclass
            for metaclass in solver.constraints.metaclasses_of(class_row)
            if any("__call__" in has.get(ancestor, ()) for ancestor, _ in orders.get(metaclass, []))
        )
        maker, starter = (first_member(solver, class_row, name) for name in ("__new__", "__init__"))
        found = Making(next(deciding, -1), maker, starter, _initialisers_outside(solver, class_row))
        solver.makings[class_row] = found
    return found


def instantiate(solver: Solver, call: Call, number: int, class_row: int, is_plain: bool = False) -> None:
    """Call a class: its metaclass's `__call__`, else its `__new__` and its `__init__`."""
    value = solver.objects.get(CLASS, class_row)
    is_enumeration = classes.is_enumeration(solver, class_row)
    for each in classes.values_of(solver, class_row) if is_enumeration else ():
        solver.give(call.result, each)
    making = making_of(solver, class_row)
    if making.metaclass >= 0 and not is_plain:
        variable = solver.program.variable("metacall", value)
        members.load_of_metaclass(solver, class_row, value, "__call__", variable)
        solver.on(variable, CALL, number, call.result)
    elif is_enumeration:
        calls.record(solver, call, value, class_row)
    elif making.maker >= 0:
        made = solver.program.variable("made", call.site, value)
        joined = calls.with_first(solver, call, number, members.holder(solver, value), made)
        solver.on(making.maker, MAKE, joined, made)
        solver.copy(made, call.result)
        solver.on(made, MADE, (number, class_row), call.result)
    else:
        initialise(solver, call, number, class_row, make_instance(solver, class_row, call.site, call.result))


def initialise(solver: Solver, call: Call, number: int, class_row: int, made: int, is_made: bool = False) -> None:
    """Run the `__init__` of a new object, or note that the class has none here."""
    _, _, starter, outside = making_of(solver, class_row)
    if starter < 0:
        classes.fill_fields(solver, call, class_row, made)
        insides.fill(solver, call, made)
    if starter < 0 and is_made:
        return
    if starter < 0 or outside:
        for callee in outside or [solver.objects.get(CLASS, class_row)]:
            calls.record(solver, call, callee, class_row)
    if starter < 0:
        starter = first_member(solver, class_row, "__post_init__")
    if starter < 0:
        starter = _inherited_initialiser(solver, class_row)
    silent = calls.without_result(solver, call, number)
    if starter in solver.program.functions and not solver.constraints.is_decorated(starter):
        # An initialiser without decorators is all that its name ever holds.
        value = solver.objects.get(FUNCTION, starter)
        calls.call_object(solver, solver.calls[silent], silent, value, made, class_row)
    else:
        solver.on(starter, START, (silent, made, class_row), -1)


def _inherited_initialiser(solver: Solver, class_row: int) -> int:
    """The variable of the initialisers of bases that are computed; -1 if there are no such bases."""
    bases = members.computed_bases(solver, class_row, 0)
    if not bases:
        return -1
    found = solver.program.variable("inherited", class_row, "__init__")
    for base in bases:
        solver.on(base, INHERIT_START, None, found)
    return found


_WITHOUT_INITIALISER = ("abc.ABC", "typing.Generic", "typing.Protocol", "typing_extensions.Protocol")


def _initialisers_outside(solver: Solver, class_row: int) -> list[int]:
    """The initialisers that a class may have from outside, if none of the repository's comes before."""
    for ancestor, name in solver.program.orders.get(class_row, []):
        if "__init__" in solver.program.members.get(ancestor, ()):
            break
        bare = name.removeprefix("builtins.")
        if ancestor >= 0 or name == _OBJECT or name in _WITHOUT_INITIALISER:
            continue
        if bare == name and "." in name:
            return [solver.objects.get(OUTSIDE, f"{name}.__init__")]
        if f"{bare}.__init__" in solver.program.environment:
            return [solver.objects.get(BUILTIN, f"{bare}.__init__")]
    return []


def first_member(solver: Solver, class_row: int, name: str) -> int:
    """The variable of the first class's member, if a class of the repository comes before others that have it."""
    for ancestor, _ in solver.program.orders.get(class_row, []):
        member = solver.constraints.member(ancestor, name)
        if member >= 0:
            return member
    return -1
