"""What builtins and a few functions of the standard library do with the functions and containers they are given."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from pipeline_assets.cpg.points_to import (
    asking,
    bases_outside,
    calls,
    containers,
    insides,
    instances,
    library_models,
    members,
    protocols,
    reads,
)
from pipeline_assets.cpg.points_to.constraints.keys import Held, Prefix
from pipeline_assets.cpg.points_to.objects import (
    BUILTIN,
    CLASS,
    CLASS_WRAPPER,
    CONTAINER,
    DESCRIPTOR_CALL,
    GENERATOR,
    IDENTITY,
    INSTANCE,
    MODULE,
    OUTSIDE,
    PARTIAL,
    PROPERTY,
    STATIC,
    TEXT,
    THING,
)
from pipeline_assets.cpg.points_to.triggers import (
    CLASS_OF,
    CLASSES_OF,
    INSTANCE_OF,
    ITEM,
    ITERATE,
    ITERATOR,
    LOAD,
    MERGE,
    NAMED,
    NEXT,
    OPERATE,
    PREFIXED,
    STORE,
    STORE_ITEM,
    SUPER_OF,
    SUPER_WITH,
    VIEW,
)

if TYPE_CHECKING:
    from pipeline_assets.cpg.points_to.program import Call
    from pipeline_assets.cpg.points_to.solver import Solver

SAME = frozenset((
    "functools.lru_cache", "functools.cache", "functools.total_ordering",
    "functools.wraps", "functools.cached_property", "abc.abstractmethod", "contextlib.contextmanager",
    "contextlib.asynccontextmanager", "dataclasses.dataclass", "typing.final", "typing.overload",
    "typing.override", "typing.runtime_checkable", "typing.cast", "typing.no_type_check", "enum.unique",
    "copy.copy", "copy.deepcopy", "copy.replace", "dataclasses.replace", "types.coroutine", "atexit.register",
))  # fmt: skip
"""Functions outside that give back one of their arguments, or something that does what it does."""
PARAMETRISED = frozenset(("functools.lru_cache", "functools.wraps", "dataclasses.dataclass"))
PROPERTIES = frozenset(("functools.cached_property", "abc.abstractproperty", "types.DynamicClassAttribute"))
COPYING = frozenset(("list", "sorted", "reversed", "set", "frozenset", "iter", "tuple", "collections.deque"))
EACH = frozenset(("map", "filter", "itertools.filterfalse", "itertools.takewhile", "itertools.dropwhile"))
KEYED = frozenset(("sorted", "min", "max"))
GIVING_ITEM = frozenset(("min", "max", "next"))
_BY_NAME = {
    "getattr": "getattr", "setattr": "setattr", "hasattr": "hasattr", "object.__getattribute__": "getattr",
}  # fmt: skip
_NUMBERS = frozenset(("len", "hash", "int", "ord", "round", "id"))
GROWING = frozenset(("append", "add", "appendleft"))
_NEW_SETS = frozenset(("union", "intersection", "difference", "symmetric_difference"))
_SEARCHING, _HASHING = (
    frozenset(("index", "count", "remove")),
    frozenset(("add", "discard", "get", "setdefault", "pop")),
)
"""Methods that look for what they are given, of all containers and of those that hash."""
_MOVING = frozenset(("reverse", "remove", "rotate", "extendleft"))
_ITERATING = frozenset(("any", "all", "sum"))
TAKING = frozenset(("pop", "popleft", "popitem", "get", "setdefault"))


def call_outside(solver: Solver, call: Call, number: int, name: str) -> None:
    """Model a call of something outside, if it is one of the few that are known."""
    bases_outside.add_callbacks(solver, call, name)
    if name in library_models.MODELS:
        library_models.MODELS[name](solver, call, number)
    elif name in PROPERTIES:
        _make_property(solver, call, number)
    elif name == "functools.partial" or name == "functools.partialmethod":
        solver.give(call.result, solver.objects.get(PARTIAL, number))
    elif name == "functools.reduce":
        _reduce(solver, call)
    elif name == "functools.update_wrapper" and call.positional:
        solver.copy(call.positional[0], call.result)
    elif name in SAME:
        if name == "functools.wraps" or (name in PARAMETRISED and not call.positional):
            solver.give(call.result, solver.objects.get(IDENTITY, name))
        elif call.positional:
            solver.copy(call.positional[-1], call.result)
    elif name in ("collections.defaultdict", "collections.OrderedDict", "collections.Counter"):
        _make_dict(solver, call, name)
    elif name == "importlib.import_module" and call.positional:
        _import_named(solver, call)
    elif call.way == "decorator" and call.positional:
        # Few decorators outside replace what they are given by something that does not do what it does.
        solver.copy(call.positional[0], call.result)
    elif solver.constraints.is_decorator(call.site):
        solver.give(call.result, solver.objects.get(IDENTITY, name))
    elif name in EACH or name in COPYING:
        call_builtin(solver, call, number, name)
    elif name.endswith(".__new__") and call.positional:
        solver.on(call.positional[0], INSTANCE_OF, call.site, call.result)
    elif name.rpartition(".")[2][:1].isupper():
        # Going by its name this is a class.
        solver.give(call.result, solver.objects.get(THING, name))


def call_builtin(solver: Solver, call: Call, number: int, name: str) -> None:
    """Model a call of a builtin."""
    objects, first = solver.objects, call.positional[0] if call.positional else -1
    if name == "super":
        _call_super(solver, call)
    elif name in ("staticmethod", "classmethod") and first >= 0:
        solver.give(call.result, objects.get(STATIC if name == "staticmethod" else CLASS_WRAPPER, number))
    elif name == "property":
        _make_property(solver, call, number)
    elif name in EACH:
        _each(solver, call, name)
    elif name == "iter" and len(call.positional) == 2:
        made = _new(solver, call, "generator")
        calls.imply(solver, call.site, "callback", first, [], containers.star_of(solver, made))
    elif name == "dict.fromkeys" and len(call.positional) == 2:
        made = _new(solver, call, "dict")
        asking.put_in(solver, _items(solver, call, first), call.site)
        solver.copy(call.positional[1], containers.star_of(solver, made))
        solver.copy(_items(solver, call, first), containers.keys_of(solver, made))
    elif name == "print":
        for argument in call.positional:
            _of_operand(solver, call, argument, ("__str__", "__repr__"))
    elif name in _BY_NAME and len(call.positional) > 1:
        _by_name(solver, call, _BY_NAME[name])
    elif name == "globals" or (
        name == "locals" and solver.program.syntax.scope[call.site] in solver.program.module_names
    ):
        solver.give(call.result, objects.get(CONTAINER, ("module", solver.constraints.module_of(call.site)), "dict"))
    elif name == "vars" and first >= 0:
        solver.on(first, LOAD, "__dict__", call.result)
    elif name == "__import__" and first >= 0:
        _import_named(solver, call)
    elif name in ("eval", "exec") and first >= 0:
        _evaluate(solver, call, first)
    elif name == "type" and len(call.positional) == 3:
        _make_class(solver, call)
    elif name == "type" and len(call.positional) == 1:
        solver.on(first, CLASS_OF, None, call.result)
    elif name.endswith(".__new__") and name != "type.__new__" and first >= 0:
        solver.on(first, INSTANCE_OF, call.site, call.result)
    elif name == "type.__new__" and first >= 0:
        solver.on(first, CLASSES_OF, None, call.result)
    elif name == "dict":
        _make_dict(solver, call, name)
    elif name == "enumerate" and first >= 0:
        _pairs(solver, call, {1: first})
    elif name == "zip":
        _pairs(solver, call, dict(enumerate(call.positional)))
    elif name in COPYING or name in GIVING_ITEM:
        _over_items(solver, call, name, first)
    elif name == "str" or name == "repr" or name == "format":
        solver.give(call.result, objects.get(TEXT, "str"))
        _of_operand(solver, call, first, ("__str__", "__repr__") if name == "str" else (f"__{name}__",))
    elif name == "dir":
        solver.give(containers.star_of(solver, _new(solver, call, "list")), objects.get(TEXT, "str"))
    elif name in _NUMBERS:
        solver.give(call.result, objects.get(TEXT, "int"))
    if name == "hash":
        asking.put_in(solver, first, call.site)
    if name in ("len", "bool", "int", "float", "abs", "dir", "round", "bytes", "iter"):
        _of_operand(solver, call, first, (f"__{name}__",))
    if name in ("isinstance", "issubclass") and len(call.positional) == 2:
        asked = "__instancecheck__" if name == "isinstance" else "__subclasscheck__"
        solver.on(call.positional[1], OPERATE, ((asked,), "builtin", first), call.result)
    if name in ("min", "max"):
        for default in (value for given, value in call.named if given == "default"):
            solver.copy(default, call.result)
    if name in KEYED:
        _call_key(solver, call, first)
        _compare(solver, call, name, first)
    elif name in _ITERATING and first >= 0:
        _add_up(solver, call, name, first)


def call_method(solver: Solver, call: Call, number: int, callee: int) -> None:
    """Model a call of a method of a builtin object."""
    owner, name = solver.objects.firsts[callee], solver.objects.seconds[callee]
    if solver.objects.kinds[callee] == DESCRIPTOR_CALL:
        _call_descriptor(solver, call, number, solver.objects.firsts[owner], name)
        return
    kind = solver.objects.kinds[owner]
    if kind == TEXT:
        if name not in ("encode", "split", "find", "index", "count", "startswith", "endswith"):
            solver.give(call.result, owner)
        if name in ("split", "rsplit", "splitlines"):
            made = solver.objects.get(CONTAINER, ("made", call.site), "list")
            solver.give(call.result, made)
            solver.give(containers.star_of(solver, made), owner)
        if name == "join" and call.positional:
            solver.on(call.positional[0], ITERATE, call.site, solver.program.variable("none"))
    elif kind == CONTAINER:
        _call_container_method(solver, call, owner, name)
    elif kind == GENERATOR and name in ("__next__", "send"):
        if call.positional:
            solver.copy(call.positional[0], solver.program.variable("sent", solver.objects.firsts[owner]))
        solver.copy(solver.program.variable("yield", solver.objects.firsts[owner]), call.result)


def _call_container_method(solver: Solver, call: Call, owner: int, name: str) -> None:
    arguments, star = call.positional, containers.star_of(solver, owner)
    is_dict = solver.objects.seconds[owner] == "dict"
    whole = solver.program.variable("all", owner)
    if (name in _SEARCHING or name in _HASHING) and arguments:
        asking.look_up(solver, owner, arguments[0], call.site, name in _HASHING)
    if name in GROWING and arguments:
        solver.copy(arguments[0], star)
    elif name == "insert" and len(arguments) > 1:
        solver.copy(arguments[1], star)
        containers.shuffle(solver, owner)
    elif name in _NEW_SETS:
        _combine_sets(solver, call, name, whole)
    elif name in ("extend", "update") and arguments:
        if is_dict:
            solver.on(arguments[0], MERGE, None, owner)
        else:
            solver.on(arguments[0], ITERATE, call.site, star)
            if solver.objects.seconds[owner] in asking.HASHED:
                asking.put_in(solver, _items(solver, call, arguments[0]), call.site)
    elif name in TAKING:
        _take(solver, call, owner, name, whole)
        if name == "popleft" or (name == "pop" and arguments and solver.constraints.keys.key(arguments[0]) != -1):
            containers.shuffle(solver, owner)
    elif name in _MOVING:
        containers.shuffle(solver, owner)
    elif name == "items":
        _make_pairs(solver, call, containers.keys_of(solver, owner), whole)
    elif name == "values":
        made = _new(solver, call, "list")
        solver.copy(whole, containers.star_of(solver, made))
    elif name == "keys":
        made = _new(solver, call, "list")
        solver.copy(containers.keys_of(solver, owner), containers.star_of(solver, made))
    elif name == "copy" and is_dict:
        made = _new(solver, call, "dict")
        containers.merge(solver, owner, made)
    elif name == "copy":
        copied_from(solver, owner, (solver.objects.seconds[owner], call.site), call.result)
    elif name == "sort":
        item = solver.program.variable("item of", call.site)
        solver.copy(whole, item)
        containers.shuffle(solver, owner)
        _call_key_with(solver, call, item)
        if not any(given == "key" for given, _ in call.named):
            solver.on(item, OPERATE, (("__lt__", "__gt__"), "builtin", item), call.result)
    if is_dict:
        for key, argument in call.named:
            if name == "update":
                solver.copy(argument, containers.item_of(solver, owner, repr(key)))


def _combine_sets(solver: Solver, call: Call, name: str, whole: int) -> None:
    star = containers.star_of(solver, _new(solver, call, "set"))
    solver.copy(whole, star)
    if name in ("union", "symmetric_difference"):
        for argument in call.positional:
            solver.on(argument, ITERATE, call.site, star)


def _take(solver: Solver, call: Call, owner: int, name: str, whole: int) -> None:
    if name == "popitem":
        solver.give(call.result, _pair(solver, call, containers.keys_of(solver, owner), whole))
        return
    key = solver.constraints.keys.key(call.positional[0]) if call.positional else None
    is_dict = solver.objects.seconds[owner] == "dict"
    place = key if is_dict or (name == "pop" and isinstance(key, int)) else -1 if name == "pop" and not key else None
    containers.at_place(solver, owner, place, call.result)
    if name in ("get", "setdefault", "pop") and len(call.positional) > 1:
        solver.copy(call.positional[1], call.result)
        if name == "setdefault":
            containers.at_place(solver, owner, key if is_dict else None, call.positional[1], is_store=True)


def _call_descriptor(solver: Solver, call: Call, number: int, name: str, receiver: int) -> None:
    objects = solver.objects
    if name == "type.__call__" and objects.kinds[receiver] == CLASS:
        instances.instantiate(solver, call, number, objects.firsts[receiver], is_plain=True)
    elif name.endswith(".__new__") and name != "type.__new__" and call.positional:
        solver.on(call.positional[0], INSTANCE_OF, call.site, call.result)
    elif name == "object.__getattribute__" and call.positional:
        _load_named(solver, receiver, call)
    elif name == "type.__new__" and call.positional:
        solver.on(call.positional[0], CLASSES_OF, None, call.result)
    elif name == "type.__subclasses__" and objects.kinds[receiver] == CLASS:
        _give_children(solver, call, objects.firsts[receiver])
    elif objects.kinds[receiver] == INSTANCE:
        _call_inside(solver, call, receiver, name.rpartition(".")[2])


def _give_children(solver: Solver, call: Call, class_row: int) -> None:
    """The classes that name a class among their bases."""
    star = containers.star_of(solver, _new(solver, call, "list"))
    below, orders = solver.program.subclasses.get(class_row, ()), solver.program.orders
    for row in below:
        if not any(ancestor in below for ancestor, _ in orders[row][1:]):
            solver.give(star, solver.objects.get(CLASS, row))


def _call_inside(solver: Solver, call: Call, receiver: int, name: str) -> None:
    """A method of the container that an object's class inherits from."""
    inner, given = insides.inside(solver, receiver), call.positional
    if inner < 0:
        return
    if name == "__init__":
        insides.fill(solver, call, receiver)
    elif name == "__getitem__" and given:
        solver.on(members.holder(solver, inner), ITEM, solver.constraints.keys.key(given[0]), call.result)
    elif name == "__setitem__" and len(given) > 1:
        solver.on(members.holder(solver, inner), STORE_ITEM, solver.constraints.keys.key(given[0]), given[1])
    elif name == "__iter__":
        solver.give(call.result, inner)
    else:
        _call_container_method(solver, call, inner, name)


