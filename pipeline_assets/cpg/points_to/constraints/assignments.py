"""Assignments, loops, `with` and handlers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline_assets.cpg.points_to.constraints import captures
from pipeline_assets.cpg.points_to.constraints.keys import Late
from pipeline_assets.cpg.points_to.constraints.replacements import replace_members
from pipeline_assets.cpg.points_to.objects import CONTAINER, THING
from pipeline_assets.cpg.points_to.syntax import Ints
from pipeline_assets.cpg.points_to.triggers import (
    CAUGHT,
    COMBINE,
    DELETE,
    DELETE_ITEM,
    ENTER,
    ITERATE,
    RAISED,
    REST,
    STORE,
    STORE_ITEM,
    UNPACK,
)

if TYPE_CHECKING:
    from pipeline_assets.cpg.points_to.constraints.graph import Constraints


def add_assignments(constraints: Constraints) -> None:
    """Assignments, loops, `with` and handlers: a target's variable holds what it is given."""
    syntax, keys = constraints.program.syntax, constraints.keys
    listed = syntax.under(np.flatnonzero(syntax.in_field("targets")), "Assign")
    constraints.copy_all(constraints.value[syntax.parent[listed]], listed)
    single = syntax.under(np.flatnonzero(syntax.in_field("target")), "AnnAssign", "NamedExpr")
    constraints.copy_all(constraints.value[syntax.parent[single]], single)
    for row in syntax.under(np.flatnonzero(syntax.in_field("target")), "AugAssign").tolist():
        constraints.trigger(int(constraints.value[syntax.parent[row]]), COMBINE, ("right", ()), row)
    walrus = np.flatnonzero(syntax.of_kind("NamedExpr"))
    constraints.copy_all(constraints.value[walrus], walrus)
    iterated = syntax.child("iter")
    for row in np.flatnonzero(syntax.of_kind("For", "AsyncFor", "comprehension")).tolist():
        constraints.trigger(int(iterated[row]), ITERATE, row, int(constraints.target[row]))
    managers, names = syntax.child("context_expr"), syntax.child("optional_vars")
    for row in np.flatnonzero(syntax.of_kind("withitem")).tolist():
        constraints.trigger(int(managers[row]), ENTER, row, int(names[row]))
    stored = np.flatnonzero(~syntax.is_load & syntax.of_kind("Attribute"))
    by_call = _stores_by_call(constraints, stored) | replace_members(constraints, stored)
    late = constraints.straight.late
    deleted = syntax.of_kind("Delete")[syntax.parent]
    for row, name in zip(stored.tolist(), constraints.program.attributes(stored), strict=True):
        if deleted[row]:
            constraints.trigger(int(constraints.value[row]), DELETE, name, row)
            continue
        constraints.stored_names.add(name)
        if row in late:
            constraints.trigger(int(constraints.value[row]), STORE, Late(name), row)
        elif row not in by_call:
            constraints.trigger(int(constraints.value[row]), STORE, name, row)
    raised = syntax.child("exc")
    for row in np.flatnonzero(syntax.of_kind("Raise")).tolist():
        constraints.trigger(int(raised[row]), RAISED, None, row)
    kept = captures.read_kept(constraints)
    for row in np.flatnonzero(~syntax.is_load & syntax.of_kind("Subscript")).tolist():
        if row not in kept and not keys.is_slice[constraints.slice[row]]:
            kind = DELETE_ITEM if deleted[row] else STORE_ITEM
            constraints.trigger(int(constraints.value[row]), kind, keys.key(int(constraints.slice[row])), row)
    for row in np.flatnonzero(~syntax.is_load & syntax.of_kind("Tuple", "List")).tolist():
        _unpack(constraints, row)
    caught, in_groups = syntax.child("type"), syntax.of_kind("TryStar")[syntax.parent]
    for row in np.flatnonzero(syntax.of_kind("ExceptHandler")).tolist():
        if caught[row] >= 0:
            into = _grouped(constraints, row) if in_groups[row] else row
            constraints.trigger(int(caught[row]), CAUGHT, None, into)


