"""The walk over a scope's syntax that lays down its flow.

Visitors are generators that yield the visits of the nodes below them: `run` keeps those that wait on a list of its
own, so the depth of the syntax costs memory and never the interpreter's stack. A visit that needs no other is done at
once and yields None.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field
from typing import Literal

from pipeline_assets.normalize.evaluation.flow import ENTRY, EXIT, Edge, Flow, Way
from pipeline_assets.normalize.evaluation.nodes import Node

Visit = Generator["Visit | None", None, None]

OUTCOMES = ("true", "false", "with_suppress")
"""Kinds that say what came of a test or of a manager's exit."""

POINTS_PER_NODE, FREE_POINTS = 40, 4000
"""Points that a scope may have, for each of its nodes and beyond, before copies of `finally` bodies are merged."""


@dataclass(frozen=True, eq=False, slots=True)
class Leaving:
    """A way out of a statement: at its end, by an exception, or by a jump statement."""

    kind: Literal["normal", "raised", "break", "continue", "return"]
    node: Node | None = None


@dataclass(eq=False, slots=True)
class Frame:
    """What encloses the place where the walk is, and changes where jumps or exceptions go from there."""

    kind: Literal["loop", "try", "with", "finally"]
    node: Node
    outer: Frame | None
    catcher: Frame | None
    """The innermost frame, this one included, that exceptions go to."""
    head: int = EXIT
    """Where a loop goes on with `continue`."""
    breaks: list[Way] = field(default_factory=list)
    raised: list[Way] = field(default_factory=list)
    """Ways of exceptions that arise inside."""
    jumps: dict[Leaving, list[Way]] = field(default_factory=dict)
    """Jumps that leave through a `finally` body."""


class Walk:
    """The state of a walk: the flow so far, the ways that the next evaluation will end, and the frames around."""

    def __init__(self, statement: Visitor, is_function: bool, defers_annotations: bool, size: int) -> None:
        self.statement = statement
        self.is_function = is_function
        """Whether names are local variables, and annotations of variables are not evaluated."""
        self.defers_annotations = defers_annotations
        self.flow = Flow()
        self.ways: list[Way] = [Way(ENTRY, "next")]
        self.frame: Frame | None = None
        self.outcomes: tuple[list[Way], list[Way]] = ([], [])
        """The ways on which the value tested last is true, and those on which it is false."""
        self._most_points = size * POINTS_PER_NODE + FREE_POINTS

    def is_too_much(self, nodes: int) -> bool:
        """Whether the flow would grow too large by evaluating that many more nodes."""
        return len(self.flow.nodes) + nodes > self._most_points

    def block(self, statements: Iterable[Node]) -> Visit:
        """Run statements one after the other."""
        return each(self, self.statement, statements)

    def emit(self, node: Node, raises: bool = True) -> int:
        """Evaluate a node here; exceptions go where the frames say, and one that nobody handles is no edge."""
        point = self.flow.add(node)
        self.land(point)
        self.ways = [Way(point, "next")]
        if raises and self.frame is not None and self.frame.catcher is not None:
            self.frame.catcher.raised.append(Way(point, "exception", None, True))
        return point

    def split(self, node: Node, raises: bool = True) -> list[Way]:
        """Evaluate a node that decides: go on where it is true, and return the ways on which it is false."""
        point = self.emit(node, raises)
        self.ways = [Way(point, "true", True)]
        return [Way(point, "false", False)]

    def suspend(self, node: Node, kind: str) -> int:
        """Evaluate a node that may hand control to the caller, which may come back."""
        point = self.emit(node)
        self.flow.edges.append(Edge(point, EXIT, kind))
        self.ways = [Way(point, "resume")]
        return point

    def manage(self, node: Node) -> None:
        """Call a context manager's enter or exit."""
        if node.kind == "AsyncWith":
            self.suspend(node, "await")
        else:
            self.emit(node)

    def land(self, point: int, kind: str = "next") -> None:
        """End all ways at a point; `kind` says why, where a way does not say more."""
        self.flow.edges += [
            Edge(way.source, point, kind if way.kind == "next" else way.kind, way.is_exceptional) for way in self.ways
        ]
        self.ways = []

    def rename(self, kind: str) -> None:
        """Say what the ways enter, where they do not tell an outcome."""
        self.ways = [way if way.kind in OUTCOMES else way._replace(kind=kind) for way in self.ways]

    def reraise(self) -> None:
        """An exception goes on along all ways: to what catches it here, or out of the scope."""
        self.ways = [Way(way.source, "exception", None, True) for way in self.ways]
        if self.frame is None or self.frame.catcher is None:
            self.land(EXIT)
        else:
            self.frame.catcher.raised += self.ways
            self.ways = []

    def enter(self, kind: Literal["loop", "try", "with", "finally"], node: Node, head: int = EXIT) -> None:
        """Go inside a frame."""
        self.frame = Frame(kind, node, self.frame, self.frame.catcher if self.frame is not None else None, head)
        if kind != "loop":
            self.frame.catcher = self.frame

    def leave(self) -> Frame:
        """Go back around the innermost frame, and return it."""
        left = self.frame
        assert left is not None
        self.frame = left.outer
        return left

    def jump(self, leaving: Leaving) -> None:
        """Leave by a jump statement: through every `with` and `finally` around, the innermost first."""
        here = self.frame
        if not self.ways:  # what cannot be reached still leaves by the same stations
            self.ways = [Way(self.flow.add(None), "next")]
        while self.frame is not None and self.ways:
            frame = self.leave()
            if frame.kind == "loop" and leaving.kind != "return":
                self._reach_loop(leaving, frame)
            elif frame.kind == "with":
                self.rename("with_exit")
                self.manage(frame.node)
            elif frame.kind == "finally":
                frame.jumps.setdefault(leaving, []).extend(self.ways)
                self.ways = []
        if self.ways:
            self._leave_scope(leaving)
        self.frame = here

    def _reach_loop(self, leaving: Leaving, loop: Frame) -> None:
        if leaving.kind == "continue":
            self.land(loop.head, "jump")
            return
        self.rename("jump")
        loop.breaks += self.ways
        self.ways = []

    def _leave_scope(self, leaving: Leaving) -> None:
        """A return leaves here; so does a jump without a loop, which the compiler refuses: nothing can follow it."""
        if leaving.kind == "return" and leaving.node is not None:
            self.emit(leaving.node, raises=False)
        self.land(EXIT, "return" if leaving.kind == "return" else "jump")


Visitor = Callable[[Walk, Node], "Visit | None"]


def run(visit: Visit | None) -> None:
    """Run a visit and all those below it."""
    stack = [visit] if visit is not None else []
    while stack:
        try:
            below = next(stack[-1])
        except StopIteration:
            stack.pop()
        else:
            if below is not None:
                stack.append(below)


def each(walk: Walk, visitor: Visitor, nodes: Iterable[Node]) -> Visit:
    """Visit one node after the other."""
    for node in nodes:
        yield visitor(walk, node)
