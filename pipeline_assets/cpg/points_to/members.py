"""Attributes of objects: fields, members found along resolution orders, properties, bound methods, new objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_assets.cpg.points_to import calls, classes, closures, reads
from pipeline_assets.cpg.points_to.constraints.keys import Early, Late, Prefix
from pipeline_assets.cpg.points_to.objects import (
    ACCESSOR,
    ANY,
    BOUND,
    BUILTIN,
    CLASS,
    CLASS_WRAPPER,
    CONTAINER,
    CONTAINER_METHOD,
    COROUTINE,
    DESCRIPTOR_CALL,
    DISPATCHER,
    FUNCTION,
    GENERATOR,
    INSTANCE,
    METHODS,
    MODULE,
    OUTSIDE,
    PARTIAL,
    PROPERTY,
    REGISTRAR,
    SOME,
    STATIC,
    SUPER,
    TEXT,
    THING,
)
from pipeline_assets.cpg.points_to.triggers import BIND, INHERIT

if TYPE_CHECKING:
    from pipeline_assets.cpg.points_to.program import Call
    from pipeline_assets.cpg.points_to.solver import Solver


MOST_METHODS = 50
"""Of an object with more methods than this none is meant where nothing is known of a name."""
_CLASSED = (INSTANCE, CLASS)


def load(solver: Solver, value: int, name: str, result: int) -> None:
    """What `value.name` gives."""
    objects, program = solver.objects, solver.program
    kind, first, second = objects.kinds[value], objects.firsts[value], objects.seconds[value]
    if name == "__dict__" and kind in (INSTANCE, CLASS, MODULE):
        solver.give(result, objects.get(CONTAINER, ("object", value), "dict"))
    elif kind == INSTANCE:
        reads.load(solver, value, name, result)
        if second == ANY and program.overriding(first, name):
            solver.give(result, objects.get(METHODS, (first, str(name)), value))
    elif kind == CLASS:
        if not _is_member(solver, first, name, result) and not search(
            solver, first, 0, name, result, value, result, is_class=True
        ):
            _load_of_type(solver, first, value, name, result)
    elif kind == MODULE:
        _load_of_module(solver, first, name, result)
    elif kind == SUPER:
        _load_of_super(solver, first, second, name, result)
    elif kind == OUTSIDE:
        solver.give(result, objects.get(OUTSIDE, f"{first}.{name}"))
    elif kind == THING:
        _load_of_thing(solver, value, name, result)
    elif kind == DISPATCHER:
        if name == "register":
            solver.give(result, objects.get(REGISTRAR, value))
    elif kind == BUILTIN:
        if f"{first}.{name}" in program.environment:
            solver.give(result, objects.get(BUILTIN, f"{first}.{name}"))
    elif kind in (CONTAINER, TEXT, GENERATOR, COROUTINE):
        _load_of_builtin(solver, value, name, result)
    elif kind == PROPERTY:
        if name in ("setter", "getter", "deleter"):
            solver.give(result, objects.get(ACCESSOR, value, name))
    elif kind == PARTIAL:
        if name == "func" and solver.calls[first].positional:
            solver.copy(solver.calls[first].positional[0], result)
    elif kind == BOUND:
        if name == "__func__":
            solver.give(result, first)
        elif name == "__self__":
            solver.give(result, second)
        else:
            load(solver, first, name, result)
    elif kind == FUNCTION:
        for stored in fields_read(solver, closures.plain(solver, value), name):
            solver.copy(stored, result)
        if name == "__call__":
            solver.give(result, value)


def _load_of_type(solver: Solver, class_row: int, value: int, name: str, result: int) -> None:
    """What a class has from its metaclasses, or from `type`."""
    if not load_of_metaclass(solver, class_row, value, name, result) and name == "__subclasses__":
        asked = solver.objects.get(BUILTIN, f"type.{name}")
        solver.give(result, solver.objects.get(DESCRIPTOR_CALL, asked, value))


def _load_of_thing(solver: Solver, value: int, name: str, result: int) -> None:
    """What was stored in an object of a class outside, or what its class has."""
    if name in solver.constraints.stored_names:
        for stored in fields_read(solver, value, name):
            solver.copy(stored, result)
    if solver.objects.seconds[value] is None:
        solver.give(result, solver.objects.get(OUTSIDE, f"{solver.objects.firsts[value]}.{name}"))


def _is_member(solver: Solver, class_row: int, name: str, result: int) -> bool:
    """Give an object of an enumeration for the name of one; whether it is one."""
    sites = solver.program.members.get(class_row, {}).get(name, ())
    if not sites or not classes.is_enumeration(solver, class_row):
        return False
    if any(site in solver.program.functions or site in solver.program.class_rows for site in sites):
        return False
    for value in classes.values_of(solver, class_row):
        if solver.objects.seconds[value] in (0, name):
            solver.give(result, value)
    return True


def field(solver: Solver, value: int, name: str) -> int:
    """The variable of what code stores in an object's attribute."""
    return solver.program.variable("field", value, name)


