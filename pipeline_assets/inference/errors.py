"""Errors of the inference room: data with a sentence — what, where, what to do.

InferenceError
├── ContractError       a contract contradicts itself
├── PolicyError         a mode of the guards that there is not
├── UnsupportedOperation  an Ibis operation whose lineage or grain is not known
└── CompileError        every problem found while compiling a manifest, collected
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class InferenceError(Exception):
    """Base of everything the inference room refuses."""


class ContractError(InferenceError):
    """A contract contradicts itself; `problems` says how."""

    def __init__(self, dataset: str, problems: Sequence[str]) -> None:
        super().__init__(dataset, tuple(problems))
        self.dataset = dataset
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return f"contract {self.dataset}: " + "; ".join(self.problems)


class PolicyError(InferenceError):
    """A mode of the guards that there is not."""

    def __init__(self, variable: str, mode: str, modes: Sequence[str]) -> None:
        super().__init__(variable, mode, tuple(modes))
        self.variable, self.mode, self.modes = variable, mode, tuple(modes)

    def __str__(self) -> str:
        return f"{self.variable} is {self.mode!r}; it may be {' or '.join(self.modes)}"


class UnsupportedOperation(InferenceError):
    """An Ibis operation that the walker does not know; guessing would make lineage a lie."""

    def __init__(self, operation: str, reason: str) -> None:
        super().__init__(operation, reason)
        self.operation = operation
        self.reason = reason

    def __str__(self) -> str:
        return f"operation {self.operation}: {self.reason}"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that keeps a manifest from compiling."""

    task: str
    stage: str
    name: str
    """The offending name: a dataset, column, operation or parameter."""
    rule: str
    message: str

    def __str__(self) -> str:
        where = f"{self.task}.{self.stage}" if self.stage else self.task
        return f"[{self.rule}] {where}: {self.message}"


class CompileError(InferenceError):
    """Everything that keeps a manifest from compiling, not the first thing only."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(tuple(problems))
        self.problems = tuple(sorted(problems))

    def __str__(self) -> str:
        head = f"{len(self.problems)} problem(s) keep the plan from compiling:"
        return "\n".join([head, *(f"  {problem}" for problem in self.problems)])
