"""What others may do: methods that nothing here calls are called, parameters that nothing fills are left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline_assets.cpg.points_to import members
from pipeline_assets.cpg.points_to.objects import ANY, CLASS, INSTANCE, SOME

if TYPE_CHECKING:
    from pipeline_assets.cpg.points_to.program import Function
    from pipeline_assets.cpg.points_to.solver import Solver


def call_from_outside(solver: Solver, scripts: set[int]) -> None:
    """Methods that nothing here calls get objects of their class and of the classes that inherit them."""
    program, objects = solver.program, solver.objects
    made = {objects.firsts[o] for o in range(len(objects.kinds)) if objects.kinds[o] == INSTANCE}
    # A class that only its subclasses are made of is nobody's class by itself.
    made |= {ancestor for row in made for ancestor, _ in program.orders.get(row, [])}
    _offer_receivers(solver, made, _instances(solver), scripts)
    _use_defaults(solver)


def _instances(solver: Solver) -> dict[int, list[int]]:
    """The objects of each class that were met."""
    objects, found = solver.objects, dict[int, list[int]]()
    for value, kind in enumerate(objects.kinds):
        if kind == INSTANCE and objects.seconds[value] not in (ANY, SOME):
            found.setdefault(objects.firsts[value], []).append(value)
    return found


def _offer_receivers(solver: Solver, made: set[int], instances: dict[int, list[int]], scripts: set[int]) -> None:
    program = solver.program
    idle = {f.row for f in program.functions.values() if f.parameters and not solver.values[f.parameters[0].row]}
    methods = {row: _methods(solver, row) for row in program.class_rows}
    offered: dict[int, set[int]] = {}
    metaclasses = {*solver.constraints.metaclasses.values()}
    for class_row in sorted(program.class_rows - metaclasses):
        seen: set[str] = set()
        is_unmade = class_row not in made and solver.constraints.module_of(class_row) not in scripts
        for ancestor, _ in program.orders.get(class_row, [(class_row, "")]):
            for name, functions in methods.get(ancestor, {}).items():
                if name not in seen:
                    for function in functions:
                        if is_unmade or function.row in idle:
                            receivers = _receivers(solver, class_row, function, instances)
                            offered.setdefault(function.parameters[0].row, set()).update(receivers)
                            for parameter, stored in function.stores:
                                for receiver in receivers:
                                    members.store(solver, receiver, stored, parameter)
            seen.update(program.members.get(ancestor, ()))
    for variable, values in offered.items():
        solver.give_all(variable, frozenset(values))


def scripts(solver: Solver) -> set[int]:
    """Modules that nothing here imports and that call something as they are run: nobody else makes their objects."""
    program, syntax = solver.program, solver.program.syntax
    expressions = syntax.parent[np.flatnonzero(syntax.of_kind("Call") & syntax.in_field("value"))]
    running = {*syntax.parent[expressions[syntax.of_kind("Expr")[expressions]]].tolist()}
    return {
        row for row, name in program.module_names.items() if row in running and name not in solver.constraints.imported
    }


def _methods(solver: Solver, class_row: int) -> dict[str, list[Function]]:
    """The functions of a class that have a first argument of their own."""
    functions = solver.program.functions
    found: dict[str, list[Function]] = {}
    for name in solver.program.members.get(class_row, ()):
        rows = (functions[row] for row in solver.constraints.functions_of(class_row, name))
        kept = [function for function in rows if function.parameters and not function.is_static]
        if kept:
            found[name] = kept
    return found


def _use_defaults(solver: Solver) -> None:
    """Parameters that nothing here fills hold their defaults."""
    for parameter, default in solver.constraints.defaults.items():
        if not solver.values[parameter]:
            solver.copy(default, parameter)


def _receivers(solver: Solver, class_row: int, function: Function, instances: dict[int, list[int]]) -> list[int]:
    """The class, or the objects of it that the repository makes; one that others make where it makes none."""
    if function.is_class_method or function.name == "__new__":
        return [solver.objects.get(CLASS, class_row)]
    return instances.get(class_row) or [solver.objects.get(INSTANCE, class_row, 0)]