def classes_of(solver: Solver, value: int, what: None, result: int) -> None:
    """`type.__new__(metaclass, …)`: the classes that are made by the metaclass."""
    constraints, metaclass = solver.constraints, solver.objects.firsts[value]
    if solver.objects.kinds[value] == CLASS:
        for row in solver.program.class_rows:
            if metaclass in constraints.metaclasses_of(row):
                solver.give(result, solver.objects.get(CLASS, row))


def _load_named(solver: Solver, receiver: int, call: Call) -> None:
    key = solver.constraints.keys.key(call.positional[0])
    if isinstance(key, str):
        members.load(solver, receiver, key.strip("'\""), call.result)


def _call_super(solver: Solver, call: Call) -> None:
    if len(call.positional) == 2:
        solver.on(call.positional[0], SUPER_WITH, call.positional[1], call.result)
        return
    found = members.super_of(solver, call)
    if found is not None and not call.positional:
        solver.on(found[1], SUPER_OF, found[0], call.result)


def _make_property(solver: Solver, call: Call, number: int) -> None:
    made = solver.objects.get(PROPERTY, number)
    given = [*zip(("fget", "fset", "fdel"), call.positional, strict=False), *call.named]
    for part, argument in given:
        solver.copy(argument, members.property_part(solver, made, part))
    solver.give(call.result, made)


