"""What making a class calls, what its generated initialiser does, and members of enumerations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline_assets.cpg.points_to import calls, members
from pipeline_assets.cpg.points_to.objects import ANY, CLASS, INSTANCE, OUTSIDE, THING
from pipeline_assets.cpg.points_to.triggers import ADOPT

if TYPE_CHECKING:
    from pipeline_assets.cpg.points_to.constraints.narrowing import Told
    from pipeline_assets.cpg.points_to.program import Call
    from pipeline_assets.cpg.points_to.solver import Solver

MOST_ENUMERATED = 8
"""An enumeration with more members than this has one object for all."""
_ENUMERATIONS = frozenset(("enum.Enum", "enum.IntEnum", "enum.StrEnum", "enum.Flag", "enum.IntFlag"))


def make_classes(solver: Solver) -> None:
    """Every class definition tells its bases, its metaclass and its values that it is made."""
    known = {name for row in solver.program.class_rows for name in solver.program.members.get(row, {})}
    for row in sorted(solver.program.class_rows):
        made = solver.objects.get(CLASS, row)
        if "__init_subclass__" in known:
            _tell(solver, row, (row, 1), "__init_subclass__", made, [])
        if "__set_name__" in known:
            for sites in solver.program.members.get(row, {}).values():
                for site in sites:
                    # What a definition without decorators is known to be is told nothing.
                    if solver.constraints.is_decorated(site) or not solver.constraints.is_definition(site):
                        solver.on(site, ADOPT, (made, row), -1)
        for metaclass in solver.constraints.metaclasses_of(row):
            given = solver.program.variable("object", solver.objects.get(CLASS, metaclass))
            solver.give(given, solver.objects.get(CLASS, metaclass))
            _tell(solver, row, (metaclass, 0), "__new__", made, [given, -1, -1, -1])
            _tell(solver, row, (metaclass, 0), "__init__", made, [-1, -1, -1])


def _tell(solver: Solver, row: int, where: tuple[int, int], name: str, made: int, arguments: list[int]) -> None:
    """Call a method that is found in a class's order, from a place on, if the repository has it."""
    owner, start = where
    order = solver.program.orders.get(owner, [])[start:]
    if any(name in solver.program.members.get(ancestor, ()) for ancestor, _ in order if ancestor >= 0):
        callee = solver.program.variable("told", row, name)
        members.search(solver, owner, start, name, callee, made, row, is_class=name == "__init_subclass__")
        calls.imply(solver, row, "class", callee, arguments, -1)


def adopt(solver: Solver, value: int, what: tuple[int, int], result: int) -> None:
    """`value.__set_name__(owner, name)`."""
    owner, row = what
    if solver.objects.kinds[value] == INSTANCE and members.has(solver, value, "__set_name__"):
        given = solver.program.variable("object", owner)
        solver.give(given, owner)
        calls.imply_method(solver, row, "class", value, "__set_name__", [given], -1)


def is_enumeration(solver: Solver, class_row: int) -> bool:
    """Whether a class's values are its objects."""
    found = solver.enumerations.get(class_row)
    if found is None:
        found = any(name in _ENUMERATIONS for _, name in solver.program.orders.get(class_row, ()))
        solver.enumerations[class_row] = found
    return found


def values_of(solver: Solver, class_row: int) -> list[int]:
    """The objects of an enumeration, told apart if they are few."""
    found = solver.enumerated.get(class_row)
    if found is None:
        members = solver.program.members.get(class_row, {})
        definitions = {*solver.program.functions, *solver.program.class_rows}
        names = [name for name, sites in members.items() if definitions.isdisjoint(sites) and not name.startswith("_")]
        told = names if 0 < len(names) <= MOST_ENUMERATED else [0]
        found = solver.enumerated[class_row] = [solver.objects.get(INSTANCE, class_row, each) for each in told]
    return found


def assigned_to(solver: Solver, value: int) -> tuple[int, ...]:
    """What a member of an enumeration is assigned; any member's where it is not known which it is."""
    row, name = solver.objects.firsts[value], solver.objects.seconds[value]
    members = solver.program.members.get(row, {})
    names = [name] if isinstance(name, str) else [each for each in members if not each.startswith("_")]
    return tuple(solver.constraints.member(row, each) for each in names)


def narrow(solver: Solver, value: int, told: tuple[Told, ...], result: int) -> None:
    """Hand on a value, unless a test has ruled it out."""
    if all(_may_be(solver, value, each) for each in told):
        solver.give(result, value)


def _may_be(solver: Solver, value: int, told: Told) -> bool:
    kind, first = solver.objects.kinds[value], solver.objects.firsts[value]
    if kind in (OUTSIDE, THING, CLASS) or (kind != INSTANCE and told.others):
        return True
    if kind != INSTANCE:
        return not told.is_one
    if first in solver.constraints.doubted:
        return True
    order = solver.program.orders.get(first, ())
    if any(row in told.classes for row, _ in order):
        return told.is_one
    if not told.is_one:
        return True
    if solver.objects.seconds[value] == ANY:
        return any(row == first for each in told.classes for row, _ in solver.program.orders.get(each, ()))
    # What it inherits from outside may be one of the others.
    return told.others and any(row < 0 and name != "builtins.object" for row, name in order)


def fields_of(solver: Solver, class_row: int) -> list[str]:
    """The names that a generated initialiser takes, those of bases first."""
    order = [row for row, _ in solver.program.orders.get(class_row, ()) if row >= 0]
    names: dict[str, None] = {}
    for row in reversed(order):
        names |= dict.fromkeys(solver.constraints.fields.get(row, ()))
    return list(names)


def fill_fields(solver: Solver, call: Call, class_row: int, made: int) -> None:
    """Bind what a class without an initialiser of its own is called with to the fields that it annotates."""
    names = fields_of(solver, class_row)
    given = {*names[: len(call.positional)], *(name for name, _ in call.named)}
    for ancestor, _ in solver.program.orders.get(class_row, ()):
        for name in solver.constraints.fields.get(ancestor, ()):
            factory = solver.constraints.factories.get((ancestor, name), -1)
            if factory >= 0 and name not in given:
                calls.imply(solver, call.site, "builtin", factory, [], members.field(solver, made, name))
            given.add(name)
    for name, argument in [*zip(names, call.positional, strict=False), *call.named]:
        if name in names:
            solver.constraints.stored_names.add(name)
            solver.copy(argument, members.field(solver, made, name))