def read_always_set(constraints: Constraints) -> dict[int, set[str]]:
    """Attributes that every object has once it is initialised, by initialiser: `self.x = …` is a statement of it."""
    syntax, program = constraints.program.syntax, constraints.program
    stored = np.flatnonzero(~syntax.is_load & syntax.of_kind("Attribute"))
    stored = stored[syntax.of_kind("Assign")[syntax.parent[stored]]]
    owners = syntax.parent[syntax.parent[stored]].tolist()
    found: dict[int, set[str]] = {}
    for row, owner, name in zip(stored.tolist(), owners, program.attributes(stored), strict=True):
        function = program.functions.get(owner)
        if function is None or function.name != "__init__" or not function.parameters:
            continue
        if syntax.name(int(constraints.value[row])) == function.parameters[0].name:
            found.setdefault(owner, set()).add(name)
    return found


def read_stored_by(constraints: Constraints) -> dict[int, set[str]]:
    """Attributes that methods store in their object, by class; read where objects answer for those that they lack."""
    syntax, program = constraints.program.syntax, constraints.program
    found: dict[int, set[str]] = {}
    if not any("__getattr__" in members for members in program.members.values()):
        return found
    stored = np.flatnonzero(~syntax.is_load & syntax.of_kind("Attribute"))
    for row, name in zip(stored.tolist(), program.attributes(stored), strict=True):
        function = program.functions.get(int(syntax.scope[row]))
        if function is None or function.class_row < 0 or not function.parameters:
            continue
        if syntax.name(int(constraints.value[row])) == function.parameters[0].name:
            found.setdefault(function.class_row, set()).add(name)
    return found


def _grouped(constraints: Constraints, row: int) -> int:
    """`except*` binds a group; the variable of the exceptions in it."""
    program = constraints.program
    group = constraints.objects.get(THING, "builtins.BaseExceptionGroup", row)
    made = constraints.objects.get(CONTAINER, ("group", row), "tuple")
    constraints.seeds += [(row, group), (program.variable("field", group, "exceptions"), made)]
    constraints.stored_names.add("exceptions")
    inside = program.variable("grouped", row)
    constraints.copy(inside, program.variable("all", made))
    return inside


def _stores_by_call(constraints: Constraints, stored: Ints) -> set[int]:
    """Attributes of a method's object that are bound to its parameters as they came: told apart call by call."""
    syntax, program = constraints.program.syntax, constraints.program
    special = {f.name for f in program.functions.values() if f.class_row >= 0}
    if special & {"__setattr__", "__set__"}:
        return set()
    decorated = {f.name for f in program.functions.values() if f.class_row >= 0 and constraints.is_decorated(f.row)}
    given = np.where(syntax.of_kind("Assign")[syntax.parent[stored]], constraints.value[syntax.parent[stored]], -1)
    names = syntax.of_kind("Name")
    kept = (given >= 0) & names[given] & names[constraints.value[stored]]
    wanted = {*given[kept].tolist(), *constraints.value[stored[kept]].tolist()}
    sites: dict[int, list[int]] = {}
    for use, site in zip(constraints.flow_uses.tolist(), constraints.flow_sites.tolist(), strict=True):
        if use in wanted:
            sites.setdefault(use, []).append(site)
    found: set[int] = set()
    attributes = program.attributes(stored[kept])
    for row, value, name in zip(stored[kept].tolist(), given[kept].tolist(), attributes, strict=True):
        function = program.functions.get(int(syntax.scope[row]))
        if function is None or not function.parameters or function.class_row < 0 or name in decorated:
            continue
        if function.is_static or sites.get(int(constraints.value[row])) != [function.parameters[0].row]:
            continue
        source = sites.get(value, [])
        if len(source) == 1 and source[0] in {p.row for p in function.parameters[1:] if not p.kind.startswith("var")}:
            function.stores.append((source[0], name))
            found.add(row)
    return found


def _unpack(constraints: Constraints, row: int) -> None:
    keys = constraints.keys
    elements = keys.elements.get(row, [])
    starred = [constraints.value[e] >= 0 and bool(keys.is_starred[e]) for e in elements]
    before = starred.index(True) if True in starred else len(elements)
    for at, element in enumerate(elements):
        if starred[at]:
            constraints.trigger(row, REST, (before, len(elements) - at - 1), int(constraints.value[element]))
        else:
            constraints.trigger(row, UNPACK, at if at < before else at - len(elements), element)
