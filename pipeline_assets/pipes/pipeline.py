"""What an extract or graph task builds: projections to read, then stages to run on them; lazy, like an Ibis table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import ibis.expr.operations as ops
import pyarrow as pa
from ibis.expr.types import Table

Step = Callable[[Any], Any]


@dataclass(frozen=True)
class Pipeline:
    """Projections (Ibis tables by name) and the stages to run, in order, on what they hold.

    Hamilton composes it one stage at a time; the runner decides where it runs: a worker process for extract tasks,
    this process for graph tasks.
    """

    projections: Mapping[str, Table]
    steps: tuple[Step, ...] = ()

    def then(self, step: Step) -> Pipeline:
        """The same pipeline with one more stage."""
        return replace(self, steps=(*self.steps, step))

    def apply(self, value: Any) -> Any:
        """Run the stages on a value in this process."""
        for step in self.steps:
            value = step(value)
        return value

    @property
    def is_bound(self) -> bool:
        """Whether every projection reads real tables, so that it can be executed as it stands."""
        return not any(table.op().find(ops.UnboundTable) for table in self.projections.values())

    def collect(self) -> dict[str, pa.Table]:
        """The projections as Arrow tables; only for bound projections."""
        return {name: table.to_pyarrow() for name, table in self.projections.items()}