def fields_read(solver: Solver, value: int, name: str) -> tuple[int, ...]:
    """The variables of what reading an object's attribute may give of what code stores there."""
    own = field(solver, value, name)
    made = (field(solver, each, name) for each in made_of(solver, value))
    if name not in solver.constraints.late_names or isinstance(name, Early):
        return own, *made
    return own, solver.program.variable("late", value, name), *made


def made_of(solver: Solver, value: int) -> list[int]:
    """The objects that one which is only known by its class may be."""
    objects = solver.objects
    if objects.kinds[value] != INSTANCE or objects.seconds[value] != SOME:
        return []
    row = objects.firsts[value]
    return [objects.get(INSTANCE, row, place) for place in sorted({0, *solver.places.get(row, {}).values()})]


def store(solver: Solver, value: int, name: str, source: int) -> None:
    """Assign to an attribute of an object."""
    objects, program = solver.objects, solver.program
    value = closures.plain(solver, value)
    kind, first = objects.kinds[value], objects.firsts[value]
    if isinstance(name, Late) and kind in (MODULE, INSTANCE, CLASS, FUNCTION, THING):
        solver.copy(source, program.variable("late", value, name))
        if kind == INSTANCE:
            _call_setter(solver, value, first, name, source)
    elif kind == MODULE:
        member = solver.constraints.member(program.modules.get(first, -1), name)
        solver.copy(source, member if member >= 0 else field(solver, value, name))
    elif kind == INSTANCE:
        for each in (value, *made_of(solver, value)):
            solver.copy(source, field(solver, each, name))
        _call_setter(solver, value, first, name, source)
    elif kind in (CLASS, FUNCTION, THING):
        solver.copy(source, field(solver, value, name))
    if kind == CLASS:
        _tell_readers(solver, value, name)


def _tell_readers(solver: Solver, value: int, name: str) -> None:
    """Hand what is first stored in a class to those who read the attribute of it, of heirs, or of their objects."""
    is_late = isinstance(name, Late)
    if not solver.first_time("stored", value, name, is_late):
        return
    variable = solver.program.variable("late" if is_late else "field", value, name)
    class_row = solver.objects.firsts[value]
    solver.class_fields.setdefault(name, []).append((class_row, variable, is_late))
    for searched, is_early, how, result in solver.class_readers.get(name, ()):
        if class_row in searched and not (is_late and is_early):
            solver.on(variable, BIND, how, result)
    reads.tell(solver, class_row, name, variable, is_late)


def delete(solver: Solver, value: int, name: str, row: int) -> None:
    """`del value.name`."""
    if solver.objects.kinds[value] != INSTANCE:
        return
    for ancestor, _ in solver.program.orders.get(solver.objects.firsts[value], ()):
        member = solver.constraints.member(ancestor, name)
        if member >= 0:
            solver.on(member, BIND, (value, row, "delete"), -1)
            break
    if has(solver, value, "__delattr__"):
        calls.imply_method(solver, row, "set_attribute", value, "__delattr__", [], -1)