def _new(solver: Solver, call: Call, type_name: str) -> int:
    made = solver.objects.get(CONTAINER, ("made", call.site), type_name)
    solver.give(call.result, made)
    return made


def _items(solver: Solver, call: Call, source: int) -> int:
    """A variable of what iterating over another gives."""
    item = solver.program.variable("items", call.site, source)
    solver.on(source, ITERATE, call.site, item)
    return item


def _each(solver: Solver, call: Call, name: str) -> None:
    """`map(f, items)`: f is called with the items, and what it gives is collected."""
    if len(call.positional) < 2:
        return
    function, *sources = call.positional
    items = [_items(solver, call, source) for source in sources]
    made = _new(solver, call, "generator")
    given = solver.program.variable("given", call.site)
    calls.imply(solver, call.site, "callback", function, items, given)
    solver.copy(given if name == "map" else items[0], containers.star_of(solver, made))


def _reduce(solver: Solver, call: Call) -> None:
    if len(call.positional) < 2:
        return
    item = _items(solver, call, call.positional[1])
    length = solver.constraints.keys.length_of(call.positional[1])
    start, so_far = call.positional[2:3], solver.program.variable("so far", call.site)
    for source in start or [item]:
        solver.copy(source, so_far)
        if length is None or length < 2:
            solver.copy(source, call.result)
    if length is None or length + len(start) > 2:
        solver.copy(call.result, so_far)
    calls.imply(solver, call.site, "callback", call.positional[0], [so_far, item], call.result)


