"""Collecting implicit calls as arrays, and laying them out as one table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline_assets.normalize.implicit.trees import Bool, Rows, Trees

NONE = -1
"""The row of no node."""


@dataclass(frozen=True, slots=True)
class Made:
    """Rows of one shape of call: arrays of the same length; nodes are rows of the trees, `NONE` is none."""

    kind: str
    methods: str
    site: Rows
    order: Rows
    """Place among the calls of the site."""
    operand: Rows
    other: Rows
    at: Rows
    """The node whose span and scope the call has."""
    is_certain: Bool
    target: Rows
    """Id of the definition that is called, -1 where it depends on the operand's type."""


@dataclass(slots=True)
class Calls:
    """All implicit calls found so far."""

    trees: Trees
    made: list[Made] = field(default_factory=list)

    def add(
        self,
        kind: str,
        methods: str,
        site: Rows,
        *,
        operand: Rows | int = NONE,
        other: Rows | int = NONE,
        at: Rows | None = None,
        order: Rows | int = 0,
        is_certain: Bool | bool = True,
        target: Rows | int = NONE,
    ) -> None:
        """Add calls of `methods`, one per site, in the order in which they are tried."""
        if not len(site):
            return
        whole = site if at is None else at
        size = len(site)
        self.made.append(
            Made(
                kind,
                methods,
                site,
                _spread(order, size),
                _spread(operand, size),
                _spread(other, size),
                whole,
                np.broadcast_to(is_certain, size),
                _spread(target, size),
            )
        )

    def column(self, name: str) -> npt.NDArray[Any]:
        """One column of all calls, in the order of adding."""
        return np.concatenate([np.zeros(0, np.int64), *(getattr(made, name) for made in self.made)])

    def texts(self, name: str) -> tuple[Rows, list[str]]:
        """`kind` or `methods` of all calls: codes, and the values they stand for."""
        values = sorted({getattr(made, name) for made in self.made})
        codes = [np.full(len(made.site), values.index(getattr(made, name))) for made in self.made]
        return np.concatenate([np.zeros(0, np.int64), *codes]), values


def _spread(rows: Rows | int, size: int) -> Rows:
    return np.broadcast_to(np.asarray(rows, np.int64), size)
