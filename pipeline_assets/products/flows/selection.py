"""Which places of the graph a specification means."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property

import numpy as np

from pipeline_assets.products.flows.call_edges import Call
from pipeline_assets.products.flows.graph import FlowGraph
from pipeline_assets.products.flows.spec import RECEIVER, FlowError, Spec

SOURCE, SINK, BARRIER = range(3)
"""What the places are wanted for."""
_SHOWN = 5

Found = Iterator[tuple[int, tuple[str, ...]]]


class NothingMatches(FlowError):
    """A specification that no place of the repository fits."""

    def __init__(self, spec: Spec, near: Iterable[str]) -> None:
        names = ", ".join(near)
        hint = f"near it there is {names}" if names else f"nothing here is like it; `{spec.kind}:*` takes all there is"
        super().__init__(f"nothing matches {spec}: {hint}")
        self.spec = spec


class Selector:
    """Looks up places by specification."""

    def __init__(self, graph: FlowGraph) -> None:
        self.graph = graph

    def places(self, spec: Spec, role: int) -> list[int]:
        """The places that are meant, in order; empty when there are none."""
        chosen = {place for place, names in self._candidates(spec, role) if spec.matches(names)}
        return sorted(chosen)

    def near(self, spec: Spec, role: int) -> list[str]:
        """Names of the same kind of place that are most like the pattern."""
        known = sorted(
            {name for _, names in self._candidates(Spec(spec.kind, "*", spec.which), role) for name in names}
        )
        wanted = spec.pattern.strip("*").strip(".")
        ending = wanted.rsplit(".", 1)[-1].lower()
        same = [name for name in known if name.rsplit(".", 1)[-1].lower() == ending]
        close = difflib.get_close_matches(wanted, known, _SHOWN, 0.6)
        return list(dict.fromkeys([*close, *same]))[:_SHOWN]

    def _candidates(self, spec: Spec, role: int) -> Found:
        by_kind: dict[str, Callable[[Spec, int], Found]] = {
            "call": self._calls,
            "return": self._returns,
            "arg": self._arguments,
            "param": self._parameters,
            "attr": self._attributes,
            "name": self._names,
            "decorated": self._decorated,
        }
        return by_kind[spec.kind](spec, role)

    @cached_property
    def _call_names(self) -> list[tuple[Call, tuple[str, ...]]]:
        return [(call, self.graph.names.of_call(row)) for row, call in self.graph.calls.calls.items()]

    def _calls(self, spec: Spec, role: int) -> Found:
        """Results as sources, arguments as sinks; what may not be passed neither goes in nor comes out."""
        for call, names in self._call_names:
            if role != SOURCE:
                yield from ((argument.row, names) for argument in call.arguments)
            if role != SINK:
                yield call.row, names
        if role == BARRIER:
            yield from self._results()
            for row, function in self.graph.program.owners.items():
                yield row, (self.graph.names.definition_name(function),)

    def _returns(self, spec: Spec, role: int) -> Found:
        if role == SINK:
            yield from self._results()
        else:
            yield from self._calls(spec, role)

    def _results(self) -> Found:
        for place, function in self.graph.results.items():
            yield place, (self.graph.names.definition_name(function),)

    def _arguments(self, spec: Spec, role: int) -> Found:
        for call, names in self._call_names:
            yield from ((row, names) for row in _chosen(call, spec.which))

    def _parameters(self, spec: Spec, role: int) -> Found:
        names = self.graph.program.syntax.names
        for row, function in self.graph.program.owners.items():
            yield row, (f"{self.graph.names.definition_name(function)}.{names[row]}",)

    def _attributes(self, spec: Spec, role: int) -> Found:
        program = self.graph.program
        for row in np.flatnonzero(program.syntax.of_kind("Attribute")).tolist():
            if role == BARRIER or program.is_load[row] == (role == SOURCE):
                yield row, self.graph.names.of_attribute(row)

    def _names(self, spec: Spec, role: int) -> Found:
        program = self.graph.program
        for row in np.flatnonzero(program.syntax.of_kind("Name")).tolist():
            if role != SINK or not program.is_load[row]:
                yield row, self.graph.names.of_variable(row)
        yield from self._attributes(spec, role)

    def _decorated(self, spec: Spec, role: int) -> Found:
        program, graph = self.graph.program, self.graph
        owned: dict[int, list[int]] = {}
        for row, function in program.owners.items():
            if row not in graph.variables.self_class:
                owned.setdefault(function, []).append(row)
        rows, named = program.rows("decorators", "definition_id"), program.rows("decorators", "named_id")
        for row, decorator in zip(rows, named, strict=True):
            text = graph.names.written.get(decorator) or (program.syntax.names[decorator] if decorator >= 0 else "")
            names = graph.names.of.get(decorator) or (f"?.{text}",)
            places = (
                [place for place, owner in graph.results.items() if owner == row]
                if role == SINK
                else owned.get(row, [])
            )
            yield from ((place, names) for place in places)


def _chosen(call: Call, which: tuple[str, ...]) -> Iterator[int]:
    """The arguments of a call by number, keyword or `self`; without any, all of them but the receiver."""
    for argument in call.arguments:
        of_unknown_place = argument.kind == "star" or (argument.kind == "positional" and argument.place < 0)
        numbers = any(part.isdecimal() for part in which)
        if (
            not which
            or (argument.kind == "keyword" and argument.name in which)
            or (argument.kind == "positional" and str(argument.place) in which)
            or (of_unknown_place and numbers)
            or (argument.kind == "double_star" and any(not part.isdecimal() for part in which))
        ):
            yield argument.row
    if RECEIVER in which and call.receiver >= 0:
        yield call.receiver