def _over_items(solver: Solver, call: Call, name: str, first: int) -> None:
    if first < 0:
        if name in COPYING:
            _new(solver, call, "list" if name in ("list", "sorted") else name)
        return
    if name in ("tuple", "list"):
        solver.on(first, VIEW, (name, call.site), call.result)
    elif name == "next":
        solver.on(first, NEXT, call.site, call.result)
        if len(call.positional) > 1:
            solver.copy(call.positional[1], call.result)
    elif name == "iter":
        solver.on(first, ITERATOR, call.site, call.result)
    elif name in COPYING:
        made = _new(solver, call, "list" if name in ("list", "sorted", "reversed") else name)
        solver.on(first, ITERATE, call.site, containers.star_of(solver, made))
        if name in asking.HASHED:
            asking.put_in(solver, _items(solver, call, first), call.site)
    elif len(call.positional) > 1:
        for argument in call.positional:
            solver.copy(argument, call.result)
    else:
        solver.copy(_items(solver, call, first), call.result)


def _call_key(solver: Solver, call: Call, first: int) -> None:
    if first < 0:
        return
    if len(call.positional) > 1:
        item = solver.program.variable("item of", call.site)
        for argument in call.positional:
            solver.copy(argument, item)
    else:
        item = _items(solver, call, first)
    _call_key_with(solver, call, item)


