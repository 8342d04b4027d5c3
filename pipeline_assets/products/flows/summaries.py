"""Single steps of facts, and what calls of functions come to: what leaves them for what enters them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from pipeline_assets.products.flows.edges import CHANNEL, ENTER, LOCAL, MADE, RETURN
from pipeline_assets.products.flows.graph import FlowGraph
from pipeline_assets.products.flows.paths import ITEM, Path, applied, is_item, undone
from pipeline_assets.products.flows.syntax import Ints

Fact = tuple[int, Path]
"""A place whose value comes from the source at a path; ~place: the object there has been changed so."""


class Move(NamedTuple):
    """From one fact to the next: how it relates to calls, which call, and why."""

    kind: int
    fact: Fact
    call: int
    reason: str
    assumes: bool


class Moves:
    """Steps of single facts, without what is blocked and what leads to no sink."""

    def __init__(self, graph: FlowGraph, blocked: frozenset[int], distances: Ints) -> None:
        self.graph, self.blocked, self.distances = graph, blocked, distances
        self._known: dict[Fact, tuple[Move, ...]] = {}
        self._stores = self._find_stores()

    def of(self, fact: Fact) -> tuple[Move, ...]:
        """Where a fact leads."""
        found = self._known.get(fact)
        if found is None:
            place, path = fact
            made = self._of_value(place, path) if place >= 0 else self._of_change(~place, path)
            found = self._known[fact] = tuple(move for move in made if self.is_open(move.fact[0]))
        return found

    def is_open(self, place: int) -> bool:
        """Whether a place may be passed and some sink is in reach from there."""
        return self.distance(place) >= 0 and (place if place >= 0 else ~place) not in self.blocked

    def distance(self, place: int) -> int:
        """How many steps it is at least to a sink; -1 where there is none."""
        return int(self.distances[place if place >= 0 else ~place + self.graph.count])

    def _of_value(self, place: int, path: Path) -> Iterator[Move]:
        for target, step in self.graph.leaving(place):
            if step.kind == MADE:
                continue
            found = applied(step.operation, step.label, path)
            if found is None or (found and self._is_stored_over(place, target, found[0])):
                continue
            # What is changed is never replaced: at least it holds something more.
            fact = (~target, found or (ITEM,)) if step.changes else (target, found)
            yield Move(step.kind, fact, step.call, step.reason, step.assumes)

    def _of_change(self, place: int, path: Path) -> Iterator[Move]:
        """A changed object is changed wherever else it is known, from there on."""
        for source, step in self.graph.arriving(place):
            if step.changes or step.kind in (RETURN, ENTER, MADE):
                continue
            if step.kind == CHANNEL:
                yield Move(CHANNEL, (source, path), -1, step.reason, step.assumes)
                continue
            found = undone(step.operation, step.label, path)
            if found and not step.assumes:
                yield Move(LOCAL, (~source, found), -1, "the same object", False)
        yield from self._of_changed_name(place, path)
        yield from self._of_shared(place, path)

    def _of_changed_name(self, place: int, path: Path) -> Iterator[Move]:
        variables, order = self.graph.variables, self.graph.order
        name = self.graph.program.syntax.names[place] if place < self.graph.program.count else None
        for definition in variables.definitions_of.get(place, ()):
            for use in variables.uses_of.get(definition, ()):
                if use == place or self._is_stored_over(place, use, path[0]):
                    continue
                if order.is_later(place, use, definition):
                    yield Move(LOCAL, (use, path), -1, f"read as {name}", False)

    def _of_shared(self, place: int, path: Path) -> Iterator[Move]:
        variables = self.graph.variables
        class_row = variables.self_class.get(place)
        if class_row is not None and path and not is_item(path[0]):
            shared = variables.shared.get((class_row, path[0][1:]))
            if shared is not None:
                yield Move(CHANNEL, (shared, path[1:]), -1, f"attribute {path[0]} of the class", False)

    def _find_stores(self) -> dict[tuple[tuple[int, ...], str], list[int]]:
        """Bases of stores by the definitions of the base and the label that is stored."""
        found: dict[tuple[tuple[int, ...], str], list[int]] = {}
        program, of = self.graph.program, self.graph.variables.definitions_of
        value, key = program.syntax.child("value"), program.syntax.child("slice")
        rows = np.flatnonzero(program.syntax.of_kind("Attribute", "Subscript") & ~program.syntax.is_load)
        for row in rows.tolist():
            base = int(value[row])
            if base not in of or program.kinds[program.parent[row]] == "AugAssign":
                continue
            is_attribute = program.kinds[row] == "Attribute"
            label = f".{program.syntax.names[row]}" if is_attribute else program.label(int(key[row]))
            if label != "[]":
                found.setdefault((of[base], label), []).append(base)
        return found

    def _is_stored_over(self, start: int, use: int, label: str) -> bool:
        """Whether a store of something else into that part surely comes between."""
        stores = self._stores.get((self.graph.variables.definitions_of.get(use, ()), label))
        if not stores:
            return False
        return any(
            start < store < use and store != start and self.graph.order.is_surely_between(store, use)
            for store in stores
        )


class Summaries:
    """For facts at parameters, the facts that leave the function: found once, together with those of its callees."""

    def __init__(self, moves: Moves) -> None:
        self.moves, self.graph = moves, moves.graph
        self.leaving: dict[Fact, dict[Fact, None]] = {}
        self.before: dict[Fact, dict[Fact, tuple[Fact, str, Fact | None, bool]]] = {}
        self._callers: dict[Fact, list[tuple[Fact, Fact, int, str]]] = {}
        self._waiting: deque[tuple[Fact, Fact]] = deque()
        self.explored = 0

    def of(self, entry: Fact, most: int) -> list[Fact]:
        """What leaves the function for a fact that enters it; `most` facts are explored at most."""
        self._open(entry)
        while self._waiting and self.explored < most:
            self._advance(*self._waiting.popleft())
        return list(self.leaving[entry])

    def continued(self, call: int, leaving: Fact) -> Iterator[tuple[Fact, str]]:
        """What a fact that leaves a function is at one of its calls, with the reason."""
        place, path = leaving
        if place < 0:
            yield from self._changed_argument(call, ~place, path)
            return
        for target, step in self.graph.leaving(place):
            if step.kind == RETURN and step.call == call:
                found = applied(step.operation, step.label, path)
                if found is not None:
                    yield from self._if_open((target, found), step.reason)

    def _changed_argument(self, call: int, parameter: int, path: Path) -> Iterator[tuple[Fact, str]]:
        name = self.graph.program.syntax.names[parameter]
        for source, step in self.graph.arriving_by(parameter, call):
            if step.kind == MADE:
                yield from self._if_open((source, path), f"{step.reason}")
            elif step.kind == ENTER:
                found = undone(step.operation, step.label, path)
                if found:
                    yield from self._if_open((~source, found), f"changed as {name}")

    def _if_open(self, fact: Fact, reason: str) -> Iterator[tuple[Fact, str]]:
        if self.moves.is_open(fact[0]):
            yield fact, reason

    def _open(self, entry: Fact) -> None:
        if entry not in self.leaving:
            self.leaving[entry], self.before[entry], self._callers[entry] = {}, {}, []
            self._waiting.append((entry, entry))

    def _reach(self, entry: Fact, fact: Fact, last: Fact, reason: str, through: Fact | None, assumes: bool) -> None:
        if fact != entry and fact not in self.before[entry]:
            self.before[entry][fact] = (last, reason, through, assumes)
            self._waiting.append((entry, fact))

    def _advance(self, entry: Fact, fact: Fact) -> None:
        self.explored += 1
        if self.is_exit(fact[0]) and fact != entry:
            self._leave(entry, fact)
        for move in self.moves.of(fact):
            if move.kind == LOCAL:
                self._reach(entry, move.fact, fact, move.reason, None, move.assumes)
            elif move.kind == ENTER:
                self._call(entry, fact, move)

    def _call(self, entry: Fact, fact: Fact, move: Move) -> None:
        self._open(move.fact)
        caller = (entry, fact, move.call, move.reason)
        self._callers[move.fact].append(caller)
        for leaving in list(self.leaving[move.fact]):
            self._continue(caller, move.fact, leaving)

    def _leave(self, entry: Fact, leaving: Fact) -> None:
        if leaving not in self.leaving[entry]:
            self.leaving[entry][leaving] = None
            for caller in list(self._callers[entry]):
                self._continue(caller, entry, leaving)

    def _continue(self, caller: tuple[Fact, Fact, int, str], callee: Fact, leaving: Fact) -> None:
        entry, fact, call, _ = caller
        for found, reason in self.continued(call, leaving):
            self._reach(entry, found, fact, reason, callee, False)

    def is_exit(self, place: int) -> bool:
        """Whether what is there leaves the function: its result, and changes of what its parameters hold."""
        return place in self.graph.results if place >= 0 else ~place in self.graph.program.owners
