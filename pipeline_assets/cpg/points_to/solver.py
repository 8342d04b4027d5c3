"""The fixpoint: values flow along copies, and what is done with them adds copies, calls and objects."""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from pipeline_assets.cpg.points_to import builtin_models, classes, containers, members
from pipeline_assets.cpg.points_to.annotations import Annotations
from pipeline_assets.cpg.points_to.constraints import Constraints
from pipeline_assets.cpg.points_to.objects import (
    ACCESSOR,
    BOUND,
    BUILTIN,
    CLASS,
    CONTAINER,
    CONTAINER_METHOD,
    COROUTINE,
    DESCRIPTOR_CALL,
    FUNCTION,
    GENERATOR,
    IDENTITY,
    INSTANCE,
    METHODS,
    OUTSIDE,
    PARTIAL,
    STATIC,
    TEXT,
    Objects,
)
from pipeline_assets.cpg.points_to.program import Call, Function, Program
from pipeline_assets.cpg.points_to.syntax import Ints
from pipeline_assets.cpg.points_to.triggers import (
    ADOPT,
    ANNOTATED,
    AWAIT,
    BIND,
    CALL,
    CAUGHT,
    CLASS_OF,
    COMBINE,
    DELEGATE,
    ENTER,
    INSTANCE_OF,
    ITEM,
    ITERATE,
    ITERATOR,
    KEYED,
    LOAD,
    MADE,
    MAKE,
    MERGE,
    NAMED,
    NEXT,
    OPERATE,
    PREFIXED,
    RAISED,
    RECEIVE,
    REST,
    SLICE,
    START,
    STORE,
    STORE_ITEM,
    SUPER_OF,
    SUPER_WITH,
    UNPACK,
    VIEW,
)

MOST_VALUES = 10
"""A variable that may hold more objects than this holds no further ones, and counts as unknown."""
MOST_IN_ALL, MOST_OF_SMALL = 6_000_000, 100
"""Small repositories can afford more: so many for each variable's share of so many in all."""
MOST_TEXTS = 4
"""A variable that may hold more constants than this holds any."""
MOST_STEPS = 4_000_000
"""Values handed on, after which the analysis stops as it is."""


