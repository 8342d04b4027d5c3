"""Steps that values can take, gathered as arrays: from where, to where, and what kind of step."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from pipeline_assets.products.flows.paths import COPY
from pipeline_assets.products.flows.syntax import Ints

LOCAL, ENTER, RETURN, MADE, CHANNEL = range(5)
"""Within a call; into a function; out of one; a new object to its initialiser; by what is shared, whoever calls."""


class Step(NamedTuple):
    """A kind of step: how it relates to calls, what it does to paths, and why there is one."""

    kind: int
    operation: int
    label: str
    call: int
    reason: str
    changes: bool
    """Whether it arrives as a change of the object at the target, not as the target's value."""
    assumes: bool
    """Whether it rests on the assumption that unknown calls hand on what they are given."""


class Edges:
    """Steps as they are found."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._numbers: dict[Step, int] = {}
        self._single: list[tuple[int, int, int]] = []
        self._chunks: list[Ints] = []

    def step(
        self,
        reason: str,
        operation: int = COPY,
        label: str = "",
        kind: int = LOCAL,
        call: int = -1,
        changes: bool = False,
        assumes: bool = False,
    ) -> int:
        """The number of a kind of step."""
        step = Step(kind, operation, label, call, reason, changes, assumes)
        number = self._numbers.get(step)
        if number is None:
            number = self._numbers[step] = len(self.steps)
            self.steps.append(step)
        return number

    def one(self, source: int, target: int, number: int) -> None:
        """Add one step; nothing where an end is missing."""
        if source >= 0 and target >= 0:
            self._single.append((source, target, number))

    def many(self, sources: Any, targets: Any, number: int) -> None:
        """Add steps of one kind between rows of two arrays."""
        sources, targets = np.asarray(sources, np.int64), np.asarray(targets, np.int64)
        both = (sources >= 0) & (targets >= 0)
        self._chunks.append(np.stack([sources[both], targets[both], np.full(int(both.sum()), number, np.int64)], 1))

    def table(self) -> Ints:
        """All steps once, as rows of source, target and number, sorted."""
        single = np.array(self._single, np.int64).reshape(-1, 3)
        return np.unique(np.concatenate([*self._chunks, single]), axis=0)
