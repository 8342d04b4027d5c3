"""What containers hold: at places that are told apart, at any place, and what parts and sums of them hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pipeline_assets.cpg.points_to import calls, classes, insides, members, protocols
from pipeline_assets.cpg.points_to.constraints.keys import Held, Prefix
from pipeline_assets.cpg.points_to.objects import (
    ANY,
    BUILTIN,
    CLASS,
    CONTAINER,
    FUNCTION,
    GENERATOR,
    INSTANCE,
    MODULE,
    OUTSIDE,
    SOME,
    TEXT,
)
from pipeline_assets.cpg.points_to.triggers import ITERATE, KEYED, NAMED

if TYPE_CHECKING:
    from pipeline_assets.cpg.points_to.solver import Solver

SEQUENCES = ("list", "tuple")


class View(NamedTuple):
    """A container that holds some of the items of another: those from `lower` up to `upper`, told from either end."""

    source: int
    lower: int
    upper: int | None


def whole(solver: Solver, container: int) -> int:
    """The variable of everything that a container holds."""
    return solver.program.variable("all", container)


def star_of(solver: Solver, container: int) -> int:
    """The variable of what is put into a container at places that are not known."""
    star = solver.program.variable("star", container)
    if solver.first_time("star", container):
        solver.copy(star, whole(solver, container))
    return star


def item_of(solver: Solver, container: int, key: Any) -> int:
    """The variable of one place of a container."""
    variable = solver.program.variable("item", container, key)
    if solver.first_time("item", container, key):
        solver.copy(variable, whole(solver, container))
        solver.copy(star_of(solver, container), variable)
        solver.items.setdefault(container, []).append(key)
        for source, hidden in solver.merged.get(container, ()):
            _copy_merged(solver, source, hidden, key, variable)
        _fill_item(solver, container, key, variable)
    return variable


def _fill_item(solver: Solver, container: int, key: Any, variable: int) -> None:
    row, constraints = solver.objects.firsts[container], solver.constraints
    if container in solver.views:
        _fill_from_view(solver, solver.views[container], container, key, variable)
    elif not isinstance(row, int):
        _fill_by_name(solver, row, key, variable)
    elif solver.objects.seconds[container] == "dict":
        for name, value in constraints.pairs.get(row, ()):
            if constraints.keys.key(name) in (key, None):
                solver.copy(value, variable)
    else:
        elements = constraints.keys.elements.get(row)
        place = constraints.keys.place(row, key)
        if elements is None or not isinstance(key, int) or place is None:
            solver.copy(whole(solver, container), variable)
        elif place < len(elements):
            solver.copy(elements[place], variable)


def _fill_by_name(solver: Solver, row: Any, key: Any, variable: int) -> None:
    """A place of `globals()` or `x.__dict__`."""
    if row[0] in ("module", "object") and isinstance(key, str):
        name = key.strip("'\"")
        if row[0] == "module":
            solver.copy(solver.constraints.member(row[1], name), variable)
        else:
            members.load(solver, row[1], name, variable)


def _fill_from_view(solver: Solver, view: View, container: int, key: Any, variable: int) -> None:
    place = _place_in(view, key)
    if place is None:
        solver.copy(whole(solver, container), variable)
    elif view.upper is None or (place < 0) != (view.upper < 0) or place < view.upper:
        solver.copy(item_of(solver, view.source, place), variable)


def _place_in(view: View, key: Any) -> int | None:
    """Where in its source an item of a view is."""
    if not isinstance(key, int):
        return None
    if key >= 0 and (view.lower >= 0 or view.lower + key < 0):
        return view.lower + key
    if key < 0 and (view.upper is None or (view.upper < 0 or view.upper + key >= view.lower >= 0)):
        return (view.upper or 0) + key
    return None


def view(solver: Solver, value: int, made_at: Any, lower: int | None, upper: int | None, type_name: str) -> int:
    """A container of some of the items of another."""
    made = solver.objects.get(CONTAINER, (made_at, value), type_name)
    if solver.first_time("view", made):
        if lower is not None and solver.objects.seconds[value] in SEQUENCES:
            solver.views[made] = View(value, lower, upper)
        length = solver.constraints.keys.length_of(solver.objects.firsts[value])
        if lower is None or length is None or type_name not in SEQUENCES:
            solver.copy(whole(solver, value), star_of(solver, made))
        else:
            solver.copy(star_of(solver, value), star_of(solver, made))
            for at in range(len(range(length)[lower:upper])):
                item_of(solver, made, at)
    return made


def at_place(solver: Solver, container: int, key: Any, other: int, is_store: bool = False) -> None:
    """Copy between a place of a container and a variable; what the place is may be held by a variable."""
    if isinstance(key, Held):
        solver.on(key.row, KEYED, (container, is_store, other), -1)
        solver.pending.append((key.row, container, is_store, other))
        return
    is_known = key is not None and not (is_store and isinstance(key, int) and key < 0)
    place = item_of(solver, container, key) if is_known else (star_of if is_store else whole)(solver, container)
    if is_store:
        solver.copy(other, place)
    else:
        solver.copy(place, other)


def keyed(solver: Solver, value: int, container: int, is_store: bool, other: int) -> None:
    """The same for one of the objects that the key may be."""
    objects = solver.objects
    kind = objects.kinds[value]
    key = objects.seconds[value] if kind == TEXT else ("object", value) if kind in _AS_KEYS else None
    if (
        kind == INSTANCE
        and objects.seconds[value] in (0, ANY, SOME)
        and classes.is_enumeration(solver, objects.firsts[value])
    ):
        # Any member of the enumeration.
        key = None
    if isinstance(key, tuple) and objects.seconds[container] != "dict":
        key = None
    at_place(solver, container, key, other, is_store)


_AS_KEYS = (CLASS, FUNCTION, BUILTIN, INSTANCE)


def settle_keys(solver: Solver) -> None:
    """Where nothing is known of a key, or more was cut off, any place may be meant."""
    pending, solver.pending = solver.pending, []
    for row, container, is_store, other in pending:
        if not solver.held(row) or _is_cut_off(solver, row):
            at_place(solver, container, None, other, is_store)
        # Keys that were found may still be told no place: that is seen when they come.


def _is_cut_off(solver: Solver, row: int) -> bool:
    """Whether an expression, or what it is an attribute, an item or the class of, holds as much as it may."""
    while row >= 0:
        if len(solver.held(row)) >= solver.most:
            return True
        row = solver.constraints.operand(row)
    return False


def load_item(solver: Solver, value: int, key: Any, result: int) -> None:
    """What a subscript with a constant gives, or with anything, if `key` is None."""
    kind = solver.objects.kinds[value]
    if kind == CONTAINER:
        at_place(solver, value, key, result)
        if value in solver.factories:
            _make_missing(solver, value, result)
    elif kind == GENERATOR:
        solver.copy(solver.program.variable("yield", solver.objects.firsts[value]), result)
    elif kind == CLASS and classes.is_enumeration(solver, solver.objects.firsts[value]):
        for each in classes.values_of(solver, solver.objects.firsts[value]):
            solver.give(result, each)
    elif kind == CLASS:
        _parametrise(solver, value, result)
    elif kind == INSTANCE:
        _load_inside(solver, value, key, result)
    elif kind == OUTSIDE and solver.objects.firsts[value] == "sys.modules":
        _load_module(solver, key, result)


def unpack(solver: Solver, value: int, place: int, result: int) -> None:
    """What unpacking gives at a place."""
    steps = solver.constraints.steps.get(solver.objects.firsts[value]) if place >= 0 else None
    if steps is None or solver.objects.kinds[value] != GENERATOR:
        load_item(solver, value, place, result)
    elif place < len(steps):
        solver.copy(steps[place], result)


def _load_inside(solver: Solver, value: int, key: Any, result: int) -> None:
    """An item of an object whose class inherits from a container, and has no way of its own to it."""
    names = solver.constraints.tuples.get(solver.objects.firsts[value], ())
    inner = insides.inside(solver, value)
    if names and isinstance(key, int):
        if -len(names) <= key < len(names):
            solver.copy(members.field(solver, value, names[key]), result)
    elif inner >= 0 and not members.has(solver, value, "__getitem__"):
        load_item(solver, inner, key, result)
        if members.has(solver, value, "__missing__"):
            calls.imply_method(solver, result, "get_item", value, "__missing__", [], result)


def _load_module(solver: Solver, key: Any, result: int) -> None:
    if isinstance(key, Held):
        solver.on(key.row, NAMED, ("import", -1, -1), result)
    elif isinstance(key, str) and key.strip("'\"") in solver.program.modules:
        solver.give(result, solver.objects.get(MODULE, key.strip("'\"")))


def _parametrise(solver: Solver, value: int, result: int) -> None:
    """`cls[…]`: what a method of the class or its metaclass gives; else it makes the same objects as the class."""
    callee, row = solver.program.variable("parametrise", value), solver.objects.firsts[value]
    if members.search(solver, row, 0, "__class_getitem__", callee, value, result, is_class=True):
        calls.imply(solver, result, "get_item", callee, [], result)
    elif members.load_of_class(solver, value, "__getitem__", solver.program.variable("method", value, "__getitem__")):
        calls.imply_method(solver, result, "get_item", value, "__getitem__", [], result)
    else:
        solver.give(result, value)


def _make_missing(solver: Solver, container: int, result: int) -> None:
    """A `defaultdict` puts what its factory gives where nothing was."""
    given = solver.program.variable("given", container)
    calls.imply(solver, result, "get_item", solver.factories[container], [], given)
    solver.copy(given, star_of(solver, container))


def store_item(solver: Solver, value: int, key: Any, source: int) -> None:
    """Put something into a container."""
    if solver.objects.kinds[value] == INSTANCE and not members.has(solver, value, "__setitem__"):
        value = insides.inside(solver, value)
    if value >= 0 and solver.objects.kinds[value] == CONTAINER:
        at_place(solver, value, key, source, is_store=True)


def shuffle(solver: Solver, container: int) -> None:
    """Items of a sequence change their places: any may be anywhere."""
    if solver.objects.seconds[container] != "dict":
        solver.copy(whole(solver, container), star_of(solver, container))


def delete_item(solver: Solver, value: int, key: Any, row: int) -> None:
    """`del x[0]`."""
    if solver.objects.kinds[value] == CONTAINER and key != -1:
        shuffle(solver, value)


def take_slice(solver: Solver, value: int, row: int, result: int) -> None:
    """`x[1:3]`: a container with some of the items."""
    kind = solver.objects.kinds[value]
    if kind == CONTAINER:
        type_name = solver.objects.seconds[value]
        lower, upper = solver.constraints.keys.bounds(row)
        solver.give(result, view(solver, value, ("slice", row), lower, upper, type_name))
    elif kind == TEXT:
        solver.give(result, solver.objects.get(TEXT, solver.objects.firsts[value]))


def take_rest(solver: Solver, value: int, around: tuple[int, int], result: int) -> None:
    """`first, *rest = x`: a list with what is left between those before and after."""
    before, after = around
    if solver.objects.kinds[value] == CONTAINER and solver.objects.seconds[value] in SEQUENCES:
        solver.give(result, view(solver, value, ("rest", result), before, -after or None, "list"))
    else:
        made = solver.objects.get(CONTAINER, ("rest", result), "list")
        solver.give(result, made)
        protocols.iterate(solver, value, result, whole(solver, made))


def combine(solver: Solver, value: int, which: tuple[str, tuple[Any, ...]], row: int) -> None:
    """`a + b`, `a | b` and `a += b` of containers and texts."""
    part, hidden = which
    kind, type_name = solver.objects.kinds[value], solver.objects.seconds[value]
    if kind == TEXT:
        told = Prefix(type_name.strip("'\"")) if part == "left" and isinstance(type_name, str) else None
        made = solver.objects.get(TEXT, solver.objects.firsts[value], told)
        if told is not None:
            solver.constraints.exact_texts.add(made)
        solver.give(row, made)
    elif kind == CONTAINER:
        made = solver.objects.get(CONTAINER, ("sum", row), type_name)
        solver.give(row, made)
        length = (
            solver.constraints.keys.length_of(solver.objects.firsts[value])
            if part not in ("right", "product")
            else None
        )
        if type_name == "dict":
            merge(solver, value, made, hidden)
        elif length is not None:
            for at in range(length):
                solver.copy(item_of(solver, value, at), item_of(solver, made, at))
        else:
            solver.copy(whole(solver, value), star_of(solver, made))
    elif part == "grown":
        solver.give(row, value)


def keys_of(solver: Solver, container: int) -> int:
    """The variable of a dictionary's keys."""
    variable = solver.program.variable("keys", container)
    row = solver.objects.firsts[container]
    if solver.first_time("keys", container):
        for key, _ in solver.constraints.pairs.get(row, ()) if isinstance(row, int) else ():
            solver.copy(key, variable)
    return variable


