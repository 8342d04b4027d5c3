"""Recorded evaluations against the flow that is said of a program: is a record a path, and is a path ever recorded?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pipeline_assets.normalize.evaluation.flow import ENTRY, EXIT, Edge, Flow
from pipeline_assets.normalize.evaluation.nodes import Node
from pipeline_assets.normalize.evaluation.scope_flow import flow_of
from pipeline_tests.functional.normalize.evaluation.recording import Event

KINDS = {"t": "call", "i": "call", "m": "call", "k": "call", "base": "call", "x": "type", "g": "type"}
QUIET = ("Pass", "Raise", "Assert", "Break", "Continue", "Return", "ExceptHandler", "TryStar", "MatchAs")
QUIET += ("MatchStar", "MatchMapping")
"""What never raises by itself in these programs: an exception that leaves from it is one that goes on."""
DECIDED = ("ExceptHandler", "MatchValue")
"""What takes the outcome of the operand before it."""

State = tuple[int, bool | None]
"""A point, and the outcome that the next decision will take."""


@dataclass(eq=False)
class Machine:
    """The flow of one scope, read as what may be recorded in it."""

    flow: Flow
    names: list[tuple[str, int] | None]
    """What is recorded at each point."""
    onward: dict[int, list[Edge]]
    grouped: set[int]
    """Handlers of `except*`: whether they fit depends on what is left, too."""

    def steps(self, states: set[State], came: bool | None, event: Event | None) -> set[State]:
        """The states at the next recorded event, from points where `came` was the outcome; at the exit for None."""
        found: set[State] = set()
        seen: set[State] = set()
        stack = [left for point, pending in states for left in self._leaving(point, came, pending)]
        while stack:
            edge, pending = stack.pop()
            point = edge.target
            if (point, pending) in seen:
                continue
            seen.add((point, pending))
            if point == EXIT:
                if event is None:
                    found.add((EXIT, None))
            elif self.names[point] is not None:
                if event is not None and self.names[point] == event[:2]:
                    found.add((point, event.outcome if event.kind in ("type", "pattern") else None))
            else:
                stack += self._passing(point, pending)
        return found

    def _leaving(self, point: int, outcome: bool | None, pending: bool | None) -> Iterator[tuple[Edge, bool | None]]:
        """The edges out of a recorded point on which its outcome may leave."""
        for edge in self.onward.get(point, ()):
            if self._fits(point, edge, outcome):
                yield edge, pending

    def _fits(self, point: int, edge: Edge, outcome: bool | None) -> bool:
        if edge.target == EXIT and edge.kind in ("yield", "await"):
            return False
        if point == ENTRY:
            return True
        node = self.flow.nodes[point]
        assert node is not None
        if node.kind in ("With", "AsyncWith") and self._swallows(point):
            return edge.kind == "with_suppress" if outcome else edge.is_exceptional
        if outcome is None or edge.is_exceptional:
            return outcome is None and edge.is_exceptional
        return edge.kind != ("false" if outcome else "true") or self.names[point][0] in ("type", "pattern")  # type: ignore[index]

    def _swallows(self, point: int) -> bool:
        return any(edge.kind == "with_suppress" for edge in self.onward[point])

    def _passing(self, point: int, pending: bool | None) -> Iterator[tuple[Edge, bool | None]]:
        """The edges out of a point where nothing is recorded."""
        node = self.flow.nodes[point]
        assert node is not None
        decides = node.kind in DECIDED and pending is not None and point not in self.grouped
        for edge in self.onward.get(point, ()):
            if edge.target == EXIT and edge.kind in ("yield", "await"):
                continue
            if edge.is_exceptional and not (node.kind in QUIET or (node.kind == "Name" and node.ctx == "Store")):
                continue
            if decides and (edge.kind == "true") != pending:
                continue
            yield edge, None if node.kind in DECIDED else pending


@dataclass
class Path:
    """A way through a flow: what is recorded on it, and what comes of each."""

    events: list[tuple[tuple[str, int], bool | None]]
    is_complete: bool


def paths_of(machine: Machine, most_events: int, most_paths: int) -> list[Path]:
    """The paths from the entry, up to a number of events; not all of them where there are too many."""
    found: list[Path] = []
    stack: list[tuple[int, tuple[tuple[tuple[str, int], bool | None], ...]]] = [(ENTRY, ())]
    while stack and len(found) < most_paths:
        point, events = stack.pop()
        if point == EXIT or len(events) > most_events:
            found.append(Path(list(events), point == EXIT))
            continue
        ways = list(_told(machine, point, events))
        name = machine.names[point]
        if name is not None and not any(edge.is_exceptional for edge in machine.onward[point]):
            found.append(Path([*events, (name, None)], True))  # what nobody handles leads out without an edge
        stack += ways
    return found


def _told(machine: Machine, point: int, events: Any) -> Iterator[Any]:
    """Where a point leads, with its own outcome, or that of the operand before it, told."""
    name, node = machine.names[point], machine.flow.nodes[point]
    for edge in machine.onward[point]:
        if edge.target == EXIT and edge.kind in ("yield", "await"):
            continue
        if name is not None:
            yield edge.target, (*events, (name, _outcome(machine, point, edge)))
        elif node is None or not edge.is_exceptional or _goes_on(machine, point, node):
            told = events
            if node is not None and node.kind == "ExceptHandler" and len(machine.onward[point]) > 1:
                told = (*events[:-1], (events[-1][0], edge.kind == "true"))
            yield edge.target, told


def _goes_on(machine: Machine, point: int, node: Node) -> bool:
    """Whether an exception that leaves from here is one that came in: a handler that does not fit may have a next."""
    return node.kind in QUIET and all(edge.kind != "false" for edge in machine.onward[point])


def _outcome(machine: Machine, point: int, edge: Edge) -> bool | None:
    if edge.kind == "with_suppress":
        return True
    if edge.is_exceptional:
        node = machine.flow.nodes[point]
        exits = (
            node is not None and node.kind == "With" and any(e.kind == "with_suppress" for e in machine.onward[point])
        )
        return False if exits else None
    return edge.kind != "false"


class Machines:
    """The machines of a program's scopes."""

    def __init__(self, program: Node) -> None:
        self.scopes: list[Machine] = []
        self.of: dict[tuple[str, int], int] = {}
        self.parents: list[int] = []
        self.firsts: dict[int, int] = {}
        todo = [(program, "body", -1)]
        while todo:
            node, role, parent = todo.pop()
            flow = flow_of(node, role)
            place = len(self.scopes)
            self._add(flow, place)
            self.parents.append(parent)
            todo += [(*opened, place) for opened in dict.fromkeys(flow.opened)]

    def _add(self, flow: Flow, place: int) -> None:
        onward: dict[int, list[Edge]] = {}
        for edge in flow.contracted():
            onward.setdefault(edge.source, []).append(edge)
        names = [self._name(node) for node in flow.nodes]
        grouped = {
            point
            for point, node in enumerate(flow.nodes)
            if node is not None and node.kind == "ExceptHandler" and "g" in {n.name for n in node.subtree()}
        }
        self.scopes.append(Machine(flow, names, onward, grouped))
        self.of |= dict.fromkeys((name for name in names if name is not None), place)

    def _name(self, node: Node | None) -> tuple[str, int] | None:
        if node is None:
            return None
        if node.kind in ("With", "AsyncWith"):
            numbers = [_number(item.only("context_expr")) for item in node.many("items")]
            self.firsts |= dict.fromkeys(numbers, numbers[0])
            return "with", numbers[0]
        if node.kind in ("For", "AsyncFor", "comprehension"):
            return "item", _number(node.only("iter"))
        if node.kind == "Attribute" and (node.name or "")[1:].isdigit():
            return "pattern", int((node.name or "")[1:])
        if node.kind == "Call" and node.children[0].name in KINDS and node.children[0].kind == "Name":
            return KINDS[node.children[0].name or ""], _number(node)
        return None

    def first_refused(self, events: list[Event], is_complete: bool) -> int | None:
        """The place of the first event that the flow does not allow; one more than there are where it must go on."""
        stack: list[tuple[int, set[State], bool | None]] = [(0, {(ENTRY, None)}, True)]
        for place, event in enumerate(map(self.known, events)):
            scope = self.of[event[:2]]
            while stack[-1][0] != scope and self.parents[scope] != stack[-1][0]:
                inner, states, came = stack.pop()
                if not stack or not self.scopes[inner].steps(states, came, None):
                    return place
            states = set()
            if stack[-1][0] == scope:
                _, before, came = stack.pop()
                states = self.scopes[scope].steps(before, came, event)
                if not states and stack and not self.scopes[scope].steps(before, came, None):
                    return place
            states = states or self.scopes[scope].steps({(ENTRY, None)}, True, event) if stack or states else states
            if not states:
                return place
            stack.append((scope, states, event.outcome))
        return None if not is_complete or self._ends(stack) else len(events)

    def _ends(self, stack: list[tuple[int, set[State], bool | None]]) -> bool:
        """Whether the program may end here; what nobody handles has no edge."""
        scope, states, came = stack[-1]
        machine = self.scopes[scope]
        if machine.steps(states, came, None):
            return True
        return came is None and any(
            not any(edge.is_exceptional for edge in machine.onward.get(point, ())) for point, _ in states
        )

    def known(self, event: Event) -> Event:
        if event.kind == "with":
            return event._replace(number=self.firsts[event.number])
        return event


def _number(call: Node) -> int:
    return int(call.many("args")[0].value or 0)