def _call_setter(solver: Solver, value: int, class_row: int, name: str, source: int) -> None:
    for ancestor, _ in solver.program.orders.get(class_row, []):
        member = solver.constraints.member(ancestor, name)
        if member >= 0:
            solver.on(member, BIND, (value, source, "set"), -1)
            return
    if has(solver, value, "__setattr__"):
        calls.imply_method(solver, source, "set_attribute", value, "__setattr__", [-1, source], -1)


def load_of_class(solver: Solver, value: int, name: str, result: int) -> bool:
    """What an object has from its class, bound to the object; whether a class is known to have it."""
    class_row = solver.objects.firsts[value]
    if solver.objects.kinds[value] == CLASS:
        return load_of_metaclass(solver, class_row, value, name, result)
    return search(solver, class_row, 0, name, result, value, result, is_class=False)


def search(
    solver: Solver, class_row: int, start: int, name: str, result: int, receiver: int, site: int, is_class: bool
) -> bool:
    """Bind what the first class of an order has of that name, from a place on; whether it is known to have it."""
    is_stored = name in solver.constraints.stored_names
    found = look_up(solver, class_row, start, name, is_stored)
    searched, outside, member, builtin = found
    if is_stored and searched:
        _read_fields(solver, name, searched, (receiver, site, "get"), result)
    for value in outside:
        solver.give(result, value)
    if builtin >= 0:
        solver.give(result, builtin if is_class else solver.objects.get(DESCRIPTOR_CALL, builtin, receiver))
    elif member >= 0:
        solver.on_member(member, (receiver, site, "get"), result)
    for base in computed_bases(solver, class_row, start) if builtin < 0 and member < 0 else ():
        solver.on(base, INHERIT, (name, receiver, is_class), result)
    return builtin >= 0 or member >= 0


def computed_bases(solver: Solver, class_row: int, start: int) -> list[int]:
    """The bases that are computed of the classes of an order, from a place on."""
    known = solver.constraints.computed_bases
    if not known:
        return []
    order = solver.program.orders.get(class_row, [(class_row, "")])[max(0, start - 1) :]
    return [base for ancestor, _ in order for base in known.get(ancestor, ())]


def inherit(solver: Solver, value: int, what: tuple[str, int, bool], result: int) -> None:
    """What an object has from a base of its class that is computed."""
    name, receiver, is_class = what
    if solver.objects.kinds[value] == CLASS:
        search(solver, solver.objects.firsts[value], 0, name, result, receiver, result, is_class)


def inherit_initialiser(solver: Solver, value: int, what: None, result: int) -> None:
    """The initialiser of a base that is computed, if the repository has it."""
    order = solver.program.orders.get(solver.objects.firsts[value], ()) if solver.objects.kinds[value] == CLASS else ()
    found = (solver.constraints.member(ancestor, "__init__") for ancestor, _ in order)
    solver.copy(next((member for member in found if member >= 0), -1), result)


def look_up(
    solver: Solver, class_row: int, start: int, name: str, is_stored: bool
) -> tuple[list[int], list[int], int, int]:
    """The classes that are asked, what classes outside may have, and the member or builtin at which the search ends.

    A class that is asked may have been given a field; a class outside may have a member, but the search goes on.
    """
    key = (class_row, start, name, is_stored)
    found = solver.looked_up.get(key)
    if found is None:
        found = solver.looked_up[key] = _look_up(solver, class_row, start, name, is_stored)
    return found


