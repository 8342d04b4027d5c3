"""Stops of a way as lines of source: stops on one line are one step, with what happens there in order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline_assets.products.flows.graph import FlowGraph
from pipeline_assets.products.flows.search import Stop

_QUIET = ("read as ", "the same object")
"""Reasons that say nothing where there is another on the line."""


@dataclass(frozen=True)
class Step:
    """A place of a flow: where, why the value is there, and the line."""

    path: str
    line: int
    reason: str
    text: str
    is_assumed: bool


class SourceLines:
    """Lines of the files that ways pass, each file's text read once."""

    def __init__(self, graph: FlowGraph) -> None:
        self.graph, self.program = graph, graph.program
        self._texts: dict[int, list[str]] = {}

    def steps(self, stops: list[Stop]) -> tuple[Step, ...]:
        """The way, line by line."""
        return tuple(self._step(*group) for group in self._grouped(stops))

    def _grouped(self, stops: list[Stop]) -> Iterator[tuple[int, int, list[Stop]]]:
        place, together = (-1, -1), list[Stop]()
        for stop in stops:
            found = self._at(stop.place if stop.place >= 0 else ~stop.place)
            if found is None:
                if together:
                    together.append(stop)
                continue
            if found != place and together:
                yield (*place, together)
                together = []
            place = found
            together.append(stop)
        if together:
            yield (*place, together)

    def _at(self, row: int) -> tuple[int, int] | None:
        """The file and line of a place; what has no text has none."""
        if row >= self.program.count or self.program.line[row] is None:
            return None
        return int(self.program.syntax.ids[row]) >> 27, int(self.program.line[row] or 0)

    def _step(self, file: int, line: int, stops: list[Stop]) -> Step:
        reasons = list(dict.fromkeys(stop.reason for stop in stops))
        telling = [reason for reason in reasons if not reason.startswith(_QUIET)] or reasons
        text = self._lines(file)[line - 1].strip()
        return Step(self.program.paths[file], line, ", ".join(telling), text, any(stop.assumes for stop in stops))

    def _lines(self, file: int) -> list[str]:
        if file not in self._texts:
            found = self.program.connection.execute("SELECT text FROM file_texts WHERE file_id = ?", [file]).fetchone()
            self._texts[file] = found[0].replace("\r\n", "\n").replace("\r", "\n").split("\n") if found else [""]
        return self._texts[file]
