"""Running an extractor over a repository in killable worker processes.

What a file costs when its parser crashes, hangs or eats the memory is that file in that layer: its chunk is cut in
halves until the culprit is alone, which then becomes a row of the extractor's status dataset.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType

import pyarrow as pa
from pebble import ProcessExpired, ProcessPool

from pipeline_assets.extract.chunk import Row
from pipeline_assets.extract.composition import Slice, compose
from pipeline_assets.extract.processes import CleanContext, start_server
from pipeline_assets.extract.status import EXTRACT_STATUS, FileStatus, status_table
from pipeline_assets.extract.worker import Done, Job, Stage, StageError, initialise, run_job
from pipeline_assets.inference.contract import Contract
from pipeline_assets.sources.tree import Tree
from pipeline_assets.store.parquet import Part, write_part

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a worker may use before it is stopped."""

    memory_bytes: int = 4 * 1024**3
    seconds: float = 60.0
    seconds_per_megabyte: float = 30.0
    """About a hundred times what parsing takes, for slow and crowded machines."""

    def seconds_for(self, size: int) -> float:
        """The time allowed for so many bytes of source."""
        return self.seconds + self.seconds_per_megabyte * size / 1e6


@dataclass(frozen=True, slots=True)
class Extracted:
    """What an extractor made and what it cost."""

    parts: Mapping[str, tuple[Part, ...]]
    """By dataset, in the order of file ids."""
    stage_milliseconds: tuple[float, ...]
    """Summed over all workers, in the order of the stages."""
    cpu_seconds: float
    """Spent by the workers on this extractor, reading and writing included."""
    peak_bytes: int
    """The largest resident size that a worker reached."""
    lost: tuple[FileStatus, ...]
    """Files that a worker crashed on or was stopped at."""


class WorkerPool:
    """Worker processes that are started when first needed and stay for every extractor of a build."""

    def __init__(self, workers: int, limits: Limits | None = None) -> None:
        self.workers = workers
        self.limits = limits or Limits()
        start_server()  # before pebble makes its locks, which would start a helper in the working directory
        self._processes = ProcessPool(
            workers, initializer=initialise, initargs=(self.limits.memory_bytes,), context=CleanContext()
        )

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._processes.stop()  # nothing is pending unless something went wrong, and then it must not go on
        self._processes.join()

    def submit(self, job: Job, size: int) -> Future[Done]:
        """Run a job in a worker; the future fails with `ProcessExpired`, `TimeoutError` or `StageError`."""
        future: Future[Done] = self._processes.schedule(run_job, args=(job,), timeout=self.limits.seconds_for(size))
        return future


def run_extractor(
    pool: WorkerPool,
    steps: Sequence[Stage],
    outputs: Sequence[Contract],
    rows: pa.Table,
    tree: Tree,
    warehouse: Path,
    progress: Progress = lambda done, total: None,
) -> Extracted:
    """Run the stages after the projection on every row's file, and write the outputs as parts of the warehouse.

    `progress` is told how many of the files are done. Raises `StageError` when a stage fails on every file, and what
    writing raises; whatever happens, no job of this extractor is left behind in the pool.
    """
    template = Job(tuple(steps), tuple(outputs), (), tree.root, warehouse, tree.max_file_bytes)
    run = _Run(pool, template, compose(rows.to_pylist()), progress)
    try:
        run.drain()
    except BaseException:
        run.cancel()
        raise
    return run.result()


