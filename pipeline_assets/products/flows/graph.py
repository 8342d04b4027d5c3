"""The graph that a question is asked of: values, changes of objects, and the steps between them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import numpy as np

from pipeline_assets.products.flows.call_edges import RESULT, add_calls
from pipeline_assets.products.flows.edges import ENTER, MADE, RETURN, Edges, Step
from pipeline_assets.products.flows.names import Names
from pipeline_assets.products.flows.order import Order
from pipeline_assets.products.flows.program import Program
from pipeline_assets.products.flows.syntax import Ints
from pipeline_assets.products.flows.syntax_edges import add_syntax
from pipeline_assets.products.flows.variable_edges import add_variables

ASSUMPTIONS = {
    "outside": "a call without code here hands on what it is given, its receiver included",
    "attributes": "what a method stores in `self` is read there by the methods of any object of the class",
}
"""What may be assumed or not, with what it means."""


class FlowGraph:
    """Places are numbers: rows of the syntax, then what has no row. A change of the object at n is ~n."""

    def __init__(self, program: Program, without: Iterable[str] = ()) -> None:
        self.program = program
        edges, left_out = Edges(), frozenset(without)
        add_syntax(program, edges)
        self.variables = add_variables(program, edges, "attributes" not in left_out)
        self.calls = add_calls(program, edges, self.variables, "outside" not in left_out)
        self.steps = edges.steps
        self.count = self.variables.number
        self._table = edges.table()
        self._out = _starts(self._table[:, 0], self.count)
        self._by_target = np.argsort(self._table[:, 1], kind="stable")
        self._in = _starts(self._table[self._by_target, 1], self.count)
        self._leaving: dict[int, list[tuple[int, Step]]] = {}
        self._arriving: dict[int, list[tuple[int, Step]]] = {}
        self._into: dict[int, dict[int, list[tuple[int, Step]]]] = {}
        self.order = Order(program)

    @cached_property
    def names(self) -> Names:
        """Dotted names of values."""
        return Names(self)

    @cached_property
    def results(self) -> dict[int, int]:
        """The function of each place that stands for what a function returns."""
        return {place: owner for (owner, name), place in self.variables.shared.items() if name == RESULT}

    def leaving(self, place: int) -> list[tuple[int, Step]]:
        """Where the value at a place goes next."""
        found = self._leaving.get(place)
        if found is None:
            rows = self._table[self._out[place] : self._out[place + 1]]
            found = self._leaving[place] = [(target, self.steps[number]) for _, target, number in rows.tolist()]
        return found

    def arriving(self, place: int) -> list[tuple[int, Step]]:
        """Where the value at a place comes from."""
        found = self._arriving.get(place)
        if found is None:
            rows = self._table[self._by_target[self._in[place] : self._in[place + 1]]]
            found = self._arriving[place] = [(source, self.steps[number]) for source, _, number in rows.tolist()]
        return found

    def arriving_by(self, place: int, call: int) -> list[tuple[int, Step]]:
        """Where the value at a parameter comes from when it is this call that passes it."""
        found = self._into.get(place)
        if found is None:
            found = self._into[place] = {}
            for source, step in self.arriving(place):
                found.setdefault(step.call, []).append((source, step))
        return found.get(call, [])

    def distances(self, ends: Iterable[int]) -> Ints:
        """How many steps it takes at least from each place to some end, -1 where none is in reach.

        Paths and which call returns are left out of account: the way that a search finds is never shorter. What a
        change at n takes stands at n + count.
        """
        sources, starts = self._backwards
        found = np.full(2 * self.count, -1, np.int64)
        front, steps = np.unique(np.fromiter(ends, np.int64)), 0
        while len(front):
            found[front] = steps
            counts = starts[front + 1] - starts[front]
            ends_at = np.cumsum(counts)
            places = np.arange(int(counts.sum())) + np.repeat(starts[front] - ends_at + counts, counts)
            following = np.unique(sources[places])
            front, steps = following[found[following] < 0], steps + 1
        return found

    @cached_property
    def _backwards(self) -> tuple[Ints, Ints]:
        """The places before each place, one after another, and where those of each start."""
        sources, targets = self._ways
        order = np.argsort(targets, kind="stable")
        return sources[order], _starts(targets[order], 2 * self.count)

    @cached_property
    def _ways(self) -> tuple[Ints, Ints]:
        """Steps without calls and paths; the change at n is n + count."""
        source, target, number = self._table.T
        changes = np.array([step.changes for step in self.steps], bool)[number]
        kinds = np.array([step.kind for step in self.steps], np.int64)[number]
        plain = ~changes
        shifted, every = target + self.count, np.arange(self.count)
        back = plain & ((kinds != RETURN) & (kinds != MADE))
        made = kinds == MADE
        pairs = [
            (source[plain & ~made], target[plain & ~made]),
            (source[changes], shifted[changes]),
            (shifted[back], source[back] + self.count),
            (shifted[made], source[made]),
            (every + self.count, every),
            *self._shared_ways(),
            *self._ways_through_calls(),
        ]
        return np.concatenate([one for one, _ in pairs]), np.concatenate([other for _, other in pairs])

    def _shared_ways(self) -> list[tuple[Ints, Ints]]:
        """A change of `self` may be one of what all objects of its class are taken to share."""
        by_class: dict[int, list[int]] = {}
        for (owner, name), place in self.variables.shared.items():
            if name != RESULT:
                by_class.setdefault(owner, []).append(place)
        found = [
            (row + self.count, place)
            for row, class_row in self.variables.self_class.items()
            for place in by_class.get(class_row, ())
        ]
        table = np.array(found, np.int64).reshape(-1, 2)
        return [(table[:, 0], table[:, 1])]

    def _ways_through_calls(self) -> list[tuple[Ints, Ints]]:
        """From what is passed to what the call gives or changes, as one step."""
        given: dict[int, set[int]] = {}
        changed: dict[int, set[int]] = {}
        for source, target, number in self._table.tolist():
            step = self.steps[number]
            if step.kind == ENTER:
                given.setdefault(step.call, set()).add(source)
                changed.setdefault(step.call, set()).add(source + self.count)
            elif step.kind == MADE:
                changed.setdefault(step.call, set()).add(source)
            elif step.kind == RETURN:
                changed.setdefault(step.call, set()).add(target)
        found = [(one, other) for call, sources in given.items() for one in sources for other in changed.get(call, ())]
        table = np.array(found, np.int64).reshape(-1, 2)
        return [(table[:, 0], table[:, 1])]


def _starts(keys: Ints, count: int) -> Ints:
    return np.searchsorted(keys, np.arange(count + 1))
