"""Search for shortest ways from one source at a time, with calls and returns matched.

A way first leaves the functions it is in, then enters others: what went into a function comes out at that call alone,
by the function's summary. What functions share (globals, closures, attributes of a class) forgets the calls.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from pipeline_assets.products.flows.edges import CHANNEL, ENTER, LOCAL, MADE, RETURN
from pipeline_assets.products.flows.paths import is_content
from pipeline_assets.products.flows.summaries import Fact, Moves, Summaries

State = tuple[bool, Fact]
"""Whether a way may still leave the function that it is in, and where it is."""
_NESTED = 12
"""Calls inside calls that a way is spelled out for."""


class Stop(NamedTuple):
    """One place of a way and why it is there; `assumes`: by assumption."""

    place: int
    reason: str
    assumes: bool


class _Link(NamedTuple):
    before: State
    reason: str
    assumes: bool
    through: tuple[Fact, Fact] | None
    """What entered and what left the function that the step is a call of."""


@dataclass
class Budget:
    """How many facts may be looked at, and how many were."""

    most: int
    explored: int = 0

    def share(self, searches: int) -> int:
        """Up to how many facts in all the next of so many searches may go; what it leaves is for the others."""
        return self.explored + -(-max(self.most - self.explored, 0) // searches)


class Search:
    """Ways from sources to sinks."""

    def __init__(self, moves: Moves, budget: Budget) -> None:
        self.moves, self.graph, self.budget = moves, moves.graph, budget
        self.summaries = Summaries(moves)
        self._most, self.is_finished = budget.most, True

    def ways(self, source: int, sinks: frozenset[int], most: int) -> Iterator[tuple[int, list[Stop]]]:
        """Each sink that the source reaches with a shortest way; a call that is passed through counts as one step.

        The search ends where the budget's facts come to `most`.
        """
        self._most, self.is_finished = most, True
        if not self.moves.is_open(source):
            return
        start: State = (True, (source, ()))
        links: dict[State, _Link | None] = {start: None}
        steps, found, number = {start: 0}, set(), 0
        waiting = [(self.moves.distance(source), 0, number, start)]
        while waiting:
            if self.budget.explored >= most:
                self.is_finished = False
                return
            _, taken, _, state = heapq.heappop(waiting)
            if taken > steps[state]:
                continue
            self.budget.explored += 1
            place, path = state[1]
            if place in sinks and place not in found and is_content(path):
                found.add(place)
                yield place, self._spelled(state, links)
            for link, following in self._next(state):
                if taken + 1 < steps.get(following, taken + 2):
                    steps[following], links[following], number = taken + 1, link, number + 1
                    at_least = taken + 1 + self.moves.distance(following[1][0])
                    heapq.heappush(waiting, (at_least, taken + 1, number, following))

    def _next(self, state: State) -> Iterable[tuple[_Link, State]]:
        may_leave, fact = state
        for move in self.moves.of(fact):
            link = _Link(state, move.reason, move.assumes, None)
            if move.kind == LOCAL:
                yield link, (may_leave, move.fact)
            elif move.kind == CHANNEL or (move.kind == RETURN and may_leave):
                yield link, (True, move.fact)
            elif move.kind == ENTER:
                yield from self._around(state, move.fact, move.call)
                yield link, (False, move.fact)
        if may_leave and fact[0] < 0 and self.summaries.is_exit(fact[0]):
            yield from self._to_callers(state, fact)

    def _around(self, state: State, entry: Fact, call: int) -> Iterator[tuple[_Link, State]]:
        explored = self.summaries.explored
        leaving = self.summaries.of(entry, explored + self._most - self.budget.explored)
        self.budget.explored += self.summaries.explored - explored
        for out in leaving:
            for fact, reason in self.summaries.continued(call, out):
                yield _Link(state, reason, False, (entry, out)), (state[0], fact)

    def _to_callers(self, state: State, fact: Fact) -> Iterator[tuple[_Link, State]]:
        calls = {step.call for _, step in self.graph.arriving(~fact[0]) if step.kind in (ENTER, MADE)}
        for call in sorted(calls):
            for following, reason in self.summaries.continued(call, fact):
                yield _Link(state, reason, False, None), (True, following)

    def _spelled(self, state: State, links: dict[State, _Link | None]) -> list[Stop]:
        """The way to a state, calls that it passes through included."""
        stops = [Stop(state[1][0], "sink", False)]
        link = links[state]
        while link is not None:
            stops.append(Stop(state[1][0], link.reason, link.assumes))
            if link.through is not None:
                stops += reversed(self._inside(*link.through, _NESTED))
            state = link.before
            link = links[state]
        stops.append(Stop(state[1][0], "source", False))
        return stops[::-1]

    def _inside(self, entry: Fact, out: Fact, depth: int) -> list[Stop]:
        """The way through a function, from its parameter to what leaves it."""
        before, fact, stops = self.summaries.before[entry], out, []
        while fact != entry:
            last, reason, through, assumes = before[fact]
            stops.append(Stop(fact[0], reason, assumes))
            if through is not None and depth:
                stops += reversed(self._through(through, last, fact, depth - 1))
            fact = last
        stops.append(Stop(entry[0], self._entering(entry[0]), False))
        return stops[::-1]

    def _through(self, entry: Fact, last: Fact, fact: Fact, depth: int) -> list[Stop]:
        for move in self.moves.of(last):
            if move.kind == ENTER and move.fact == entry:
                for out in self.summaries.leaving[entry]:
                    if any(found == fact for found, _ in self.summaries.continued(move.call, out)):
                        return self._inside(entry, out, depth)
        return []

    def _entering(self, parameter: int) -> str:
        program = self.graph.program
        function = self.graph.calls.functions[program.owners[parameter]]
        return f"passed to {function.name} as {program.syntax.names[parameter]}"