def _compare(solver: Solver, call: Call, name: str, first: int) -> None:
    """Without a key the items themselves are compared."""
    if first < 0 or any(given == "key" for given, _ in call.named):
        return
    sources = call.positional if name != "sorted" and len(call.positional) > 1 else [_items(solver, call, first)]
    names = ("__gt__", "__lt__") if name == "max" else ("__lt__", "__gt__")
    for source in sources:
        solver.on(source, OPERATE, (names, "builtin", source), call.result)


def _add_up(solver: Solver, call: Call, name: str, first: int) -> None:
    """`sum` adds to what it starts with; `any` and `all` ask whether items are true."""
    item = _items(solver, call, first)
    if name != "sum":
        _of_operand(solver, call, item, ("__bool__", "__len__"))
        return
    start = call.positional[1] if len(call.positional) > 1 else -1
    _of_operand(solver, call, item, ("__radd__",) if start < 0 else ())
    for left in (start, call.result):
        solver.on(left, OPERATE, (("__add__",), "builtin", item), call.result)


def _call_key_with(solver: Solver, call: Call, item: int) -> None:
    for name, argument in call.named:
        if name == "key":
            calls.imply(solver, call.site, "callback", argument, [item], -1)


def _by_name(solver: Solver, call: Call, name: str) -> None:
    """`getattr` and `setattr` with a name that is told, or that a variable holds."""
    key = solver.constraints.keys.key(call.positional[1])
    other = call.positional[2] if len(call.positional) > 2 else -1
    if name == "getattr" and other >= 0:
        solver.copy(other, call.result)
    what = (name, call.positional[0], other)
    if isinstance(key, str):
        _by_spelled(solver, key, what, call.result)
    else:
        solver.on(call.positional[1], NAMED, what, call.result)
        if name == "getattr" and solver.constraints.is_receiver(call.positional[0]):
            solver.unnamed.append((call.positional[1], call.positional[0], call.result))


