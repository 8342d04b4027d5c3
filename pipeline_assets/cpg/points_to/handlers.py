"""What every kind of trigger does with each value that comes to its variable."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pipeline_assets.cpg.points_to import (
    arguments,
    asking,
    bases_outside,
    builtin_models,
    calls,
    classes,
    closures,
    containers,
    dispatch,
    exceptions,
    instances,
    members,
    protocols,
)
from pipeline_assets.cpg.points_to import triggers as kinds
from pipeline_assets.cpg.points_to.annotations import annotated
from pipeline_assets.cpg.points_to.objects import CLASS, GENERATOR, INSTANCE, METHODS, STATIC

if TYPE_CHECKING:
    from pipeline_assets.cpg.points_to.solver import Solver


def _delegate(solver: Solver, value: int, what: Any, result: int) -> None:
    """`yield from` gives what the generator returns."""
    if solver.objects.kinds[value] == GENERATOR:
        solver.copy(solver.program.variable("return", solver.objects.firsts[value]), result)


def _super_with(solver: Solver, value: int, what: int, result: int) -> None:
    """`super(owner, receiver)`: the owner is known, now the receiver is waited for."""
    if solver.objects.kinds[value] == CLASS:
        solver.on(what, kinds.SUPER_OF, solver.objects.firsts[value], result)


def _make(solver: Solver, value: int, what: int, result: int) -> None:
    """A class's `__new__`, be it wrapped as a static method or not."""
    if solver.objects.kinds[value] == STATIC:
        solver.on(solver.calls[solver.objects.firsts[value]].positional[0], kinds.MAKE, what, result)
    else:
        calls.call_object(solver, solver.calls[what], what, value, -1)


def _made(solver: Solver, value: int, what: tuple[int, int], result: int) -> None:
    """What `__new__` gives is initialised if it is of the class, or of one that inherits from it."""
    number, class_row = what
    if solver.objects.kinds[value] == INSTANCE:
        of = solver.objects.firsts[value]
        if of in solver.constraints.doubted or any(row == class_row for row, _ in solver.program.orders.get(of, ())):
            first = class_row if of in solver.constraints.doubted else of
            instances.initialise(solver, solver.calls[number], number, first, value, is_made=True)


def _start(solver: Solver, value: int, what: tuple[int, int, int], result: int) -> None:
    """A class's `__init__`, with the new object."""
    number, made, class_row = what
    calls.call_object(solver, solver.calls[number], number, value, made, class_row)


def _keyed(solver: Solver, value: int, what: tuple[int, bool | None, int], result: int) -> None:
    """What a key that a variable holds stands for."""
    container, is_store, other = what
    if is_store is None:
        containers.add_pair(solver, value, container)
    else:
        containers.keyed(solver, value, container, is_store, other)


def _prefixed(solver: Solver, value: int, what: str, result: int) -> None:
    """Methods by how their names start."""
    solver.give(result, solver.objects.get(METHODS, what, value))


Handler = Callable[["Solver", int, Any, int], None]
HANDLERS: Mapping[int, Handler] = MappingProxyType(
    {
        kinds.LOAD: members.load,
        kinds.STORE: members.store,
        kinds.CALL: calls.call,
        kinds.ITEM: containers.load_item,
        kinds.UNPACK: containers.unpack,
        kinds.STORE_ITEM: containers.store_item,
        kinds.ITERATE: protocols.iterate,
        kinds.NEXT: protocols.take_next,
        kinds.AWAIT: protocols.wait,
        kinds.ENTER: protocols.enter,
        kinds.OPERATE: protocols.operate,
        kinds.CAUGHT: exceptions.catch,
        kinds.DELEGATE: _delegate,
        kinds.BIND: members.bind,
        kinds.SUPER_OF: members.make_super,
        kinds.SUPER_WITH: _super_with,
        kinds.MAKE: _make,
        kinds.MADE: _made,
        kinds.START: _start,
        kinds.CLASS_OF: builtin_models.class_of,
        kinds.INSTANCE_OF: builtin_models.instance_of,
        kinds.MERGE: containers.merge_into,
        kinds.ITERATOR: protocols.iterator_of,
        kinds.RECEIVE: arguments.receive,
        kinds.KEYED: _keyed,
        kinds.NAMED: builtin_models.by_name,
        kinds.SLICE: containers.take_slice,
        kinds.REST: containers.take_rest,
        kinds.COMBINE: containers.combine,
        kinds.VIEW: builtin_models.copied_from,
        kinds.ANNOTATED: annotated,
        kinds.ADOPT: classes.adopt,
        kinds.RAISED: exceptions.throw,
        kinds.PREFIXED: _prefixed,
        kinds.ENROL: dispatch.enrol,
        kinds.DECIDE: dispatch.decide,
        kinds.CLASSES_OF: builtin_models.classes_of,
        kinds.NARROW: classes.narrow,
        kinds.CLOSE: closures.close,
        kinds.OPERATE_EITHER: protocols.operate_either,
        kinds.HASH: asking.hash_of,
        kinds.KEY: asking.key_of,
        kinds.SEARCH: asking.search,
        kinds.CALL_BACK: bases_outside.call_back,
        kinds.INHERIT: members.inherit,
        kinds.INHERIT_START: members.inherit_initialiser,
        kinds.DELETE: members.delete,
        kinds.DELETE_ITEM: containers.delete_item,
    }
)
"""By kind of trigger; each is given the value, what is done and where the result goes."""