class Solver:
    """What every variable may hold, and what every call may call."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.objects = Objects()
        self.constraints = Constraints(program, self.objects)
        self.calls = self.constraints.calls
        self.triggers: dict[int, list[tuple[int, Any, int]]] = {}
        self.values = program.held
        self.full: set[int] = set()
        self.found: dict[tuple[int, str, int, int], int] = {}
        self.looked_up: dict[Any, tuple[list[int], list[int], int, int]] = {}
        """What searches along resolution orders came to, by class, place, name and whether attributes have it."""
        self.more: dict[int, list[int]] = {}
        self._copied: set[int] = set()
        self._waiting: dict[int, frozenset[int]] = {}
        self._queue: deque[int] = deque()
        self._bound: set[tuple[int, int, bool]] = set()
        self._once: set[Any] = set()
        self._implied: dict[Any, int] = {}
        self._todo: deque[tuple[int, Any, int, Iterable[int]]] = deque()
        self.places: dict[int, dict[int, int]] = {}
        self.items: dict[int, list[Any]] = {}
        self.merged: dict[int, list[tuple[int, tuple[Any, ...]]]] = {}
        self.annotated: dict[tuple[int, str], list[int]] = {}
        self._raised: dict[str | int, list[int]] = {}
        """What is raised, by the classes that it may be caught as."""
        self._handlers: dict[str | int, list[int]] = {}
        self.views: dict[int, containers.View] = {}
        self.guessed: set[int] = set()
        """Variables that hold what they are annotated with, as nothing else is known of them."""
        self.pending: list[tuple[int, int, bool, int]] = []
        self._annotations = Annotations(program)
        self.steps = 0
        self._lay_out()

    def _lay_out(self) -> None:
        """Copies and triggers that the text itself has, by variable: `…[starts[v] : starts[v + 1]]`."""
        size = self._size = len(self.values)
        sources, targets = self.constraints.edges()
        order, self._starts = _by_variable(sources, size)
        self._next: list[int] = targets[order].tolist()
        variables, done = self.constraints.triggers()
        order, self._firsts = _by_variable(variables, size)
        self._done = [done[at] for at in order[np.count_nonzero(variables < 0) :].tolist()]
        self.constraints.copy_late = self.copy

    def solve(self) -> None:
        """From what the code itself does to what others may do with it."""
        for variable, value in self.constraints.seeds:
            self.give(variable, value)
        classes.make_classes(self)
        self._settle()
        self._call_from_outside()
        for _ in range(2):
            self._annotations.fill(self)
            self._settle()

    def _settle(self) -> None:
        """Hand on values, then those that only stand in for others."""
        self.run()
        self._catch_unraised()
        self.run()
        while self.pending:
            containers.settle_keys(self)
            self.run()

    def first_time(self, *what: Any) -> bool:
        """Whether this is done for the first time."""
        if what in self._once:
            return False
        self._once.add(what)
        return True

    def give(self, variable: int, value: int) -> None:
        """Let a variable hold an object."""
        self.give_all(variable, self.objects.alone[value])

    def give_all(self, variable: int, values: frozenset[int]) -> None:
        """Let a variable hold these objects."""
        if variable < 0 or variable in self.full:
            return
        waiting = self._waiting.get(variable)
        if waiting is not None:
            if not values <= waiting:
                self._waiting[variable] = _joined(waiting, values)
        elif not values <= self.values[variable]:
            self._waiting[variable] = values
            self._queue.append(variable)

    def copy(self, source: int, target: int) -> None:
        """Let what one variable holds flow to another, now and later."""
        if source < 0 or target < 0 or source == target:
            return
        pair = source << 32 | target
        if pair in self._copied:
            return
        self._copied.add(pair)
        self.more.setdefault(source, []).append(target)
        held = self.values[source]
        if held:
            self.give_all(target, held)

    def on(self, variable: int, kind: int, what: Any, result: int) -> None:
        """Do something with what a variable holds, now and later."""
        key = (variable, kind, what, result)
        if variable < 0 or key in self._once:
            return
        self._once.add(key)
        self.triggers.setdefault(variable, []).append((kind, what, result))
        held = self.values[variable]
        if held:
            self._todo.append((kind, what, result, sorted(held)))

    def on_member(self, member: int, how: tuple[int, int, str], result: int) -> None:
        """Bind what a class's member holds, now and later; a method without decorators is all that it ever holds."""
        held = self.values[member]
        if held and member in self.program.functions and not self.constraints.is_decorated(member):
            self._todo.append((BIND, how, result, held))
        else:
            self.on(member, BIND, how, result)

    def run(self) -> None:
        """Hand on values until nothing changes."""
        # Millions of turns: what a turn does is written out here, `give_all` for what is handed on among it.
        queue, todo, waiting, values, full = self._queue, self._todo, self._waiting, self.values, self.full
        starts, following, firsts, done_by_text = self._starts, self._next, self._firsts, self._done
        size, more, triggers, act = self._size, self.more, self.triggers, self._act
        exact = self.constraints.exact_texts
        most = max(MOST_VALUES, min(MOST_OF_SMALL, MOST_IN_ALL // max(1, self.program.syntax.count)))
        while (queue or todo) and self.steps < MOST_STEPS:
            if todo:
                kind, what, result, found = todo.popleft()
                for value in found:
                    act(kind, what, result, value)
                continue
            variable = queue.popleft()
            held, new = values[variable], waiting.pop(variable)
            if held:
                new -= held
            if not exact.isdisjoint(new):
                new = self._without_many_texts(held, new)
            if len(new) > most - len(held):
                full.add(variable)
                new = frozenset(sorted(new)[: most - len(held)])
            if not new:
                continue
            values[variable] = held | new if held else new
            self.steps += len(new)
            targets, done = more.get(variable, ()), triggers.get(variable, ())
            if variable < size:
                targets = [*following[starts[variable] : starts[variable + 1]], *targets]
                done = [*done_by_text[firsts[variable] : firsts[variable + 1]], *done]
            for target in targets:
                pending = waiting.get(target)
                if pending is not None:
                    if not new <= pending:
                        waiting[target] = _joined(pending, new)
                elif target not in full and not new <= values[target]:
                    waiting[target] = new
                    queue.append(target)
            if done:
                ordered = sorted(new) if len(new) > 1 else tuple(new)
                # What is done may add to the triggers; what it adds sees these values by itself.
                for kind, what, result in tuple(done):
                    for value in ordered:
                        act(kind, what, result, value)

    def _without_many_texts(self, held: frozenset[int], new: frozenset[int]) -> frozenset[int]:
        """Of more than a few different texts it is only known that they are texts."""
        exact = self.constraints.exact_texts
        if len(exact & held) + len(exact & new) <= MOST_TEXTS:
            return new
        types = {self.objects.firsts[text] for text in exact & new}
        return (new - exact | {self.objects.get(TEXT, name) for name in types}) - held

    def _act(self, kind: int, what: Any, result: int, value: int) -> None:
        if kind == LOAD:
            members.load(self, value, what, result)
        elif kind == CALL:
            self.call(what, value)
        elif kind == STORE:
            members.store(self, value, what, result)
        elif kind in (ITEM, UNPACK):
            containers.load_item(self, value, what, result)
        elif kind == STORE_ITEM:
            containers.store_item(self, value, what, result)
        elif kind == ITERATE:
            self.iterate(value, what, result)
        elif kind == NEXT:
            self.take_next(value, what, result)
        elif kind == AWAIT:
            self._await(value, result)
        elif kind == ENTER:
            self._enter(value, what, result)
        elif kind == OPERATE:
            self._operate(value, what, result)
        elif kind == CAUGHT:
            self._catch(value, result)
        elif kind == DELEGATE:
            if self.objects.kinds[value] == GENERATOR:
                self.copy(self.program.variable("return", self.objects.firsts[value]), result)
        elif kind == BIND:
            receiver, site, access = what
            members.bind(self, value, receiver, site, access, result)
        else:
            self._act_specially(kind, what, result, value)

    def _act_specially(self, kind: int, what: Any, result: int, value: int) -> None:
        objects = self.objects
        if kind == SUPER_OF:
            members.make_super(self, value, what, result)
        elif kind == SUPER_WITH:
            if objects.kinds[value] == CLASS:
                self.on(what, SUPER_OF, objects.firsts[value], result)
        elif kind == MAKE:
            made = objects.kinds[value] == STATIC
            if made:
                self.on(self.calls[objects.firsts[value]].positional[0], MAKE, what, result)
            else:
                self.call_object(self.calls[what], what, value, -1)
        elif kind == MADE:
            number, class_row = what
            if objects.kinds[value] == INSTANCE and objects.firsts[value] == class_row:
                members.initialise(self, self.calls[number], number, class_row, value, is_made=True)
        elif kind == START:
            number, made, class_row = what
            self.call_object(self.calls[number], number, value, made, class_row)
        elif kind == CLASS_OF:
            builtin_models.class_of(self, value, result)
        elif kind == INSTANCE_OF:
            builtin_models.instance_of(self, value, what, result)
        elif kind == MERGE:
            containers.merge(self, value, result, what or ())
        elif kind >= KEYED:
            self._act_on_containers(kind, what, result, value)
        elif kind == RECEIVE:
            self._receive(value, what, result)
        elif kind == ITERATOR:
            self._iterator_of(value, what, result)

    def _act_on_containers(self, kind: int, what: Any, result: int, value: int) -> None:
        if kind == KEYED:
            container, is_store, other = what
            if is_store is None:
                containers.add_pair(self, value, container)
            else:
                containers.keyed(self, value, container, is_store, other)
        elif kind == NAMED:
            builtin_models.by_name(self, value, what, result)
        elif kind == SLICE:
            containers.take_slice(self, value, what, result)
        elif kind == REST:
            containers.take_rest(self, value, what, result)
        elif kind == COMBINE:
            containers.combine(self, value, result, what)
        elif kind == ANNOTATED:
            self._annotations.annotated(self, value, what, result)
        elif kind == ADOPT:
            classes.adopt(self, value, what, result)
        elif kind == RAISED:
            self._raise(value, result)
        elif kind == PREFIXED:
            self.give(result, self.objects.get(METHODS, what, value))
        elif kind == VIEW:
            builtin_models.copied(self, value, what[0], what[1], result)

    def _receive(self, value: int, class_row: int, parameter: int) -> None:
        """Hand a method's first argument on, unless it is an object of a class that has nothing to do with it."""
        objects = self.objects
        if objects.kinds[value] in (INSTANCE, CLASS):
            order = self.program.orders.get(objects.firsts[value], ())
            if all(ancestor != class_row for ancestor, _ in order) and not self.constraints.is_metaclass(class_row):
                return
        self.give(parameter, value)

    def _iterator_of(self, value: int, site: int, result: int) -> None:
        if self.objects.kinds[value] == INSTANCE and members.has(self, value, "__iter__"):
            self.imply_method(site, "builtin", value, "__iter__", [], result)
        else:
            self.give(result, value)

    def with_first(self, call: Call, number: int, first: int, result: int) -> int:
        """The same call with one more argument before the others, and another result."""
        return self._clone(("first", number, first, result), call, [first, *call.positional], result)

    def without_result(self, call: Call, number: int) -> int:
        """The same call, whose result goes nowhere."""
        return self._clone(("silent", number), call, call.positional, -1)

    def _clone(self, key: Any, call: Call, positional: list[int], result: int) -> int:
        made = self._implied.get(key)
        if made is None:
            made = self._implied[key] = len(self.calls)
            self.calls.append(replace(call, positional=positional, result=result))
        return made

    # Calls.

    def call(self, number: int, callee: int) -> None:
        """Let a call call an object."""
        call = self.calls[number]
        self.call_object(call, number, callee, -1)

    def call_object(self, call: Call, number: int, callee: int, receiver: int, of_class: int = -1) -> None:
        """Let a call call an object, which is given `receiver` as its first argument unless that is -1."""
        objects = self.objects
        kind, first, second = objects.kinds[callee], objects.firsts[callee], objects.seconds[callee]
        if kind == FUNCTION:
            self.record(call, callee, of_class)
            self._bind_arguments(call, number, self.program.functions[first], receiver)
        elif kind == BOUND:
            self.call_object(call, number, first, second, of_class)
        elif kind == CLASS:
            members.instantiate(self, call, number, first)
        elif kind == INSTANCE:
            self.call_method(call, number, callee, "__call__")
        elif kind == PARTIAL:
            self._call_partial(call, first)
        elif kind == OUTSIDE:
            self.record(call, callee, of_class)
            builtin_models.call_outside(self, call, number, first)
        elif kind == BUILTIN:
            self.record(call, callee, of_class)
            builtin_models.call_builtin(self, call, number, first)
        elif kind in (CONTAINER_METHOD, DESCRIPTOR_CALL):
            self.record(call, callee, of_class)
            builtin_models.call_method(self, call, number, callee)
        elif kind == METHODS:
            for owner, name in self._methods_meant(first, second):
                self._load_for(owner, name)
                self.on(self.program.variable("load", owner, name), CALL, number, call.result)
        elif kind == IDENTITY and call.positional:
            self.copy(call.positional[0], call.result)
        elif kind == ACCESSOR and call.positional:
            members.extend_property(self, call, number, first, second)

    def _methods_meant(self, which: Any, owner: int) -> list[tuple[int, str]]:
        """Those whose names start so, or those that subclasses have under a name."""
        if isinstance(which, str):
            return [(owner, name) for name in self.constraints.names_from(which)]
        class_row, name = which
        return [(self.objects.get(INSTANCE, row, 0), name) for row in self.program.overriding(class_row, name)]

    def _load_for(self, owner: int, name: str) -> None:
        if self.first_time("load", owner, name):
            members.load(self, owner, name, self.program.variable("load", owner, name))

    def call_method(self, call: Call, number: int, owner: int, name: str) -> None:
        """Let a call call a method of an object, looked up in its class."""
        variable = self.program.variable("method", owner, name)
        if ("method", owner, name) not in self._once:
            self._once.add(("method", owner, name))
            members.load_of_class(self, owner, name, variable)
        self.on(variable, CALL, number, call.result)

    def record(self, call: Call, callee: int, of_class: int = -1) -> None:
        """Note that a site calls an object."""
        self.found.setdefault((call.site, call.way, callee, of_class), len(self.found))

    def imply(self, site: int, way: str, callee: int, positional: list[int], result: int) -> int:
        """The number of a call that is not written, with the variable of what it calls."""
        key = (site, way, callee, tuple(positional), result)
        number = self._implied.get(key)
        if number is None:
            number = self.constraints.new_call(site=site, callee=callee, way=way, positional=positional, result=result)
            self._implied[key] = number
        self.on(callee, CALL, number, result)
        return number

    def _bind_arguments(self, call: Call, number: int, function: Function, receiver: int) -> None:
        shift = 0
        if receiver >= 0:
            shift = 1
            self._give_receiver(call, function, receiver)
        if function.stores:
            self._store_arguments(call, number, function, receiver)
        if (number, function.row, bool(shift)) in self._bound:
            return
        self._bound.add((number, function.row, bool(shift)))
        self._return(call, function)
        rest, others, by_name = function.rest, function.others, function.by_name
        ordered = function.ordered[1:] if shift else function.ordered
        for at, argument in enumerate(call.positional):
            if at < len(ordered):
                self._pass(call, function, argument, ordered[at].row)
            elif rest is not None:
                self._pack(rest.row, "tuple", at - len(ordered), argument)
        if call.star >= 0:
            self._pass_star(call, function, ordered, rest, len(call.positional))
        for name, argument in call.named:
            if name in by_name:
                self._pass(call, function, argument, by_name[name])
            elif others is not None:
                self._pack(others.row, "dict", repr(name), argument)
        if call.double_star >= 0:
            for name, row in by_name.items():
                self.on(call.double_star, ITEM, repr(name), row)
            if others is not None:
                self.copy(call.double_star, others.row)
        if function.defaults:
            given = {p.row for p in ordered[: len(call.positional)]}
            given.update(by_name.get(name, -1) for name, _ in call.named)
            for parameter, default in function.defaults:
                if parameter not in given:
                    self._pass(call, function, default, parameter)

    def _store_arguments(self, call: Call, number: int, function: Function, receiver: int) -> None:
        """Bind attributes of the receiver to the arguments that the function stores there as they came."""
        if not self.first_time("stores", number, function.row, receiver):
            return
        shift = 1 if receiver >= 0 else 0
        given = dict(zip((p.row for p in function.ordered[shift:]), call.positional, strict=False))
        names = dict(call.named)
        by_name = {p.row: names[p.name] for p in function.parameters if p.name in names}
        unsure = call.star >= 0 or call.double_star >= 0
        for parameter, name in function.stores:
            source = given.get(parameter, by_name.get(parameter, -1))
            if source < 0:
                source = parameter if unsure else self.constraints.defaults.get(parameter, -1)
            if receiver >= 0:
                members.store(self, receiver, name, source)
            elif call.positional:
                self.on(call.positional[0], STORE, name, source)

    def _give_receiver(self, call: Call, function: Function, receiver: int) -> None:
        if not function.parameters:
            return
        first = function.parameters[0]
        if first.kind == "var_positional":
            variable = self.program.variable("object", receiver)
            self.give(variable, receiver)
            self._pack(first.row, "tuple", 0, variable)
            return
        self.give(first.row, receiver)
        if first.row in function.passed_on:
            self.give(call.result, receiver)

    def _pass(self, call: Call, function: Function, argument: int, parameter: int) -> None:
        if function.class_row >= 0 and not function.is_static and parameter == function.parameters[0].row:
            self.on(argument, RECEIVE, function.class_row, parameter)
        else:
            self.copy(argument, parameter)
        if parameter in function.passed_on:
            self.copy(argument, call.result)

    def _pass_star(self, call: Call, function: Function, ordered: list[Any], rest: Any, done: int) -> None:
        for at, parameter in enumerate(ordered[done:]):
            self.on(call.star, UNPACK, at, parameter.row)
            if parameter.row in function.passed_on:
                self.on(call.star, UNPACK, at, call.result)
        if rest is not None:
            made = self._rest_of(rest.row, "tuple")
            left = max(0, len(ordered) - done)
            if left == 0 and len(call.positional) <= len(ordered):
                # The whole sequence is handed on: `def f(*args): g(*args)`.
                self.copy(call.star, rest.row)
            else:
                self.on(call.star, ITERATE, call.site, containers.star_of(self, made))

    def _rest_of(self, row: int, type_name: str) -> int:
        made = self.objects.get(CONTAINER, ("rest", row), type_name)
        self.give(row, made)
        return made

    def _pack(self, row: int, type_name: str, key: Any, argument: int) -> None:
        made = self._rest_of(row, type_name)
        self.copy(argument, containers.item_of(self, made, key))

    def _return(self, call: Call, function: Function) -> None:
        if function.is_generator:
            self.give(call.result, self.objects.get(GENERATOR, function.row))
        elif function.is_async:
            self.give(call.result, self.objects.get(COROUTINE, function.row))
        else:
            self.copy(self.program.variable("return", function.row), call.result)

    def _call_partial(self, call: Call, number: int) -> None:
        """What `functools.partial` holds is called with its arguments before the call's own."""
        made = self.calls[number]
        key = ("partial", number, call.site, call.way, call.result)
        if key in self._once or not made.positional:
            return
        self._once.add(key)
        joined = self.constraints.new_call(
            site=call.site,
            callee=made.positional[0],
            way=call.way,
            positional=[*made.positional[1:], *call.positional],
            named=[*made.named, *call.named],
            star=call.star,
            double_star=call.double_star,
            result=call.result,
        )
        self.on(made.positional[0], CALL, joined, call.result)

    # Steps of iteration.

    def iterate(self, value: int, site: int, result: int) -> None:
        """What a loop over an object gives."""
        kind = self.objects.kinds[value]
        if kind == CLASS and classes.is_enumeration(self, self.objects.firsts[value]):
            self.give(result, self.objects.get(INSTANCE, self.objects.firsts[value], 0))
        elif kind == CONTAINER:
            is_dict = self.objects.seconds[value] == "dict"
            self.copy(containers.keys_of(self, value) if is_dict else self.program.variable("all", value), result)
        elif kind == GENERATOR:
            self.copy(self.program.variable("yield", self.objects.firsts[value]), result)
        elif kind == INSTANCE:
            name = "__iter__" if members.has(self, value, "__iter__") else "__aiter__"
            if members.has(self, value, name):
                given = self.program.variable("iterator", site, result)
                self.imply_method(site, "iterate", value, name, [], given)
                self.on(given, NEXT, site, result)
            elif members.has(self, value, "__getitem__"):
                self.imply_method(site, "iterate", value, "__getitem__", [], result)

    def take_next(self, value: int, site: int, result: int) -> None:
        """What the next step of an iterator gives."""
        kind = self.objects.kinds[value]
        if kind in (CONTAINER, GENERATOR):
            self.iterate(value, site, result)
        elif kind == INSTANCE and members.has(self, value, "__next__"):
            self.imply_method(site, "next", value, "__next__", [], result)
        elif kind == INSTANCE and members.has(self, value, "__anext__"):
            given = self.program.variable("step", site, result)
            self.imply_method(site, "next", value, "__anext__", [], given)
            self.on(given, AWAIT, None, result)

    def imply_method(self, site: int, way: str, owner: int, name: str, arguments: list[int], result: int) -> None:
        """Call a method of an object where no call is written."""
        variable = self.program.variable("method", owner, name)
        if ("method", owner, name) not in self._once:
            self._once.add(("method", owner, name))
            members.load_of_class(self, owner, name, variable)
        self.imply(site, way, variable, arguments, result)

    def _await(self, value: int, result: int) -> None:
        kind, first = self.objects.kinds[value], self.objects.firsts[value]
        if kind == COROUTINE:
            self.copy(self.program.variable("return", first), result)
        elif kind == INSTANCE and members.has(self, value, "__await__"):
            self.imply_method(result, "await", value, "__await__", [], -1)

    def _enter(self, value: int, site: int, result: int) -> None:
        objects = self.objects
        if objects.kinds[value] == INSTANCE:
            if members.has(self, value, "__enter__"):
                self.imply_method(site, "enter", value, "__enter__", [], result)
            elif members.has(self, value, "__aenter__"):
                given = self.program.variable("entered", value)
                self.imply_method(site, "enter", value, "__aenter__", [], given)
                self.on(given, AWAIT, None, result)
        elif objects.kinds[value] == GENERATOR:
            # Functions under `contextlib.contextmanager` stay generators here: what they yield is entered.
            self.copy(self.program.variable("yield", objects.firsts[value]), result)

    def _operate(self, value: int, what: tuple[tuple[str, ...], str, int], site: int) -> None:
        names, kind, other = what
        if self.objects.kinds[value] != INSTANCE:
            return
        for name in names:
            if members.has(self, value, name):
                self.imply_method(site, kind, value, name, [other] if other >= 0 else [], site)
                return

    def _raise(self, value: int, row: int) -> None:
        """Hand what is raised to the handlers of its class."""
        kind = self.objects.kinds[value]
        if kind == CLASS:
            callee = self.program.variable("object", value)
            self.give(callee, value)
            thrown = self.program.variable("thrown", row)
            self.imply(row, "raise", callee, [], thrown)
            self.on(thrown, RAISED, None, row)
        elif kind == INSTANCE and self.first_time("raised", value):
            for ancestor in self.program.orders.get(self.objects.firsts[value], ()):
                for caught in ancestor:
                    self._raised.setdefault(caught, []).append(value)
                    for result in self._handlers.get(caught, ()):
                        self.give(result, value)

    def _catch(self, value: int, result: int) -> None:
        kind, first = self.objects.kinds[value], self.objects.firsts[value]
        if kind in (CLASS, BUILTIN):
            caught = first if kind == CLASS else f"builtins.{first}"
            self._handlers.setdefault(caught, []).append(result)
            self.give_all(result, frozenset(self._raised.get(caught, ())))
        elif kind == CONTAINER:
            self.on(self.program.variable("all", value), CAUGHT, None, result)

    def _catch_unraised(self) -> None:
        """What is caught of a class that nothing here raises is an object of it."""
        for caught, results in self._handlers.items():
            for result in results:
                if isinstance(caught, int) and not self.values[result]:
                    members.make_instance(self, caught, result, result)

    # What others may do.

    def _call_from_outside(self) -> None:
        """Methods that nothing here calls get objects of their class and of the classes that inherit them."""
        program, objects = self.program, self.objects
        made = {objects.firsts[o] for o in range(len(objects.kinds)) if objects.kinds[o] == INSTANCE}
        # A class that only its subclasses are made of is nobody's class by itself.
        made |= {ancestor for row in made for ancestor, _ in program.orders.get(row, [])}
        self._offer_receivers(made)
        self._use_defaults()

    def _offer_receivers(self, made: set[int]) -> None:
        program = self.program
        idle = {f.row for f in program.functions.values() if f.parameters and not self.values[f.parameters[0].row]}
        methods = {row: self._methods(row) for row in program.class_rows}
        offered: dict[int, set[int]] = {}
        metaclasses = {*self.constraints.metaclasses.values()}
        for class_row in sorted(program.class_rows - metaclasses):
            seen: set[str] = set()
            is_unmade = class_row not in made
            for ancestor, _ in program.orders.get(class_row, [(class_row, "")]):
                for name, functions in methods.get(ancestor, {}).items():
                    if name not in seen:
                        for function in functions:
                            if is_unmade or function.row in idle:
                                receiver = self._receiver(class_row, function)
                                offered.setdefault(function.parameters[0].row, set()).add(receiver)
                                for parameter, stored in function.stores:
                                    members.store(self, receiver, stored, parameter)
                seen.update(program.members.get(ancestor, ()))
        for variable, values in offered.items():
            self.give_all(variable, frozenset(values))

    def _methods(self, class_row: int) -> dict[str, list[Function]]:
        """The functions of a class that have a first argument of their own."""
        functions, found = self.program.functions, dict[str, list[Function]]()
        for name in self.program.members.get(class_row, ()):
            rows = (functions[row] for row in self.constraints.functions_of(class_row, name))
            kept = [function for function in rows if function.parameters and not function.is_static]
            if kept:
                found[name] = kept
        return found

    def _use_defaults(self) -> None:
        """Parameters that nothing here fills hold their defaults."""
        for parameter, default in self.constraints.defaults.items():
            if not self.values[parameter]:
                self.copy(default, parameter)

    def _receiver(self, class_row: int, function: Function) -> int:
        of_class = function.is_class_method or function.name == "__new__"
        return self.objects.get(CLASS, class_row) if of_class else self.objects.get(INSTANCE, class_row, 0)


def _joined(waiting: frozenset[int], values: frozenset[int]) -> frozenset[int]:
    """What waits for a variable with more; of many only those that it may come to hold beside what it has."""
    joined = waiting | values
    return joined if len(joined) < 4 * MOST_OF_SMALL else frozenset(sorted(joined)[: 2 * MOST_OF_SMALL])


def _by_variable(variables: Ints, size: int) -> tuple[Ints, array[int]]:
    """The order that puts rows of the same variable together, and where each variable's begin."""
    order = np.argsort(variables, kind="stable")
    skipped = np.count_nonzero(variables < 0)
    starts = np.searchsorted(variables[order], np.arange(size + 1)) - skipped
    return order, array("q", starts.tobytes())