def settle_names(solver: Solver) -> None:
    """`getattr(self, name)` where the name may be any text: any method that others may see can be meant."""
    told = solver.objects.seconds
    for name, owner, result in solver.unnamed:
        spelled = [told[value] for value in solver.held(name)]
        # Of a text that is put together it is known how it starts: the rest of it is no other name.
        if not any(isinstance(each, Prefix) for each in spelled) and (not spelled or None in spelled):
            solver.on(owner, PREFIXED, "", result)


def _import_named(solver: Solver, call: Call) -> None:
    key = solver.constraints.keys.key(call.positional[0])
    if isinstance(key, Held):
        solver.on(key.row, NAMED, ("import", -1, -1), call.result)
    elif isinstance(key, str):
        _by_spelled(solver, key, ("import", -1, -1), call.result)


def _evaluate(solver: Solver, call: Call, text: int) -> None:
    """Calls of the module's names in a constant that is evaluated."""
    key = solver.constraints.keys.key(text)
    try:
        tree = ast.parse(ast.literal_eval(key)) if isinstance(key, str) else ast.Module([], [])
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            callee = solver.constraints.name_at(call.site, node.func.id)
            if callee >= 0:
                calls.imply(solver, call.site, "evaluated", callee, [], call.result)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Name):
            solver.copy(solver.constraints.name_at(call.site, node.value.id), call.result)


def _give_namespace(solver: Solver, call: Call, name: str) -> None:
    """The names of the module; those of a function are not followed."""
    program = solver.program
    if name == "globals" or int(program.syntax.scope[call.site]) in program.module_names:
        module = solver.constraints.module_of(call.site)
        solver.give(call.result, solver.objects.get(CONTAINER, ("module", module), "dict"))


def _make_class(solver: Solver, call: Call) -> None:
    """`type(name, bases, namespace)` with displays: a class that no row stands for."""
    program, constraints = solver.program, solver.constraints
    _, bases, namespace = call.positional
    row = program.variable("class", call.site)
    if row not in program.class_rows and solver.first_time("class", row):
        order = [(row, f"<class {row}>")]
        told = constraints.keys.elements.get(bases)
        for base in told or ():
            order += [each for each in program.orders.get(constraints.class_named(base), ()) if each not in order]
        program.orders[row] = order
        if told is None or any(constraints.class_named(base) < 0 for base in told):
            constraints.doubted.add(row)
        pairs = ((constraints.keys.key(key), value) for key, value in constraints.pairs.get(namespace, ()))
        program.members[row] = {key.strip("'\""): [value] for key, value in pairs if isinstance(key, str)}
        constraints.add_members(row, program.members[row])
    solver.give(call.result, solver.objects.get(CLASS, row))


