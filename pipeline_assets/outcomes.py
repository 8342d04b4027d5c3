"""What running tasks gives: results, decisions, and the errors that keep a dataset from being made.

RunError
├── MissingInput   a task was asked for before its inputs were ever made
└── CheckFailed    a blocking check failed, so nothing was published
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline_assets.profiling import StageRun
from pipeline_assets.store.snapshot import DatasetVersion, Snapshot, Verdict


class RunError(Exception):
    """Base of what keeps a session from making a dataset."""


class MissingInput(RunError):
    """A task was asked for before its inputs were ever made."""

    def __init__(self, task: str, dataset: str, scope: str) -> None:
        super().__init__(task, dataset, scope)
        self.task, self.dataset, self.scope = task, dataset, scope

    def __str__(self) -> str:
        return f"{self.task} needs {self.dataset}, which was never made for {self.scope!r}; build the repository first"


class CheckFailed(RunError):
    """A blocking check failed: nothing was published, the previous snapshot stands."""

    def __init__(self, task: str, verdicts: tuple[Verdict, ...]) -> None:
        super().__init__(task, verdicts)
        self.task, self.verdicts = task, verdicts

    def __str__(self) -> str:
        failed = [v for v in self.verdicts if v.blocking and not v.passed]
        lines = [f"  {v.check}: {v.message or f'{v.violations} violation(s)'}" for v in failed]
        return "\n".join([f"{self.task}: {len(failed)} blocking check(s) failed, so nothing was published", *lines])


@dataclass(frozen=True)
class Decision:
    """Whether a task would run, and why."""

    task: str
    runs: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class TaskResult:
    """What running (or reusing) one task gave."""

    task: str
    versions: Mapping[str, DatasetVersion]
    verdicts: tuple[Verdict, ...]
    stages: tuple[StageRun, ...]
    sql: Mapping[str, str]
    """Compiled SQL by output (relational) or projection (extract, graph)."""
    seconds: float
    reused: bool
    snapshot: Snapshot
    files_kept: int = 0
    """Files of an extractor of which nothing had changed, so that their rows were kept."""
