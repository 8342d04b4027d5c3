"""What functions of the standard library do with the functions and items they are given: `itertools`, `operator`, …"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from pipeline_assets.cpg.points_to import calls, containers, dispatch, members
from pipeline_assets.cpg.points_to.objects import CLASS, CONTAINER, GETTER, PARTIAL, THING
from pipeline_assets.cpg.points_to.triggers import CALL, ENTER, ITEM, ITERATE, LOAD, OPERATE

if TYPE_CHECKING:
    from pipeline_assets.cpg.points_to.program import Call
    from pipeline_assets.cpg.points_to.solver import Solver

    Model = Callable[[Solver, Call, int], None]

_COMPARISONS = ("lt", "le", "eq", "ne", "gt", "ge")
_TWO = ("add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "pow", "lshift", "rshift", "and_", "xor", "or_")
_ONE = ("neg", "pos", "invert", "index", "abs", "concat", "contains", "call")


def use_getter(solver: Solver, call: Call, which: int, name: str) -> None:
    """What `attrgetter`, `itemgetter` and `methodcaller` made is called with an object."""
    made = solver.calls[which]
    key = solver.constraints.keys.key(made.positional[0]) if made.positional else None
    if not call.positional or key is None:
        return
    owner, result = call.positional[0], call.result
    if result < 0:
        # What is read is compared, not given back: the attributes are still the call's to read.
        result = solver.program.variable("got", which, call.site)
        solver.sites[result] = call.site
    if name == "itemgetter":
        solver.on(owner, ITEM, key, call.result)
    elif isinstance(key, str):
        *path, last = key.strip("'\"").split(".")
        for step in path:
            owner, before = solver.program.variable("got", which, call.site, step), owner
            solver.sites[owner] = call.site
            solver.on(before, LOAD, step, owner)
        if name == "attrgetter":
            solver.on(owner, LOAD, last, result)
        else:
            _call_named(solver, call, which, owner, last)


def _call_named(solver: Solver, call: Call, which: int, owner: int, name: str) -> None:
    made = solver.calls[which]
    method = solver.program.variable("got", which, call.site, "method")
    if solver.first_time("got", which, call.site, call.way, call.result):
        number = solver.constraints.new_call(
            site=call.site, callee=method, way=call.way, positional=made.positional[1:], named=made.named,
            result=call.result,
        )  # fmt: skip
        solver.on(owner, LOAD, name, method)
        solver.on(method, CALL, number, call.result)


def _get(solver: Solver, call: Call, number: int, name: str) -> None:
    solver.give(call.result, solver.objects.get(GETTER, number, name))


def _items(solver: Solver, call: Call, source: int) -> int:
    item = solver.program.variable("items", call.site, source)
    solver.on(source, ITERATE, call.site, item)
    return item


def _made(solver: Solver, call: Call, type_name: str = "generator") -> int:
    made = solver.objects.get(CONTAINER, ("made", call.site), type_name)
    solver.give(call.result, made)
    return made


def _all_items(solver: Solver, call: Call, number: int) -> None:
    """The items of every argument, one after the other."""
    star = containers.star_of(solver, _made(solver, call))
    for source in call.positional:
        solver.on(source, ITERATE, call.site, star)
    if call.star >= 0:
        solver.on(_items(solver, call, call.star), ITERATE, call.site, star)


def _items_of_items(solver: Solver, call: Call, number: int) -> None:
    if call.positional:
        star = containers.star_of(solver, _made(solver, call))
        solver.on(_items(solver, call, call.positional[0]), ITERATE, call.site, star)


def _same_items(solver: Solver, call: Call, number: int) -> None:
    """Some or all items of the first argument, in their order."""
    if call.positional:
        solver.on(call.positional[0], ITERATE, call.site, containers.star_of(solver, _made(solver, call)))


def _repeated(solver: Solver, call: Call, number: int) -> None:
    if call.positional:
        solver.copy(call.positional[0], containers.star_of(solver, _made(solver, call)))


def _groups_of_items(solver: Solver, call: Call, number: int) -> None:
    """Tuples of items of the first argument."""
    if call.positional:
        inner = solver.objects.get(CONTAINER, ("pair", call.site), "tuple")
        solver.on(call.positional[0], ITERATE, call.site, containers.star_of(solver, inner))
        solver.give(containers.star_of(solver, _made(solver, call)), inner)


def _tuples(solver: Solver, call: Call, number: int) -> None:
    """Tuples of one item of each argument."""
    inner = solver.objects.get(CONTAINER, ("pair", call.site), "tuple")
    for at, source in enumerate(call.positional):
        solver.copy(_items(solver, call, source), containers.item_of(solver, inner, at))
    solver.give(containers.star_of(solver, _made(solver, call)), inner)


def _groups_by_key(solver: Solver, call: Call, number: int) -> None:
    """Pairs of what the key gives and of the items that have it."""
    named = dict(call.named)
    if not call.positional:
        return
    item = _items(solver, call, call.positional[0])
    group = solver.objects.get(CONTAINER, ("group", call.site), "generator")
    solver.copy(item, containers.star_of(solver, group))
    pair = solver.objects.get(CONTAINER, ("pair", call.site), "tuple")
    solver.give(containers.item_of(solver, pair, 1), group)
    key = call.positional[1] if len(call.positional) > 1 else named.get("key", -1)
    calls.imply(solver, call.site, "callback", key, [item], containers.item_of(solver, pair, 0))
    solver.give(containers.star_of(solver, _made(solver, call)), pair)


def _running(solver: Solver, call: Call, number: int) -> None:
    """`accumulate(items, function)`: what has come together so far, and one more."""
    if not call.positional:
        return
    item = _items(solver, call, call.positional[0])
    star = containers.star_of(solver, _made(solver, call))
    function = call.positional[1] if len(call.positional) > 1 else dict(call.named).get("func", -1)
    solver.copy(item, star)
    if function >= 0:
        calls.imply(solver, call.site, "callback", function, [star, item], star)
    else:
        solver.on(star, OPERATE, (("__add__",), "builtin", item), star)


def _spread(solver: Solver, call: Call, number: int) -> None:
    """`starmap(function, tuples)`: the function is called with what each tuple holds."""
    if len(call.positional) < 2:
        return
    function, source = call.positional[:2]
    star = containers.star_of(solver, _made(solver, call))
    pair = _items(solver, call, source)
    if solver.first_time("spread", call.site, function):
        given = solver.constraints.new_call(
            site=call.site, callee=function, way="callback", positional=[], star=pair, result=star
        )
        solver.on(function, CALL, given, star)


def _method_of(solver: Solver, call: Call, number: int) -> None:
    """`MethodType(function, object)`: the function with its first argument."""
    if len(call.positional) == 2:
        solver.give(call.result, solver.objects.get(PARTIAL, number))


def _namespace(solver: Solver, call: Call, number: int) -> None:
    made = solver.objects.get(THING, "types.SimpleNamespace", call.site)
    for name, argument in call.named:
        solver.constraints.stored_names.add(name)
        solver.copy(argument, members.field(solver, made, name))
    solver.give(call.result, made)


def _entered(solver: Solver, call: Call, number: int) -> None:
    """A context manager that gives what it was made with."""
    if call.positional:
        made = solver.objects.get(THING, "contextlib.nullcontext", call.site)
        solver.copy(call.positional[0], members.field(solver, made, "__enter__"))
        solver.give(call.result, made)


def _closed(solver: Solver, call: Call, number: int) -> None:
    """`closing(thing)`: the thing is what is entered, and is closed."""
    _entered(solver, call, number)
    if call.positional:
        solver.on(call.positional[0], OPERATE, (("close",), "builtin", -1), call.result)


def _calling(place: int) -> Model:
    """A function that calls one of its arguments with the ones behind it."""

    def model(solver: Solver, call: Call, number: int) -> None:
        if len(call.positional) > place and solver.first_time("calling", number, place):
            made = solver.constraints.new_call(
                site=call.site, callee=call.positional[place], way="callback",
                positional=call.positional[place + 1 :] if place == 0 else [-1], named=call.named,
            )  # fmt: skip
            solver.on(call.positional[place], CALL, made, -1)

    return model


def _keyed(solver: Solver, call: Call, number: int) -> None:
    """`nlargest(n, items, key=function)`, `merge(*iterables, key=function)`: some or all items."""
    star = containers.star_of(solver, _made(solver, call, "list"))
    for item in [_items(solver, call, source) for source in call.positional]:
        solver.copy(item, star)
        for key in (value for name, value in call.named if name == "key"):
            calls.imply(solver, call.site, "callback", key, [item], -1)


def _enter(solver: Solver, call: Call, number: int) -> None:
    """`stack.enter_context(manager)` gives what `with` would bind."""
    if call.positional:
        solver.on(call.positional[0], ENTER, call.site, call.result)


def _compared(solver: Solver, call: Call, number: int) -> None:
    """`cmp_to_key(function)`: calls of the key are calls of the function."""
    if call.positional:
        solver.copy(call.positional[0], call.result)


def _named_tuple(solver: Solver, call: Call, number: int) -> None:
    """`namedtuple("Pair", "first second")`: a class that no row stands for."""
    program, keys = solver.program, solver.constraints.keys
    row = program.variable("class", call.site)
    if len(call.positional) > 1 and row not in program.orders:
        told = call.positional[1]
        texts = [keys.key(told)] if told not in keys.elements else [keys.key(each) for each in keys.elements[told]]
        names = [
            name for text in texts if isinstance(text, str) for name in text.strip("'\"").replace(",", " ").split()
        ]
        program.orders[row] = [(row, f"<class {row}>"), (-1, "builtins.tuple")]
        program.members[row] = {}
        solver.constraints.fields[row] = solver.constraints.tuples[row] = names
        solver.constraints.stored_names.update(names)
    solver.give(call.result, solver.objects.get(CLASS, row))


def _operate(name: str) -> Model:
    methods = (f"__{name.rstrip('_')}__",)

    def model(solver: Solver, call: Call, number: int) -> None:
        if call.positional:
            other = call.positional[1] if len(call.positional) > 1 else -1
            solver.on(call.positional[0], OPERATE, (methods, "builtin", other), call.result)

    return model


def _get_item(solver: Solver, call: Call, number: int) -> None:
    if len(call.positional) > 1:
        solver.on(call.positional[0], ITEM, solver.constraints.keys.key(call.positional[1]), call.result)
        _operate("getitem")(solver, call, number)


def _call_first(solver: Solver, call: Call, number: int) -> None:
    """`operator.call(function, *arguments)`."""
    if call.positional and solver.first_time("call", call.site, call.way):
        made = solver.constraints.new_call(
            site=call.site, callee=call.positional[0], way="callback", positional=call.positional[1:],
            named=call.named, star=call.star, double_star=call.double_star, result=call.result,
        )  # fmt: skip
        solver.on(call.positional[0], CALL, made, call.result)


def _copies(solver: Solver, call: Call, number: int) -> None:
    """`tee(items)`: several iterators over the same items."""
    if call.positional:
        inner = solver.objects.get(CONTAINER, ("pair", call.site), "generator")
        solver.on(call.positional[0], ITERATE, call.site, containers.star_of(solver, inner))
        solver.give(containers.star_of(solver, _made(solver, call, "tuple")), inner)


def _dispatching(place: int) -> Model:
    def model(solver: Solver, call: Call, number: int) -> None:
        dispatch.make_dispatcher(solver, call, number, place)

    return model


def _taking(name: str) -> Model:
    def model(solver: Solver, call: Call, number: int) -> None:
        _get(solver, call, number, name)

    return model


ITERATORS = frozenset(
    f"itertools.{name}"
    for name in ("chain", "chain.from_iterable", "islice", "cycle", "compress", "repeat", "tee", "pairwise", "batched",
                 "permutations", "combinations", "combinations_with_replacement", "product", "groupby")
)  # fmt: skip
"""Functions that give nothing but items of their positional arguments."""
MODELS: Mapping[str, Model] = {
    "itertools.chain": _all_items,
    "itertools.chain.from_iterable": _items_of_items,
    **dict.fromkeys(("itertools.islice", "itertools.cycle", "itertools.compress"), _same_items),
    "itertools.repeat": _repeated,
    "itertools.tee": _copies,
    **dict.fromkeys(
        ("itertools.pairwise", "itertools.batched", "itertools.permutations", "itertools.combinations",
         "itertools.combinations_with_replacement"),
        _groups_of_items,
    ),
    **dict.fromkeys(("itertools.product", "itertools.zip_longest"), _tuples),
    "itertools.groupby": _groups_by_key,
    "itertools.accumulate": _running,
    "itertools.starmap": _spread,
    **{f"operator.{name}": _taking(name) for name in ("attrgetter", "itemgetter", "methodcaller")},
    **{f"operator.{name}": _operate(name) for name in (*_COMPARISONS, *_TWO, *_ONE)},
    "operator.getitem": _get_item,
    "operator.call": _call_first,
    "functools.singledispatch": _dispatching(0),
    "functools.singledispatchmethod": _dispatching(1),
    "functools.cmp_to_key": _compared,
    "collections.namedtuple": _named_tuple,
    "types.MethodType": _method_of,
    "types.SimpleNamespace": _namespace,
    "contextlib.nullcontext": _entered,
    "contextlib.closing": _closed,
    **dict.fromkeys(("contextlib.ExitStack.callback", "contextlib.AsyncExitStack.callback"), _calling(0)),
    "contextlib.ExitStack.enter_context": _enter,
    **dict.fromkeys(("re.sub", "re.subn"), _calling(1)),
    **dict.fromkeys(("heapq.nlargest", "heapq.nsmallest", "heapq.merge"), _keyed),
}  # fmt: skip
"""Functions outside, and what calling them does."""
