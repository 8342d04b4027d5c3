"""The progress of a build on a terminal: tasks of the scope, and the work inside the task that runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from pipeline_assets.cli.context import title
from pipeline_assets.cli.terminal import err, line, say
from pipeline_assets.outcomes import Decision
from pipeline_assets.runner import Progress as Report


@contextmanager
def showing(scope: str, decisions: Sequence[Decision]) -> Iterator[Report]:
    """Gives what a session reports to; bars on a terminal, one line where stderr is a file."""
    if not err().is_terminal:
        say(f"{title(scope)}: {len(decisions)} tasks to run")
        yield _ignore
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err(), transient=True) as bars:
        yield _Bars(bars, scope, len(decisions)).report


class _Bars:
    def __init__(self, bars: Progress, scope: str, tasks: int) -> None:
        # Names of repositories may look like markup to rich.
        self._bars = bars
        self._all = bars.add_task(line(title(scope)).replace("[", r"\["), total=tasks)
        self._task = bars.add_task("starting", total=None)
        self._done: set[str] = set()

    def report(self, task: str, done: int, total: int) -> None:
        if done >= total:
            self._done.add(task)
        self._bars.update(self._all, completed=len(self._done))
        self._bars.update(self._task, description=task, completed=done, total=total)


def _ignore(task: str, done: int, total: int) -> None:
    """Nobody watches."""
