"""What a function gets from its callers and gives back: parameters, receivers, results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_assets.cpg.points_to import closures, containers, members
from pipeline_assets.cpg.points_to.objects import CLASS, CONTAINER, COROUTINE, GENERATOR, INSTANCE, TEXT
from pipeline_assets.cpg.points_to.triggers import ITEM, ITERATE, RECEIVE, STORE, UNPACK

if TYPE_CHECKING:
    from pipeline_assets.cpg.points_to.program import Call, Function
    from pipeline_assets.cpg.points_to.solver import Solver


def receive(solver: Solver, value: int, class_row: int, parameter: int) -> None:
    """Hand a method's first argument on, unless it is an object of a class that has nothing to do with it."""
    objects = solver.objects
    if objects.kinds[value] in (INSTANCE, CLASS):
        order = solver.program.orders.get(objects.firsts[value], ())
        if all(ancestor != class_row for ancestor, _ in order) and not solver.constraints.is_metaclass(class_row):
            return
    solver.give(parameter, value)


def bind_arguments(solver: Solver, call: Call, number: int, function: Function, receiver: int, callee: int) -> None:
    """Let the parameters of a function hold what a call gives them."""
    shift = 1 if receiver >= 0 else 0
    if shift:
        _give_receiver(solver, call, function, receiver)
    if function.stores:
        _store_arguments(solver, call, number, function, receiver)
    is_told = function.inner and closures.enter(solver, call, number, function, callee, shift)
    key = number << 33 | function.row << 1 | shift
    if function.inner and not is_told:
        _return(solver, call, function)
    if key in solver.bound:
        return
    solver.bound.add(key)
    if not function.inner:
        _return(solver, call, function)
    rest, others, by_name = function.rest, function.others, function.by_name
    ordered = function.ordered[1:] if shift else function.ordered
    for at, argument in enumerate(call.positional):
        if at < len(ordered):
            _pass(solver, call, function, argument, ordered[at].row)
        elif rest is not None:
            _pack(solver, rest.row, "tuple", at - len(ordered), argument)
    if call.star >= 0:
        _pass_star(solver, call, function, ordered, rest, len(call.positional))
    for name, argument in call.named:
        if name in by_name:
            _pass(solver, call, function, argument, by_name[name])
        elif others is not None:
            _pack(solver, others.row, "dict", repr(name), argument)
            _tell_key(solver, others.row, name)
    if call.double_star >= 0:
        for name, row in by_name.items():
            solver.on(call.double_star, ITEM, repr(name), row)
        if others is not None:
            solver.copy(call.double_star, others.row)
    if function.defaults:
        given = {p.row for p in ordered[: len(call.positional)]}
        given.update(by_name.get(name, -1) for name, _ in call.named)
        for parameter, default in function.defaults:
            if parameter not in given:
                _pass(solver, call, function, default, parameter)


def _store_arguments(solver: Solver, call: Call, number: int, function: Function, receiver: int) -> None:
    """Bind attributes of the receiver to the arguments that the function stores there as they came."""
    if not solver.first_time("stores", number, function.row, receiver):
        return
    shift = 1 if receiver >= 0 else 0
    given = dict(zip((p.row for p in function.ordered[shift:]), call.positional, strict=False))
    names = dict(call.named)
    by_name = {p.row: names[p.name] for p in function.parameters if p.name in names}
    unsure = call.star >= 0 or call.double_star >= 0
    for parameter, name in function.stores:
        source = given.get(parameter, by_name.get(parameter, -1))
        if source < 0:
            source = parameter if unsure else solver.constraints.defaults.get(parameter, -1)
        if receiver >= 0:
            members.store(solver, receiver, name, source)
        elif call.positional:
            solver.on(call.positional[0], STORE, name, source)


def _give_receiver(solver: Solver, call: Call, function: Function, receiver: int) -> None:
    if not function.parameters:
        return
    first = function.parameters[0]
    if first.kind == "var_positional":
        variable = solver.program.variable("object", receiver)
        solver.give(variable, receiver)
        _pack(solver, first.row, "tuple", 0, variable)
        return
    solver.give(first.row, receiver)
    if first.row in function.passed_on:
        solver.give(call.result, receiver)


def _pass(solver: Solver, call: Call, function: Function, argument: int, parameter: int) -> None:
    if parameter == function.own:
        solver.on(argument, RECEIVE, function.class_row, parameter)
    else:
        solver.copy(argument, parameter)
    if parameter in function.passed_on:
        solver.copy(argument, call.result)


def _pass_star(solver: Solver, call: Call, function: Function, ordered: list[Any], rest: Any, done: int) -> None:
    for at, parameter in enumerate(ordered[done:]):
        solver.on(call.star, UNPACK, at, parameter.row)
        if parameter.row in function.passed_on:
            solver.on(call.star, UNPACK, at, call.result)
    if rest is not None:
        made = _rest_of(solver, rest.row, "tuple")
        left = max(0, len(ordered) - done)
        if left == 0 and len(call.positional) <= len(ordered):
            # The whole sequence is handed on: `def f(*args): g(*args)`.
            solver.copy(call.star, rest.row)
        else:
            solver.on(call.star, ITERATE, call.site, containers.star_of(solver, made))


def _rest_of(solver: Solver, row: int, type_name: str) -> int:
    made = solver.objects.get(CONTAINER, ("rest", row), type_name)
    solver.give(row, made)
    return made


def _pack(solver: Solver, row: int, type_name: str, key: Any, argument: int) -> None:
    made = _rest_of(solver, row, type_name)
    solver.copy(argument, containers.item_of(solver, made, key))


def _tell_key(solver: Solver, row: int, name: str) -> None:
    """Let the names of what is collected be keys."""
    key = solver.objects.get(TEXT, "str", repr(name))
    solver.constraints.exact_texts.add(key)
    solver.give(containers.keys_of(solver, _rest_of(solver, row, "dict")), key)


def _return(solver: Solver, call: Call, function: Function) -> None:
    if function.is_generator:
        solver.give(call.result, solver.objects.get(GENERATOR, function.row))
    elif function.is_async:
        solver.give(call.result, solver.objects.get(COROUTINE, function.row))
    else:
        solver.copy(solver.program.variable("return", function.row), call.result)