@dataclass(slots=True)
class _Run:
    """One extractor's chunks on their way through the pool."""

    pool: WorkerPool
    template: Job
    waiting: list[Slice]
    progress: Progress
    running: dict[Future[Done], Slice] = field(default_factory=dict)
    done: list[tuple[Slice, Done]] = field(default_factory=list)
    lost: list[FileStatus] = field(default_factory=list)
    retried: set[int] = field(default_factory=set)
    total: int = 0

    def drain(self) -> None:
        """Work until every file is done or lost."""
        self.total = sum(len(each.rows) for each in self.waiting)
        self.waiting.sort(key=lambda each: each.size)  # the largest last, where they are taken from
        self.progress(0, self.total)
        while self.waiting or self.running:
            self._submit()
            finished, _ = wait(self.running, return_when=FIRST_COMPLETED)
            for future in finished:
                self._settle(future, self.running.pop(future))
            self.progress(self._files_done(), self.total)

    def cancel(self) -> None:
        """Stop what is running; the pool replaces the workers."""
        for future in self.running:
            future.cancel()

    def result(self) -> Extracted:
        """Everything made, in the order of file ids."""
        self.done.sort(key=lambda item: item[0].rows[0]["file_id"])
        parts: dict[str, list[Part]] = {contract.name: [] for contract in self.template.outputs}
        for _, done in self.done:
            for dataset, part in done.parts.items():
                parts[dataset].append(part)
        if self.lost:
            status = self._status_contract()
            parts[status.name].append(write_part(status_table(self.lost), status, self.template.warehouse))
        return Extracted(
            parts={dataset: tuple(found) for dataset, found in parts.items()},
            stage_milliseconds=self._stage_milliseconds(),
            cpu_seconds=sum(done.cpu_seconds for _, done in self.done),
            peak_bytes=max((done.peak_bytes for _, done in self.done), default=0),
            lost=tuple(self.lost),
        )

    def _submit(self) -> None:
        """Keep every worker busy with one more job behind; big files run one at a time."""
        has_big = any(each.is_big for each in self.running.values())
        for each in reversed(self.waiting.copy()):
            if len(self.running) > self.pool.workers:
                return
            if each.is_big and has_big:
                continue
            has_big |= each.is_big
            self.waiting.remove(each)
            self.running[self.pool.submit(replace(self.template, rows=each.rows), each.size)] = each

    def _settle(self, future: Future[Done], part: Slice) -> None:
        error = future.exception()
        if error is None:
            self.done.append((part, future.result()))
        elif not isinstance(error, (ProcessExpired, FutureTimeout, StageError)):
            raise error
        elif len(part.rows) > 1:
            self.waiting += part.halves()
        elif isinstance(error, ProcessExpired) and part.rows[0]["file_id"] not in self.retried:
            # whoever kills workers from outside (an operator, a machine out of memory) does not aim at a file
            self.retried.add(part.rows[0]["file_id"])
            self.waiting.append(part)
        else:
            self._lose(part.rows[0], error)

    def _lose(self, row: Row, error: BaseException) -> None:
        if isinstance(error, StageError) and self.total == 1 + len(self.lost):
            raise error
        self.lost.append(_lost(row, self._status_contract().name, error))

    def _files_done(self) -> int:
        return sum(len(part.rows) for part, _ in self.done) + len(self.lost)

    def _stage_milliseconds(self) -> tuple[float, ...]:
        clocks = [done.stage_seconds for _, done in self.done]
        return tuple(1e3 * sum(clock[stage] for clock in clocks) for stage in range(len(self.template.steps)))

    def _status_contract(self) -> Contract:
        return next(contract for contract in self.template.outputs if contract.part_of == EXTRACT_STATUS.name)


def _lost(row: Row, dataset: str, error: BaseException) -> FileStatus:
    """The status row of a file that no worker survived."""
    if isinstance(error, StageError):
        status, error_class, message = "crashed", error.error_class, str(error)
    elif isinstance(error, ProcessExpired):
        status, error_class, message = "crashed", "ProcessExpired", f"the worker died with exit code {error.exitcode}"
    else:
        status, error_class, message = "timeout", "TimeoutError", "the worker was stopped: the file took too long"
    return FileStatus(
        row["repository"],
        row["file_id"],
        dataset.removesuffix("_status"),
        row["path"],
        status,
        error_class,
        message,
        limit="seconds" if status == "timeout" else None,
        producer="worker pool",
    )