def _look_up(
    solver: Solver, class_row: int, start: int, name: str, is_stored: bool
) -> tuple[list[int], list[int], int, int]:
    objects, searched, outside = solver.objects, list[int](), list[int]()
    order = solver.program.orders.get(class_row, [])
    # Bases that are computed stand there as they are written; what they have is found by their values.
    without = {"abc.ABC", *(name for _, name in order if name.startswith("<") and computed_bases(solver, class_row, 0))}
    for ancestor, full_name in order[start:]:
        if ancestor < 0:
            bare = f"{full_name.removeprefix('builtins.')}.{name}"
            if full_name.startswith("builtins."):
                if bare in solver.program.environment:
                    return searched, outside, -1, objects.get(BUILTIN, bare)
            elif "." in full_name and not is_stored and full_name not in without:
                outside.append(objects.get(OUTSIDE, bare))
            continue
        searched.append(ancestor)
        member = solver.constraints.member(ancestor, name)
        if member >= 0:
            return searched, outside, member, -1
    return searched, outside, -1, -1


def _read_fields(solver: Solver, name: str, searched: list[int], how: tuple[int, int, str], result: int) -> None:
    """Bind what is stored in these classes, now and later."""
    is_early = isinstance(name, Early)
    solver.class_readers.setdefault(name, []).append((searched, is_early, how, result))
    for class_row, variable, is_late in solver.class_fields.get(name, ()):
        if class_row in searched and not (is_late and is_early):
            solver.on(variable, BIND, how, result)


def has(solver: Solver, value: int, name: str) -> bool:
    """Whether a class of the repository in an object's resolution order has a member."""
    key = (solver.objects.firsts[value], name)
    found = solver.known_members.get(key)
    if found is None:
        order, members = solver.program.orders.get(key[0], ()), solver.program.members
        found = any(name in members.get(ancestor, ()) for ancestor, _ in order if ancestor >= 0)
        solver.known_members[key] = found
    return found


def metaclass_has(solver: Solver, value: int, name: str) -> bool:
    """The same for a class and its metaclasses."""
    orders, members = solver.program.orders, solver.program.members
    metaclasses = solver.constraints.metaclasses_of(solver.objects.firsts[value])
    return any(name in members.get(row, ()) for each in metaclasses for row, _ in orders.get(each, ()) if row >= 0)


def names_from(solver: Solver, value: int, start: str) -> list[str]:
    """The names of an object's members that start so."""
    program, first = solver.program, solver.objects.firsts[value]
    if solver.objects.kinds[value] == MODULE:
        scopes = [program.modules.get(first, -1)]
    else:
        scopes = [row for row, _ in program.orders.get(first, ())] if solver.objects.kinds[value] in _CLASSED else []
    if not start:
        return _methods_that_others_see(solver, scopes)
    return sorted({name for row in scopes for name in program.members.get(row, ()) if name.startswith(start)})


def _methods_that_others_see(solver: Solver, scopes: list[int]) -> list[str]:
    """The methods of classes whose names do not start with an underscore; none where there are many."""
    members, functions = solver.program.members, solver.program.functions
    found = {
        name
        for row in scopes
        for name, sites in members.get(row, {}).items()
        if not name.startswith("_") and any(site in functions for site in sites)
    }
    return sorted(found) if len(found) <= MOST_METHODS else []


def load_of_metaclass(solver: Solver, class_row: int, value: int, name: str, result: int) -> bool:
    """What a class has from its metaclasses; whether one of them is known to have it."""
    for metaclass in solver.constraints.metaclasses_of(class_row):
        if search(solver, metaclass, 0, name, result, value, result, is_class=False):
            return True
    return False


def _load_of_module(solver: Solver, module: str, name: str, result: int) -> None:
    program = solver.program
    if name in solver.constraints.late_names and not isinstance(name, Early):
        solver.copy(program.variable("late", solver.objects.get(MODULE, module), name), result)
    member = solver.constraints.member(program.modules.get(module, -1), name)
    if member >= 0:
        solver.copy(member, result)
        return
    found = program.exports.get((module, name))
    if found is not None:
        kind, target_module, target_name = found
        _give_export(solver, kind, target_module, target_name, result)
    elif f"{module}.{name}" in program.modules:
        solver.give(result, solver.objects.get(MODULE, f"{module}.{name}"))
    elif name != "__getattr__":
        lazy = solver.constraints.member(program.modules.get(module, -1), "__getattr__")
        if lazy >= 0:
            calls.imply(solver, result, "get_attribute", lazy, [], result)
    if name in solver.constraints.stored_names:
        solver.copy(field(solver, solver.objects.get(MODULE, module), name), result)


