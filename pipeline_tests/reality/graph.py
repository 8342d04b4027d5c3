"""The product's call graph, by the places that a running program tells."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline_assets.api import Graph
from pipeline_tests.partial import built
from pipeline_tests.reality.observing import Call, Place

LAYERS = ("names", "points_to")
"""Evidence for targets: `by_…` of `call_targets`."""
WITHOUT = "-pyrefly,-tree_sitter,-git"


@dataclass
class Site:
    """A call expression."""

    call_id: int
    path: str
    line: int
    caller: str
    shape: str
    callee_name: str | None
    completeness: str
    is_decorator: bool
    targets: set[int] = field(default_factory=set)
    """What it may call, outside the repository, too."""
    origins: set[str] = field(default_factory=set)
    """Which evidence has these: `names`, `points_to` or both, for each target."""
    implied: set[int] = field(default_factory=set)
    """What else runs at the place: `__len__` for `len(x)`."""


class CallGraph:
    """Call sites by where they end, and definitions by where their code begins."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._paths = dict(self._sql("SELECT file_id, path FROM files"))
        self._starts: dict[int, list[int]] = {}
        for file_id, start in self._sql("SELECT file_id, bstart FROM lines ORDER BY file_id, line"):
            self._starts.setdefault(file_id, []).append(start)
        self.definitions = self._definitions()
        self.names = dict(self._sql("SELECT definition_id, pycg_name FROM definitions"))
        self.sites = self._sites()
        self._by_end = {(site.path, line, column): site for (line, column), site in self._ends()}
        self.implicit = self._implicit()
        """What is called without a call expression, by file and line."""

    def site(self, call: Call) -> Site | None:
        """The call expression that makes a call; none when Python makes it without one."""
        if not call.operation.startswith("CALL") or call.end_line is None or call.end_column is None:
            return None
        found = self._by_end.get((call.caller.path, call.end_line, call.end_column))
        name = call.callee.qualname.rpartition(".")[2]
        if found is None or (name in ("__exit__", "__aexit__") and found.callee_name != name):
            return None  # `with f():` leaves the block at the place of `f()`
        if call.line is not None and call.line < found.line:
            return None  # a class statement ends where the last call of its body does
        if found.is_decorator and call.operation == "CALL again":
            return None  # `@f()` calls what `f()` gave at the place of `f()`
        return found

    def has_implicit(self, call: Call, callees: set[int]) -> bool:
        """Whether one of them is called without a call expression on the lines of a call."""
        first = call.line or call.caller.line
        lines = range(first, (call.end_line or first) + 1)
        return any(callees & self.implicit.get((call.caller.path, line), set()) for line in lines)

    def definition(self, place: Place) -> set[int]:
        """The definitions whose code begins there: several lambdas may share a line."""
        return self.definitions.get((place.path, place.qualname.rpartition(".")[2], place.line), set())

    # -- reading

    def _sql(self, text: str) -> list[tuple[Any, ...]]:
        table = self._graph.sql(text)
        return list(zip(*(column.to_pylist() for column in table.columns), strict=True))

    def _line(self, file_id: int, offset: int) -> int:
        return bisect_right(self._starts[file_id], offset)

    def _definitions(self) -> dict[tuple[str, str, int], set[int]]:
        found: dict[tuple[str, str, int], set[int]] = {}
        query = """SELECT definition_id, file_id, name, dbstart FROM definitions
                   WHERE kind IN ('function', 'async_function', 'lambda')"""
        for number, file_id, name, start in self._sql(query):
            found.setdefault((self._paths[file_id], name, self._line(file_id, start)), set()).add(number)
        return found

    def _sites(self) -> dict[int, Site]:
        query = """SELECT call_id, file_id, line, caller_id, shape, callee_name, k.completeness, is_decorator
                   FROM call_sites JOIN call_completeness AS k USING (repository, file_id, call_id)
                   WHERE is_evaluated"""
        found = {
            call: Site(call, self._paths[file_id], line, self.names[caller], shape, *rest)
            for call, file_id, line, caller, shape, *rest in self._sql(query)
        }
        for call, target, *by in self._sql("SELECT call_id, target_id, by_names, by_points_to FROM call_targets"):
            if call in found:
                found[call].targets.add(target)
                found[call].origins.add(" and ".join(name for name, is_so in zip(LAYERS, by, strict=True) if is_so))
        return found

    def _implicit(self) -> dict[tuple[str, int], set[int]]:
        found: dict[tuple[str, int], set[int]] = {}
        for node, target, file_id, line in self._sql(
            "SELECT site_node, target_id, file_id, line FROM implicit_targets"
        ):
            found.setdefault((self._paths[file_id], line), set()).add(target)
            if node in self.sites:
                self.sites[node].implied.add(target)
        return found

    def _ends(self) -> Iterator[tuple[tuple[int, int], Site]]:
        for call, file_id, end in self._sql("SELECT call_id, file_id, bend FROM call_sites WHERE is_evaluated"):
            line = self._line(file_id, end - 1)
            yield (line, end - self._starts[file_id][line - 1]), self.sites[call]


@contextmanager
def call_graph_of(root: Path, layers: str = WITHOUT) -> Iterator[CallGraph]:
    """Build what is needed of a tree's graph."""
    with built(
        root,
        *("files", "lines", "definitions", "call_sites", "call_targets", "call_completeness", "implicit_targets"),
        layers=layers,
    ) as graph:
        yield CallGraph(graph)
