"""Inner functions by the calls that make them: what each of these calls was given is what its function reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_assets.cpg.points_to import calls
from pipeline_assets.cpg.points_to.constraints.keys import Held
from pipeline_assets.cpg.points_to.objects import FUNCTION
from pipeline_assets.cpg.points_to.triggers import CALL, CLOSE, STORE_ITEM

if TYPE_CHECKING:
    from pipeline_assets.cpg.points_to.constraints.captures import Capture, Kept
    from pipeline_assets.cpg.points_to.program import Call, Function
    from pipeline_assets.cpg.points_to.solver import Solver

MOST_MADE = 4
"""Calls whose inner functions are told apart; those of further calls are one."""


def plain(solver: Solver, value: int) -> int:
    """The function itself, whichever call has made it."""
    objects = solver.objects
    if objects.kinds[value] != FUNCTION or objects.seconds[value] is None:
        return value
    return objects.get(FUNCTION, objects.firsts[value])


def enter(solver: Solver, call: Call, number: int, function: Function, callee: int, shift: int) -> bool:
    """Give a function what it has captured; whether that tells what the call gives."""
    constraints, made_by = solver.constraints, solver.objects.seconds[callee]
    row = function.row
    solver.entered.add((row, made_by))
    sources: dict[int, int] = {}
    for capture in constraints.captures.get(row, ()):
        sources[capture.use] = source = _captured(solver, capture, made_by)
        solver.copy(source, capture.use)
    for item in constraints.kept.get(row, ()):
        _keep(solver, call, function, item, sources, shift, made_by)
    if row in constraints.makers:
        solver.on(solver.program.variable("return", row), CLOSE, (number, shift, made_by, row), call.result)
        return True
    returned = constraints.returned.get(row, ())
    if made_by is None or not returned or any(sources[use] == _parameter(solver, row, use) for use, _ in returned):
        return False
    for use, inner in returned:
        if inner < 0:
            solver.copy(sources[use], call.result)
        else:
            asked = calls.with_callee(solver, solver.calls[inner], inner, sources[use], call.result)
            solver.on(sources[use], CALL, asked, call.result)
    return True


def _keep(
    solver: Solver, call: Call, function: Function, item: Kept, sources: dict[int, int], shift: int, made_by: Any
) -> None:
    """Put what a call gives under the key that the function was made with."""
    key = item.key if made_by is None else sources[item.key]
    value = _argument(solver, call, function, item.parameter, shift)
    solver.on(item.container, STORE_ITEM, _as_key(solver, key), item.parameter if value is None else value)


def _as_key(solver: Solver, variable: int) -> Any:
    key = solver.constraints.keys.key(variable)
    return Held(variable) if key is None else key


def close(solver: Solver, value: int, what: tuple[int, int, Any, int], result: int) -> None:
    """What a function gives back: an inner function is that of the call."""
    number, shift, made_by, maker = what
    objects = solver.objects
    if objects.kinds[value] == FUNCTION and objects.seconds[value] is None:
        row = objects.firsts[value]
        if solver.program.parents.get(row) == maker:
            known = solver.closures.setdefault(row, set())
            if len(known) < MOST_MADE or (number, shift, made_by) in known:
                known.add((number, shift, made_by))
                value = objects.get(FUNCTION, row, (number, shift, made_by))
    solver.give(result, value)


def read_unentered(solver: Solver, scripts: set[int]) -> None:
    """What inner functions read that nothing here calls: others may, but for those that scripts make."""
    called = {row for row, _ in solver.entered}
    for row, captures in solver.constraints.captures.items():
        others = [
            made_by
            for made_by in sorted(solver.closures.get(row, ()), key=repr)
            if (row, made_by) not in solver.entered
            and solver.constraints.module_of(solver.calls[made_by[0]].site) not in scripts
        ]
        for item in solver.constraints.kept.get(row, ()):
            if row not in called:
                solver.on(item.container, STORE_ITEM, Held(item.key), item.parameter)
        for capture in captures:
            if not solver.held(capture.use):
                solver.copy(capture.parameter, capture.use)
            for made_by in others:
                solver.copy(_captured(solver, capture, made_by), capture.use)


def _parameter(solver: Solver, row: int, use: int) -> int:
    return next(each.parameter for each in solver.constraints.captures[row] if each.use == use)


def _captured(solver: Solver, capture: Capture, made_by: Any) -> int:
    """The variable of what a parameter was given by the call that has made a function; else of all it is given."""
    for _ in range(capture.depth - 1):
        made_by = made_by[2] if made_by is not None else None
    if made_by is None:
        return capture.parameter
    number, shift, _ = made_by
    function = solver.program.functions[capture.owner]
    found = _argument(solver, solver.calls[number], function, capture.parameter, shift)
    return capture.parameter if found is None else found


def _argument(solver: Solver, call: Call, function: Function, parameter: int, shift: int) -> int | None:
    """The variable of what a call gives a parameter; None where that is not one."""
    if call.star >= 0 or call.double_star >= 0:
        return None
    given = dict(zip((p.row for p in function.ordered[shift:]), call.positional, strict=False))
    names = {function.by_name[name]: value for name, value in call.named if name in function.by_name}
    found = given.get(parameter, names.get(parameter, -1))
    return found if found >= 0 else solver.constraints.defaults.get(parameter)