def _give_export(solver: Solver, kind: str, module: str, name: str | None, result: int) -> None:
    if kind == "module":
        solver.give(result, solver.objects.get(MODULE, module))
    elif kind in ("definition", "binding"):
        solver.copy(solver.constraints.member(solver.program.modules.get(module, -1), name or ""), result)
    elif kind in ("external", "standard_library"):
        solver.give(result, solver.objects.get(OUTSIDE, f"{module}.{name}" if name else module))


def _load_of_super(solver: Solver, class_row: int, receiver: int, name: str, result: int) -> None:
    objects, orders = solver.objects, solver.program.orders
    is_class = objects.kinds[receiver] == CLASS
    order = orders.get(objects.firsts[receiver], [])
    place = next((at for at, (ancestor, _) in enumerate(order) if ancestor == class_row), -1)
    searched = objects.firsts[receiver] if place >= 0 else class_row
    # In a metaclass the receiver is a class and plays the part of an object.
    search(solver, searched, max(place, 0) + 1, name, result, receiver, result, is_class=is_class and place >= 0)


def _load_of_builtin(solver: Solver, value: int, name: str, result: int) -> None:
    of_type = type_name(solver, value)
    if f"{of_type}.{name}" in solver.program.environment or of_type == "generator" or "." in of_type:
        if solver.objects.kinds[value] == TEXT and not _keeps_start(solver, value, name):
            value = solver.objects.get(TEXT, solver.objects.firsts[value])
        solver.give(result, solver.objects.get(CONTAINER_METHOD, value, name))


def _keeps_start(solver: Solver, value: int, name: str) -> bool:
    """Whether what a text's method gives mostly starts as the text does."""
    return isinstance(solver.objects.seconds[value], Prefix) and name in ("replace", "lower", "rstrip", "ljust")


def type_name(solver: Solver, value: int) -> str:
    """The builtin class of an object that has one."""
    kind = solver.objects.kinds[value]
    if kind == CONTAINER:
        return str(solver.objects.seconds[value])
    return {TEXT: str(solver.objects.firsts[value]), GENERATOR: "generator", COROUTINE: "coroutine"}.get(kind, "object")


def bind(solver: Solver, value: int, how: tuple[int, int, str], result: int) -> None:
    """What reading (or setting) an attribute gives when its class holds `value`."""
    objects, (receiver, site, access) = solver.objects, how
    kind, first = objects.kinds[value], objects.firsts[value]
    is_class = objects.kinds[receiver] == CLASS
    if access == "of_class":
        bind_to_class(solver, value, receiver, result)
        return
    if access == "set":
        if kind == PROPERTY:
            _use_property(solver, value, "fset", receiver, site)
        elif kind == INSTANCE and has(solver, value, "__set__"):
            calls.imply_method(solver, site, "set_attribute", value, "__set__", [holder(solver, receiver), site], -1)
        return
    if access == "delete":
        if kind == PROPERTY:
            _use_property(solver, value, "fdel", receiver, site)
        elif kind == INSTANCE and has(solver, value, "__delete__"):
            calls.imply_method(solver, site, "set_attribute", value, "__delete__", [holder(solver, receiver)], -1)
        return
    if kind == FUNCTION:
        solver.give(result, bound(solver, first, receiver, value))
    elif kind == PROPERTY:
        if is_class:
            solver.give(result, value)
        else:
            _use_property(solver, value, "fget", receiver, site, result)
    elif kind == DISPATCHER and objects.seconds[value]:
        solver.give(result, value if is_class else objects.get(BOUND, value, receiver))
    elif kind == STATIC:
        solver.copy(solver.calls[first].positional[0], result)
    elif kind == CLASS_WRAPPER:
        receiver_class = receiver if is_class else objects.get(CLASS, objects.firsts[receiver])
        solver.on(solver.calls[first].positional[0], BIND, (receiver_class, site, "of_class"), result)
    elif kind == INSTANCE and has(solver, value, "__get__"):
        calls.imply_method(solver, site, "get_attribute", value, "__get__", [holder(solver, receiver)], result)
    else:
        solver.give(result, value)


