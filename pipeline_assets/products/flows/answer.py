"""Asking: from specifications to flows, their steps as people read them, and what was not looked at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from pipeline_assets.products.flows.bundled import Wanted, resolved
from pipeline_assets.products.flows.graph import ASSUMPTIONS, FlowGraph
from pipeline_assets.products.flows.program import Program
from pipeline_assets.products.flows.search import Budget, Search, Stop
from pipeline_assets.products.flows.selection import BARRIER, SINK, SOURCE, NothingMatches, Selector
from pipeline_assets.products.flows.source_lines import SourceLines, Step
from pipeline_assets.products.flows.spec import FlowError, Spec
from pipeline_assets.products.flows.summaries import Moves

MOST_FLOWS, MOST_STEPS = 100, 500_000
"""Flows that are told and facts that are looked at, unless something else is asked for."""


@dataclass(frozen=True)
class Question:
    """What is asked: specifications or names of bundled sets, what may not be passed, what is not assumed."""

    sources: tuple[str, ...]
    sinks: tuple[str, ...]
    barriers: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    limit: int = MOST_FLOWS
    most_steps: int = MOST_STEPS


@dataclass(frozen=True)
class Flow:
    """A way from a source to a sink; `source` and `sink` are the specifications that they fit."""

    source: str
    sink: str
    steps: tuple[Step, ...]

    @property
    def assumed(self) -> int:
        """How many of its steps rest on an assumption."""
        return sum(step.is_assumed for step in self.steps)


@dataclass(frozen=True)
class Answer:
    """The flows found, best first, and how far was looked."""

    repository: str
    flows: tuple[Flow, ...]
    found: int
    sources: int
    sinks: int
    explored: int
    is_complete: bool
    unmatched: tuple[str, ...]

    def table(self) -> pa.Table:
        """One row per step of a flow, flows and steps counted from 1."""
        rows = [
            {
                "flow": number,
                "step": place,
                "source": flow.source,
                "sink": flow.sink,
                "path": step.path,
                "line": step.line,
                "reason": step.reason,
                "text": step.text,
                "is_assumed": step.is_assumed,
            }
            for number, flow in enumerate(self.flows, 1)
            for place, step in enumerate(flow.steps, 1)
        ]
        return pa.Table.from_pylist(rows, schema=_SCHEMA)

    def document(self) -> dict[str, Any]:
        """The answer as plain values, for JSON."""
        flows = [
            {
                "source": flow.source,
                "sink": flow.sink,
                "assumed": flow.assumed,
                "steps": [vars(step) for step in flow.steps],
            }
            for flow in self.flows
        ]
        own = ("repository", "found", "sources", "sinks", "explored", "is_complete", "unmatched")
        return {**{name: getattr(self, name) for name in own}, "flows": flows}


_SCHEMA = pa.schema(
    [
        ("flow", pa.int64()),
        ("step", pa.int64()),
        ("source", pa.string()),
        ("sink", pa.string()),
        ("path", pa.string()),
        ("line", pa.int64()),
        ("reason", pa.string()),
        ("text", pa.string()),
        ("is_assumed", pa.bool_()),
    ]
)


def find_flows(connection: duckdb.DuckDBPyConnection, repository: str, question: Question) -> Answer:
    """The flows that a question asks for, in one repository; raises `FlowError` when it makes no sense there."""
    unknown = sorted(set(question.without) - set(ASSUMPTIONS))
    if unknown:
        raise FlowError(f"there is no assumption {unknown[0]!r}; there are {', '.join(ASSUMPTIONS)}")
    sources, sinks = resolved(question.sources), resolved(question.sinks)
    if not sources or not sinks:
        raise FlowError("a flow has a source and a sink: give --from and --to at least once each")
    graph = FlowGraph(Program(connection, repository), question.without)
    return _Asked(graph, question).answer(sources, sinks)


_Way = tuple[str, str, list[Stop]]
"""The specifications of both ends, and the stops."""


@dataclass(frozen=True)
class _Pending:
    """A search from one source."""

    search: Search
    source: int
    spec: Spec
    sinks: dict[int, Spec]

    def ways(self, most: int) -> list[_Way]:
        """What it finds, from the start, until the facts looked at come to `most`."""
        found = self.search.ways(self.source, frozenset(self.sinks), most)
        return [(str(self.spec), str(self.sinks[sink]), stops) for sink, stops in found]


class _Asked:
    def __init__(self, graph: FlowGraph, question: Question) -> None:
        self.graph, self.question = graph, question
        self.selector = Selector(graph)
        self.budget = Budget(question.most_steps)
        self.unmatched: list[str] = []
        self.searches: list[_Pending] = []
        self.is_complete = True

    def answer(self, sources: Sequence[Wanted], sinks: Sequence[Wanted]) -> Answer:
        starts = self._places(sources, SOURCE)
        ends = self._places(sinks, SINK)
        own = self._places(resolved(self.question.barriers), BARRIER)
        everywhere = frozenset(place for places in own.values() for place in places)
        for barriers, chosen in _by_barriers(sinks, ends):
            self._open(starts, chosen, everywhere | self._blocked(barriers))
        ways = self._ways()
        lines = SourceLines(self.graph)
        flows = sorted((Flow(source, sink, lines.steps(stops)) for source, sink, stops in ways), key=_rank)
        return Answer(
            self.graph.program.repository,
            tuple(flows[: self.question.limit]),
            len(flows),
            len({place for places in starts.values() for place in places}),
            len({place for places in ends.values() for place in places}),
            self.budget.explored,
            self.is_complete,
            tuple(dict.fromkeys(self.unmatched)),
        )

    def _places(self, asked: Sequence[Wanted], role: int) -> dict[Spec, list[int]]:
        """Places by specification: one that was given by itself has to mean something, and of a set any."""
        found = {wanted.spec: self._meant(wanted, role) for wanted in asked}
        matched = {wanted.of_set for wanted in asked if found[wanted.spec]}
        self.unmatched += [wanted.of_set for wanted in asked if wanted.of_set and wanted.of_set not in matched]
        return found

    def _meant(self, wanted: Wanted, role: int) -> list[int]:
        places = self.selector.places(wanted.spec, role)
        if not places and wanted.of_set is None:
            raise NothingMatches(wanted.spec, self.selector.near(wanted.spec, role))
        return places

    def _blocked(self, barriers: Iterable[Spec]) -> frozenset[int]:
        return frozenset(place for spec in barriers for place in self.selector.places(spec, BARRIER))

    def _open(self, starts: dict[Spec, list[int]], ends: dict[Spec, list[int]], blocked: frozenset[int]) -> None:
        """Prepare the searches from each source to these sinks."""
        sinks = _first_spec(ends)
        search = Search(Moves(self.graph, blocked, self.graph.distances(sinks)), self.budget)
        self.searches += [_Pending(search, place, spec, sinks) for place, spec in sorted(_first_spec(starts).items())]

    def _ways(self) -> list[_Way]:
        """What each search finds; those that came to the end of their share start again when there is more for them."""
        found: dict[int, dict[int, _Way]] = {number: {} for number in range(len(self.searches))}
        spent: dict[int, int] = {}
        waiting, is_worth_it = list(range(len(self.searches))), True
        while waiting and is_worth_it:
            cut, is_worth_it = [], False
            for left, number in zip(range(len(waiting), 0, -1), waiting, strict=True):
                before, most = self.budget.explored, self.budget.share(left)
                # Less than before would find less; twice as much is worth going the same ways again.
                if most - before < 2 * spent.get(number, 0) or most == before:
                    cut.append(number)
                    continue
                found[number] |= {way[2][-1].place: way for way in self.searches[number].ways(most)}
                is_worth_it = True
                spent[number] = self.budget.explored - before
                if not self.searches[number].search.is_finished:
                    cut.append(number)
            waiting = cut
        self.is_complete = not waiting
        return [way for ways in found.values() for way in ways.values()]


def _by_barriers(
    asked: Iterable[Wanted], ends: dict[Spec, list[int]]
) -> list[tuple[tuple[Spec, ...], dict[Spec, list[int]]]]:
    """Sinks that the same barriers protect are looked for together."""
    found: dict[tuple[Spec, ...], dict[Spec, list[int]]] = {}
    for wanted in asked:
        found.setdefault(wanted.barriers, {})[wanted.spec] = ends[wanted.spec]
    return list(found.items())


def _first_spec(places: dict[Spec, list[int]]) -> dict[int, Spec]:
    found: dict[int, Spec] = {}
    for spec, rows in places.items():
        for row in rows:
            found.setdefault(row, spec)
    return found


def _rank(flow: Flow) -> tuple[Any, ...]:
    first, last = flow.steps[0], flow.steps[-1]
    return flow.assumed, len(flow.steps), first.path, first.line, last.path, last.line, flow.source, flow.sink