def by_name(solver: Solver, value: int, what: tuple[str, int, int], result: int) -> None:
    """The same for one of the texts that the variable holds."""
    told = solver.objects.seconds[value] if solver.objects.kinds[value] == TEXT else None
    if isinstance(told, str):
        _by_spelled(solver, told, what, result)
    elif isinstance(told, Prefix) and what[0] == "getattr":
        solver.on(what[1], PREFIXED, told.start, result)


def _by_spelled(solver: Solver, key: str, what: tuple[str, int, int], result: int) -> None:
    name, owner, other = what
    attribute = key.strip("'\"")
    if name == "setattr" and other >= 0:
        reads.note_stored(solver, attribute)
        solver.on(owner, STORE, attribute, other)
    elif name == "getattr":
        solver.on(owner, LOAD, attribute, result)
    elif name == "import":
        is_own = attribute in solver.program.modules
        solver.give(result, solver.objects.get(MODULE if is_own else OUTSIDE, attribute))


def copied_from(solver: Solver, value: int, what: tuple[str, int], result: int) -> None:
    """`list(x)`, `tuple(x)`, `x.copy()`: the same items in another container."""
    objects, (type_name, site) = solver.objects, what
    if objects.kinds[value] == CONTAINER and objects.seconds[value] in containers.SEQUENCES:
        solver.give(result, containers.view(solver, value, ("copy", site), 0, None, type_name))
        return
    made = objects.get(CONTAINER, ("made", site), type_name)
    solver.give(result, made)
    protocols.iterate(solver, value, site, containers.star_of(solver, made))


def _make_dict(solver: Solver, call: Call, name: str) -> None:
    made = _new(solver, call, "dict")
    for key, argument in call.named:
        solver.copy(argument, containers.item_of(solver, made, repr(key)))
    if name == "collections.defaultdict" and call.positional:
        solver.factories[made] = call.positional[0]
    elif call.positional:
        solver.on(call.positional[0], MERGE, None, made)
    if call.double_star >= 0:
        solver.on(call.double_star, MERGE, None, made)


def _pairs(solver: Solver, call: Call, sources: dict[int, int]) -> None:
    pair = solver.objects.get(CONTAINER, ("pair", call.site), "tuple")
    made = _new(solver, call, "generator")
    solver.give(containers.star_of(solver, made), pair)
    for at, source in sources.items():
        solver.copy(_items(solver, call, source), containers.item_of(solver, pair, at))


def _make_pairs(solver: Solver, call: Call, keys: int, values: int) -> None:
    made = _new(solver, call, "list")
    solver.give(containers.star_of(solver, made), _pair(solver, call, keys, values))


def _pair(solver: Solver, call: Call, keys: int, values: int) -> int:
    pair = solver.objects.get(CONTAINER, ("pair", call.site), "tuple")
    solver.copy(keys, containers.item_of(solver, pair, 0))
    solver.copy(values, containers.item_of(solver, pair, 1))
    return pair


def _of_operand(solver: Solver, call: Call, operand: int, names: tuple[str, ...]) -> None:
    """A builtin that asks its argument by a method: `len(x)` runs `x.__len__`."""
    if operand >= 0:
        solver.on(operand, OPERATE, (names, "builtin", -1), call.result)


def instance_of(solver: Solver, value: int, site: int, result: int) -> None:
    """`object.__new__(cls)`."""
    if solver.objects.kinds[value] == CLASS:
        instances.make_instance(solver, solver.objects.firsts[value], site, result)


def class_of(solver: Solver, value: int, what: None, result: int) -> None:
    """`type(x)`."""
    objects = solver.objects
    kind, first = objects.kinds[value], objects.firsts[value]
    if kind == INSTANCE:
        solver.give(result, objects.get(CLASS, first))
    elif kind == CONTAINER:
        solver.give(result, objects.get(BUILTIN, objects.seconds[value]))
    elif kind == TEXT:
        solver.give(result, objects.get(BUILTIN, first))
    elif kind == THING:
        solver.give(result, objects.get(OUTSIDE, first))
    elif kind == CLASS:
        metaclasses = solver.constraints.metaclasses_of(first)
        solver.give(result, objects.get(CLASS, metaclasses[0]) if metaclasses else objects.get(BUILTIN, "type"))
