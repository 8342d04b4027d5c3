"""What calls do with what they call: each kind of object, and the calls that one call makes of another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_assets.cpg.points_to import (
    arguments,
    builtin_models,
    closures,
    dispatch,
    instances,
    library_models,
    members,
)
from pipeline_assets.cpg.points_to.objects import (
    ACCESSOR,
    BOUND,
    BUILTIN,
    CLASS,
    CONTAINER_METHOD,
    DESCRIPTOR_CALL,
    DISPATCHER,
    FUNCTION,
    GETTER,
    IDENTITY,
    INSTANCE,
    METHODS,
    OUTSIDE,
    PARTIAL,
    REGISTRAR,
)
from pipeline_assets.cpg.points_to.program import Call
from pipeline_assets.cpg.points_to.triggers import CALL

if TYPE_CHECKING:
    from pipeline_assets.cpg.points_to.solver import Solver


def with_first(solver: Solver, call: Call, number: int, first: int, result: int) -> int:
    """The same call with one more argument before the others, and another result."""
    return _clone(solver, ("first", number, first, result), call, [first, *call.positional], result)


def without_result(solver: Solver, call: Call, number: int) -> int:
    """The same call, whose result goes nowhere."""
    return _clone(solver, ("silent", number), call, call.positional, -1)


def with_callee(solver: Solver, call: Call, number: int, callee: int, result: int) -> int:
    """The same call of what another variable holds, with another result."""
    key = ("callee", number, callee, result)
    if key not in solver.implied:
        made = _clone(solver, key, call, call.positional, result)
        solver.calls[made].callee = callee
    return solver.implied[key]


def _clone(solver: Solver, key: Any, call: Call, positional: list[int], result: int) -> int:
    made = solver.implied.get(key)
    if made is None:
        made = solver.implied[key] = len(solver.calls)
        made_of = (call.site, call.callee, call.way, positional, call.named, call.star, call.double_star, result)
        solver.calls.append(Call(*made_of))
    return made


def call(solver: Solver, callee: int, number: int, result: int) -> None:
    """Let a call call an object."""
    call_object(solver, solver.calls[number], number, callee, -1)


def call_object(solver: Solver, call: Call, number: int, callee: int, receiver: int, of_class: int = -1) -> None:
    """Let a call call an object, which is given `receiver` as its first argument unless that is -1."""
    objects = solver.objects
    kind, first, second = objects.kinds[callee], objects.firsts[callee], objects.seconds[callee]
    if kind == FUNCTION:
        record(solver, call, callee, of_class)
        arguments.bind_arguments(solver, call, number, solver.program.functions[first], receiver, callee)
    elif kind == BOUND and objects.kinds[first] == FUNCTION:
        record(solver, call, first, of_class)
        function = solver.program.functions[objects.firsts[first]]
        arguments.bind_arguments(solver, call, number, function, second, first)
    elif kind == BOUND:
        call_object(solver, call, number, first, second, of_class)
    elif kind == CLASS:
        instances.instantiate(solver, call, number, first)
    elif kind == INSTANCE:
        call_method(solver, call, number, callee, "__call__")
    elif kind == PARTIAL:
        _call_partial(solver, call, first)
    elif kind == OUTSIDE:
        record(solver, call, callee, of_class)
        builtin_models.call_outside(solver, call, number, first)
    elif kind == BUILTIN:
        record(solver, call, callee, of_class)
        builtin_models.call_builtin(solver, call, number, first)
    elif kind in (CONTAINER_METHOD, DESCRIPTOR_CALL):
        record(solver, call, callee, of_class)
        builtin_models.call_method(solver, call, number, callee)
    elif kind == METHODS:
        for owner, name in _methods_meant(solver, first, second):
            _load_for(solver, owner, name)
            solver.on(solver.program.variable("load", owner, name), CALL, number, call.result)
    elif kind == DISPATCHER:
        dispatch.dispatch(solver, call, number, callee, receiver)
    elif kind == REGISTRAR:
        dispatch.register(solver, call, first, second)
    elif kind == GETTER:
        library_models.use_getter(solver, call, first, second)
    elif kind == IDENTITY and call.positional:
        solver.copy(call.positional[0], call.result)
    elif kind == ACCESSOR and call.positional:
        members.extend_property(solver, call, number, first, second)


def _methods_meant(solver: Solver, which: Any, owner: int) -> list[tuple[int, str]]:
    """Those whose names start so, or those that subclasses have under a name."""
    if isinstance(which, str):
        return [(owner, name) for name in members.names_from(solver, owner, which)]
    class_row, name = which
    return [(solver.objects.get(INSTANCE, row, 0), name) for row in solver.program.overriding(class_row, name)]


def _load_for(solver: Solver, owner: int, name: str) -> None:
    if solver.first_time("load", owner, name):
        members.load(solver, owner, name, solver.program.variable("load", owner, name))


def call_method(solver: Solver, call: Call, number: int, owner: int, name: str) -> None:
    """Let a call call a method of an object, looked up in its class."""
    variable = solver.program.variable("method", owner, name)
    if ("method", owner, name) not in solver.once:
        solver.once.add(("method", owner, name))
        members.load_of_class(solver, owner, name, variable)
    solver.on(variable, CALL, number, call.result)


def record(solver: Solver, call: Call, callee: int, of_class: int = -1) -> None:
    """Note that a site calls an object."""
    callee = closures.plain(solver, callee)
    solver.found[solver.sites.get(call.site, call.site), call.way, callee, of_class] = None


def imply(solver: Solver, site: int, way: str, callee: int, positional: list[int], result: int) -> int:
    """The number of a call that is not written, with the variable of what it calls."""
    key = (site, way, callee, tuple(positional), result)
    number = solver.implied.get(key)
    if number is None:
        number = solver.constraints.new_call(site=site, callee=callee, way=way, positional=positional, result=result)
        solver.implied[key] = number
    solver.on(callee, CALL, number, result)
    return number


def _call_partial(solver: Solver, call: Call, number: int) -> None:
    """What `functools.partial` holds is called with its arguments before the call's own."""
    made = solver.calls[number]
    key = ("partial", number, call.site, call.way, call.result)
    if key in solver.once or not made.positional:
        return
    solver.once.add(key)
    joined = solver.constraints.new_call(
        site=call.site,
        callee=made.positional[0],
        way=call.way,
        positional=[*made.positional[1:], *call.positional],
        named=list({**dict(made.named), **dict(call.named)}.items()),
        star=call.star,
        double_star=call.double_star,
        result=call.result,
    )
    solver.on(made.positional[0], CALL, joined, call.result)


def imply_method(solver: Solver, site: int, way: str, owner: int, name: str, arguments: list[int], result: int) -> None:
    """Call a method of an object where no call is written."""
    variable = solver.program.variable("method", owner, name)
    if ("method", owner, name) not in solver.once:
        solver.once.add(("method", owner, name))
        members.load_of_class(solver, owner, name, variable)
    imply(solver, site, way, variable, arguments, result)