def bound(solver: Solver, row: int, receiver: int, made: int = -1) -> int:
    """What a function is as a member of an object or class."""
    objects, function = solver.objects, solver.program.functions[row]
    value, is_class = made if made >= 0 else objects.get(FUNCTION, row), objects.kinds[receiver] == CLASS
    if function.is_class_method and not solver.constraints.is_decorated(row):
        return objects.get(BOUND, value, receiver if is_class else objects.get(CLASS, objects.firsts[receiver]))
    if is_class and not _is_metaclass_method(solver, function.class_row, receiver):
        return value
    return value if function.name == "__new__" else objects.get(BOUND, value, receiver)


def bind_to_class(solver: Solver, value: int, receiver: int, result: int) -> None:
    """What `classmethod` makes of what it wraps."""
    if solver.objects.kinds[value] == FUNCTION:
        value = solver.objects.get(BOUND, value, receiver)
    solver.give(result, value)


def _is_metaclass_method(solver: Solver, owner: int, receiver: int) -> bool:
    row = solver.objects.firsts[receiver]
    if owner < 0 or any(ancestor == owner for ancestor, _ in solver.program.orders.get(row, ())):
        return False
    return not computed_bases(solver, row, 0) or solver.constraints.is_metaclass(owner)


def holder(solver: Solver, value: int) -> int:
    """A variable that holds just this object."""
    variable = solver.program.variable("object", value)
    solver.give(variable, value)
    return variable


def _use_property(solver: Solver, value: int, part: str, receiver: int, site: int, result: int = -1) -> None:
    arguments = [holder(solver, receiver)] + ([site] if part == "fset" else [])
    way = "property" if part == "fget" else "set_attribute"
    calls.imply(solver, site, way, property_part(solver, value, part), arguments, result)


def property_part(solver: Solver, value: int, part: str) -> int:
    """The variable of a property's getter or setter."""
    return solver.program.variable("property", value, part)


def extend_property(solver: Solver, call: Call, number: int, value: int, accessor: str) -> None:
    """`@x.setter`: a property with one more part."""
    made = solver.objects.get(PROPERTY, number)
    parts = {"getter": "fget", "setter": "fset", "deleter": "fdel"}
    for part in parts.values():
        if part == parts[accessor]:
            solver.copy(call.positional[0], property_part(solver, made, part))
        else:
            solver.copy(property_part(solver, value, part), property_part(solver, made, part))
    solver.give(call.result, made)


def make_super(solver: Solver, receiver: int, class_row: int, result: int) -> None:
    """What `super()` gives in a method of a class for a first argument."""
    if solver.objects.kinds[receiver] in (INSTANCE, CLASS):
        solver.give(result, solver.objects.get(SUPER, class_row, receiver))


def super_of(solver: Solver, call: Call) -> tuple[int, int] | None:
    """The class and the first parameter that `super()` without arguments means at a call."""
    program: Any = solver.program
    scope = int(program.syntax.scope[call.site])
    function = -1
    while scope >= 0 and scope not in program.class_rows:
        if scope in program.functions:
            function = scope
        scope = int(program.syntax.scope[scope]) if program.syntax.parent[scope] >= 0 else -1
    if scope < 0 or function < 0 or not program.functions[function].parameters:
        return None
    return scope, program.functions[function].parameters[0].row
