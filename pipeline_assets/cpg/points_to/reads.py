"""What reading an attribute of an object gives: worked out once for each object and name, for all who read it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline_assets.cpg.points_to import calls, classes, members
from pipeline_assets.cpg.points_to.constraints.keys import Early
from pipeline_assets.cpg.points_to.objects import CLASS, DESCRIPTOR_CALL
from pipeline_assets.cpg.points_to.triggers import BIND, INHERIT, LOAD

if TYPE_CHECKING:
    from pipeline_assets.cpg.points_to.solver import Solver


@dataclass(slots=True)
class Read:
    """An attribute of an object."""

    owner: int
    given: frozenset[int] = frozenset()
    """What it is for sure: methods, and what is outside."""
    fields: tuple[int, ...] = ()
    """What code stores in the object."""
    bound: list[int] = field(default_factory=list)
    """What classes have under the name, to be bound to the object."""
    computed: list[str] = field(default_factory=list)
    """Methods that give it."""
    forwarded: list[int] = field(default_factory=list)
    """Expressions of objects that `__getattr__` asks for it."""
    inherited: list[int] = field(default_factory=list)
    """Bases that are computed."""
    results: list[int] = field(default_factory=list)


def load(solver: Solver, value: int, name: str, result: int) -> None:
    """What `value.name` gives of an object."""
    is_stored = name in solver.constraints.stored_names
    known = solver.reads[is_stored, isinstance(name, Early)]
    read = known.get((value, name))
    if read is None:
        read = known[value, name] = _read(solver, value, name, is_stored)
        if not is_stored:
            solver.unstored.setdefault(name, []).append((value, name))
    read.results.append(result)
    for variable in read.fields:
        solver.copy(variable, result)
    if read.given:
        solver.give_all(result, read.given)
    for variable in read.bound:
        solver.on(variable, BIND, (value, result, "get"), result)
    for method in read.computed:
        calls.imply_method(solver, result, "get_attribute", value, method, [], result)
    for owner in read.forwarded:
        solver.on(owner, LOAD, name, result)
    for base in read.inherited:
        solver.on(base, INHERIT, (name, value, False), result)


def note_stored(solver: Solver, name: str) -> None:
    """Something is stored under a name that no text tells: who has read it before reads it again."""
    if name in solver.constraints.stored_names:
        return
    solver.constraints.stored_names.add(name)
    for value, asked in solver.unstored.pop(name, ()):
        for result in solver.reads[False, isinstance(asked, Early)][value, asked].results:
            load(solver, value, asked, result)


def tell(solver: Solver, class_row: int, name: str, variable: int, is_late: bool) -> None:
    """Bind what is stored in a class for all who read the attribute of its objects and those of its heirs."""
    for searched, is_early, read in solver.reads_of.get(name, ()):
        if class_row in searched and not (is_late and is_early):
            read.bound.append(variable)
            for result in read.results:
                solver.on(variable, BIND, (read.owner, result, "get"), result)


def _read(solver: Solver, value: int, name: str, is_stored: bool) -> Read:
    read, objects, constraints = Read(value), solver.objects, solver.constraints
    class_row = objects.firsts[value]
    if members.has(solver, value, "__getattribute__"):
        read.computed.append("__getattribute__")
    if is_stored:
        read.fields = members.fields_read(solver, value, name)
    if name == "__class__":
        read.given = objects.alone[objects.get(CLASS, class_row)]
        return read
    if name == "value" and classes.is_enumeration(solver, class_row):
        read.fields += classes.assigned_to(solver, value)
    if name in constraints.field_names:
        for ancestor, _ in solver.program.orders.get(class_row, ()):
            if name in constraints.fields.get(ancestor, ()):
                solver.annotated.setdefault((ancestor, name), []).append(read.results)
    if is_stored and _hides_method(solver, class_row, name):
        return read
    is_known = _read_of_class(solver, read, class_row, name, is_stored)
    read.inherited = [] if is_known else members.computed_bases(solver, class_row, 0)
    if not is_known and members.has(solver, value, "__getattr__") and not _is_stored(solver, class_row, name):
        read.computed.append("__getattr__")
        read.forwarded = _forwarded(solver, class_row)
    return read


def _is_stored(solver: Solver, class_row: int, name: str) -> bool:
    """Whether methods of an object's classes store an attribute, be they written or a class decorator's."""
    constraints = solver.constraints
    if name not in constraints.stored_names:
        return False
    order = [ancestor for ancestor, _ in solver.program.orders.get(class_row, ())]
    made = (row for row in order if constraints.is_decorated(row))
    return any(name in constraints.stored_by.get(row, ()) for row in order) or any(
        name in constraints.fields.get(row, ()) for row in made
    )


def _hides_method(solver: Solver, class_row: int, name: str) -> bool:
    """Whether objects have an attribute of their own, in front of a function of their class."""
    constraints, program = solver.constraints, solver.program
    order = [ancestor for ancestor, _ in program.orders.get(class_row, ()) if ancestor >= 0]
    initialisers = next((i for row in order if (i := program.members.get(row, {}).get("__init__"))), ())
    if len(initialisers) != 1 or name not in constraints.always_set.get(initialisers[0], ()):
        return False
    sites = next((s for row in order if (s := program.members.get(row, {}).get(name))), ())
    return bool(sites) and all(site in program.functions and not constraints.is_decorated(site) for site in sites)


def _forwarded(solver: Solver, class_row: int) -> list[int]:
    """What `__getattr__` asks if it gives another object's attribute."""
    found: list[int] = []
    for ancestor, _ in solver.program.orders.get(class_row, ()):
        for site in solver.program.members.get(ancestor, {}).get("__getattr__", ()):
            found += solver.constraints.forwarded.get(site, ())
    return found


def _read_of_class(solver: Solver, read: Read, class_row: int, name: str, is_stored: bool) -> bool:
    """What an object has from its class; whether that is known to have it."""
    searched, given, member, builtin = members.look_up(solver, class_row, 0, name, is_stored)
    if is_stored and searched:
        is_early = isinstance(name, Early)
        solver.reads_of.setdefault(name, []).append((searched, is_early, read))
        for stored_in, variable, is_late in solver.class_fields.get(name, ()):
            if stored_in in searched and not (is_late and is_early):
                read.bound.append(variable)
    if builtin >= 0:
        given = [*given, solver.objects.get(DESCRIPTOR_CALL, builtin, read.owner)]
    elif member in solver.program.functions and not solver.constraints.is_decorated(member):
        # A method without decorators is all that its name ever holds.
        given = [*given, members.bound(solver, member, read.owner)]
    elif member >= 0:
        read.bound.append(member)
    read.given = frozenset(given)
    return builtin >= 0 or member >= 0
