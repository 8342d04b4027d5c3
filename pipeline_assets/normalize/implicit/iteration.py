"""Iteration, unpacking, formatting, awaiting and `with`."""

from __future__ import annotations

import numpy as np

from pipeline_assets.normalize.implicit.calls import NONE, Calls
from pipeline_assets.normalize.implicit.operators import TRUTH
from pipeline_assets.normalize.implicit.trees import BUILT, Bool, Rows

ITER, NEXT = "__iter__,__getitem__", "__next__"
HINT = "__len__,__length_hint__"
CONVERSIONS = {-1: "__format__", ord("s"): "__str__", ord("r"): "__repr__", ord("a"): "__repr__"}
"""What a formatted value is asked for, by its conversion."""


def add_loops(calls: Calls) -> None:
    """Add the loops of statements and comprehensions."""
    trees = calls.trees
    iterables = trees.held_by("iter")
    site = trees.parent[iterables]
    is_async = trees.is_kind(site, "AsyncFor") | (trees.is_kind(site, "comprehension") & (trees.number[site] == 1))
    plain = ~is_async & ~trees.is_kind(iterables, *BUILT)
    _add_iteration(calls, site[plain], iterables[plain])
    site, iterables = site[is_async], iterables[is_async]
    calls.add("iterate", "__aiter__", site, operand=iterables, at=iterables)
    calls.add("next", "__anext__", site, operand=iterables, at=iterables, order=1)
    add_awaits(calls, site, NONE, iterables, 2)


def add_unpackings(calls: Calls) -> None:
    """Add targets that take a value apart, and unpackings in displays and calls."""
    trees = calls.trees
    targets = trees.of_kind("Tuple", "List")
    targets = targets[trees.has_ctx(targets, "Store")]
    values = _assigned_values(calls, targets)
    is_open = (values == NONE) | ~trees.is_kind(values, *BUILT)
    targets, values = targets[is_open], values[is_open]
    starred = trees.of_kind("Starred")
    is_load = trees.has_ctx(starred, "Load")
    has_star = trees.count(starred[~is_load])[targets] > 0
    _add_iteration(calls, targets, values, targets)
    _add_rest(calls, targets[has_star], targets[has_star], 2)
    given = starred[is_load]
    given = given[~trees.is_kind(given + 1, *BUILT)]
    in_set = trees.is_kind(trees.parent[given], "Set")
    _add_iteration(calls, given, given + 1, given)
    calls.add("length_hint", HINT, given[~in_set], operand=given[~in_set] + 1, order=1, is_certain=False)
    _add_mappings(calls)


def add_formats(calls: Calls, constant: Bool) -> None:
    """Add the values that f-strings turn into text."""
    trees = calls.trees
    site = trees.of_kind("FormattedValue")
    site = site[~constant[site + 1] & ~trees.is_kind(site + 1, "JoinedStr")]
    specification = trees.after(site + 1)
    specification = np.where(specification < trees.end[site], specification, NONE)
    for conversion, method in CONVERSIONS.items():
        chosen = trees.number[site] == conversion
        other = specification[chosen] if method == "__format__" else NONE
        calls.add("format", method, site[chosen], operand=site[chosen] + 1, other=other, at=site[chosen] + 1)


def add_suspensions(calls: Calls) -> None:
    """Add `await` and `yield from`."""
    trees = calls.trees
    awaits = trees.of_kind("Await")
    add_awaits(calls, awaits, awaits + 1, awaits, 0)
    delegations = trees.of_kind("YieldFrom")
    open_ones = delegations[~trees.is_kind(delegations + 1, *BUILT)]
    _add_iteration(calls, open_ones, open_ones + 1, open_ones)
    _add_delegation(calls, open_ones, open_ones, 2)


def add_awaits(calls: Calls, site: Rows, operand: Rows | int, at: Rows, order: int) -> None:
    """Add the awaiting of a value: its `__await__` gives an iterator that is run to its end."""
    calls.add("await", "__await__", site, operand=operand, at=at, order=order)
    calls.add("next", NEXT, site, operand=operand, at=at, order=order + 1)
    _add_delegation(calls, site, at, order + 2)


def add_contexts(calls: Calls) -> None:
    """Add `with`: what `__exit__` gives is tested only after an exception."""
    trees = calls.trees
    managers = trees.held_by("context_expr")
    site = trees.parent[managers]
    is_async = trees.is_kind(trees.parent[site], "AsyncWith")
    for chosen, prefix in ((~is_async, ""), (is_async, "a")):
        sites, operands = site[chosen], managers[chosen]
        calls.add("enter", f"__{prefix}enter__", sites, operand=operands, at=operands)
        calls.add("exit", f"__{prefix}exit__", sites, operand=operands, at=operands, order=4)
        calls.add("truth", TRUTH, sites, at=operands, order=8, is_certain=False)
    add_awaits(calls, site[is_async], NONE, managers[is_async], 1)
    add_awaits(calls, site[is_async], NONE, managers[is_async], 5)


def _add_iteration(calls: Calls, site: Rows, operand: Rows, at: Rows | None = None) -> None:
    where = operand if at is None else at
    calls.add("iterate", ITER, site, operand=operand, at=where)
    calls.add("next", NEXT, site, operand=operand, at=where, order=2)


def _add_rest(calls: Calls, site: Rows, at: Rows, order: int) -> None:
    """What a starred target takes is made a list: the iterator is asked for an iterator and for its length."""
    calls.add("iterate", "__iter__", site, at=at, order=order + 1, is_certain=False)
    calls.add("length_hint", HINT, site, at=at, order=order + 2, is_certain=False)


def _add_delegation(calls: Calls, site: Rows, at: Rows, order: int) -> None:
    """What the caller sends or throws, and that it closes, is handed on to an iterator that takes it."""
    calls.add("delegate", "send,throw,close", site, at=at, order=order, is_certain=False)


def _add_mappings(calls: Calls) -> None:
    """Add `**` in calls, class statements and dictionaries."""
    trees = calls.trees
    keywords = trees.of_kind("keyword")
    keywords = keywords[trees.mark[keywords] < 0]
    values = trees.held_by("values")
    dictionary = trees.parent[values]
    in_dictionary = trees.is_kind(dictionary, "Dict")
    keys = trees.held_by("keys")
    named = _pairs(calls, keys)
    unpacked = values[in_dictionary & ~np.isin(dictionary * _STRIDE + trees.ordinal[values], named)]
    site = np.concatenate((keywords, trees.parent[unpacked]))
    operand = np.concatenate((keywords + 1, unpacked))
    is_open = ~trees.is_kind(operand, *BUILT)
    site, operand = site[is_open], operand[is_open]
    order = 2 * trees.ordinal[operand]
    calls.add("mapping", "keys", site, operand=operand, at=operand, order=order)
    calls.add("mapping", "__getitem__", site, operand=operand, at=operand, order=order + 1)


_STRIDE = 1 << 24
"""More than a display has entries."""


def _pairs(calls: Calls, keys: Rows) -> Rows:
    return calls.trees.parent[keys] * _STRIDE + calls.trees.ordinal[keys]


def _assigned_values(calls: Calls, targets: Rows) -> Rows:
    """The value that an assignment takes apart; none where a loop, a `with` or another target hands it over."""
    trees = calls.trees
    values = trees.held_by("value")
    values = values[trees.is_kind(trees.parent[values], "Assign")]
    of_statement = trees.last_child(values)
    is_whole = trees.is_kind(trees.parent[targets], "Assign") & trees.field.isin(targets, ("targets",))
    return np.where(is_whole, of_statement[trees.parent[targets]], NONE)
