"""Generating LibCST's code once, noting when each node begins and ends, and what follows from that by arithmetic.

Imports LibCST: import this module inside a parse stage only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from libcst import CSTNode, Module
from libcst._nodes.internal import CodegenState

Rows = npt.NDArray[np.int64]
Span = tuple[Rows, Rows]

BEGIN, END, ENTER, LEAVE = range(4)
"""A node begins and ends; its own text, without the parentheses, commas and whitespace it holds, begins and ends."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Nodes in preorder, as the events tell them; the columns run in parallel, spans count tokens."""

    parents: Rows
    """-1 for the module."""
    subtree_ends: Rows
    depths: Rows
    outer: Span
    own: Span


class Recorder(CodegenState):  # type: ignore[misc]
    """A state of LibCST's code generator that notes what it is told, four to an integer: tokens so far, and what."""

    def __init__(self, module: Module) -> None:
        super().__init__(module.default_indent, module.default_newline)
        self.nodes: list[CSTNode] = []
        self.events: list[int] = []
        self.stretches: list[tuple[CSTNode, CSTNode | None, CSTNode | None]] = []
        """Nodes whose own text begins or ends with that of another."""
        self._mark = _Mark(self.events, self.tokens)
        self.add_token = self.tokens.append

    def before_codegen(self, node: CSTNode) -> None:
        """Note that a node begins."""
        self.nodes.append(node)
        self.events.append(len(self.tokens) * 4)

    def after_codegen(self, node: CSTNode) -> None:
        """Note that the node ends."""
        self.events.append(len(self.tokens) * 4 + END)

    def record_syntactic_position(
        self, node: CSTNode, *, start_node: CSTNode | None = None, end_node: CSTNode | None = None
    ) -> _Mark:
        """Note where the node's own text begins and ends."""
        if start_node is not None or end_node is not None:
            self.stretches.append((node, start_node, end_node))
        return self._mark


class _Mark:
    """Notes when a block of the generator is entered and left; one serves all, for it holds nothing of its own."""

    def __init__(self, events: list[int], tokens: list[str]) -> None:
        self._events, self._tokens = events, tokens

    def __enter__(self) -> None:
        self._events.append(len(self._tokens) * 4 + ENTER)

    def __exit__(self, *_: Any) -> None:
        self._events.append(len(self._tokens) * 4 + LEAVE)


def record(module: Module) -> Recorder:
    """Generate the module's code."""
    recorder = Recorder(module)
    module._codegen(recorder)
    return recorder


def layout(recorder: Recorder, index: Mapping[int, int]) -> Layout:
    """What the events tell about every node; `index` gives the ordinal of a node by its identity."""
    events = np.array(recorder.events, np.int64)
    what, at = events & 3, events >> 2
    begins, ends = np.flatnonzero(what == BEGIN), np.flatnonzero(what == END)
    levels = np.cumsum((what == BEGIN).astype(np.int64) - (what == END)) - 1
    depths = levels[begins]
    opened = _Opened(begins, depths, len(events))
    closed = np.empty_like(begins)  # the nodes of one depth end in the order in which they begin
    closed[opened.order] = ends[np.lexsort((ends, levels[ends]))]
    outer = at[begins], at[closed]
    own = outer[0].copy(), outer[1].copy()
    for kind, bound in ((ENTER, own[0]), (LEAVE, own[1])):
        marks = np.flatnonzero(what == kind)
        bound[opened.latest(marks, levels[marks])] = at[marks]
    _stretch(own, recorder.stretches, index)
    return Layout(
        parents=np.where(depths == 0, -1, opened.latest(begins, depths - 1)),
        subtree_ends=np.cumsum(what == BEGIN)[closed],
        depths=depths,
        outer=outer,
        own=own,
    )


class _Opened:
    """Finds the latest node of a depth that began before an event, which is the one still open there."""

    def __init__(self, begins: Rows, depths: Rows, events: int) -> None:
        self._events = events
        keys = depths * events + begins
        self.order: Rows = np.argsort(keys)
        self._keys = keys[self.order]

    def latest(self, events: Rows, depths: Rows) -> Rows:
        found: Rows = self.order[np.searchsorted(self._keys, depths * self._events + events, "right") - 1]
        return found


def _stretch(
    own: Span, stretches: Sequence[tuple[CSTNode, CSTNode | None, CSTNode | None]], index: Mapping[int, int]
) -> None:
    """Let the text of a compound statement end with that of its last part; inner nodes come first."""
    for ordinal, start, end in sorted(((index[id(node)], start, end) for node, start, end in stretches), key=_ordinal):
        if start is not None:
            own[0][ordinal] = own[0][index[id(start)]]
        if end is not None:
            own[1][ordinal] = own[1][index[id(end)]]


def _ordinal(stretch: tuple[int, CSTNode | None, CSTNode | None]) -> int:
    return -stretch[0]