def merge_into(solver: Solver, value: int, hidden: tuple[Any, ...] | None, into: int) -> None:
    """Put what a dictionary holds into another."""
    merge(solver, value, into, hidden or ())


def merge(solver: Solver, value: int, into: int, hidden: tuple[Any, ...] = ()) -> None:
    """Put what a dictionary holds into another, but for the keys that are bound again behind it."""
    if value == into or not solver.first_time("merge", value, into):
        return
    objects = solver.objects
    if objects.kinds[value] != CONTAINER:
        return
    if objects.seconds[value] != "dict":
        _merge_pairs(solver, value, into)
        return
    solver.merged.setdefault(into, []).append((value, hidden))
    for key in tuple(solver.items.get(into, ())):
        _copy_merged(solver, value, hidden, key, item_of(solver, into, key))
    keys = {solver.constraints.keys.key(key) for key, _ in solver.constraints.pairs.get(objects.firsts[value], ())}
    if hidden and not keys & {None} and not any(isinstance(key, Held) for key in keys):
        for key in keys - {*hidden}:
            solver.copy(item_of(solver, value, key), whole(solver, into))
        solver.copy(star_of(solver, value), whole(solver, into))
    else:
        solver.copy(whole(solver, value), whole(solver, into))
    solver.copy(keys_of(solver, value), keys_of(solver, into))


def _copy_merged(solver: Solver, source: int, hidden: tuple[Any, ...], key: Any, variable: int) -> None:
    if key not in hidden:
        solver.copy(item_of(solver, source, key), variable)


def _merge_pairs(solver: Solver, value: int, into: int) -> None:
    """`dict(pairs)`: what the pairs hold in second place, under what they hold in first."""
    pair = solver.program.variable("pair", value, into)
    solver.on(pair, KEYED, (into, None, value), -1)
    solver.copy(whole(solver, value), pair)


def add_pair(solver: Solver, pair: int, into: int) -> None:
    """One of the pairs that a dictionary is made of."""
    if solver.objects.kinds[pair] == CONTAINER:
        key = item_of(solver, pair, 0)
        at_place(solver, into, Held(key), item_of(solver, pair, 1), is_store=True)
        solver.copy(key, keys_of(solver, into))


def hand_on(solver: Solver, source: int, container: int, site: int) -> None:
    """Put everything that iterating gives into a container, at places that are not known."""
    solver.on(source, ITERATE, site, star_of(solver, container))
