"""Running an extractor over a repository in killable worker processes.

What a file costs when its parser crashes, hangs or eats the memory is that file in that layer: its chunk is cut in
halves until the culprit is alone, which then becomes a row of the extractor's status dataset.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass, field, replace
from operator import itemgetter
from pathlib import Path
from types import TracebackType

import pyarrow as pa
from pebble import ProcessExpired, ProcessPool

from pipeline_assets.extract.chunk import Row, input_digest
from pipeline_assets.extract.composition import Slice, bucket_bits, bucket_of, compose, overlap
from pipeline_assets.extract.measuring import NOTHING, Size
from pipeline_assets.extract.processes import CleanContext, start_server
from pipeline_assets.extract.status import EXTRACT_STATUS, STATUS_SUFFIX, FileStatus, lost, status_table
from pipeline_assets.extract.worker import Done, Job, Kept, Stage, StageError, initialise, run_job
from pipeline_assets.inference.contract import Contract
from pipeline_assets.sources.tree import Tree
from pipeline_assets.store.parquet import Part, read_part, write_part

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
    files_kept: int = 0
    """Files of which nothing had changed, so that their rows were kept."""
    stage_sizes: tuple[Size, ...] = ()
    """What each stage made in all, where stages are profiled."""


@dataclass(frozen=True)
class Held:
    """What an extractor made before from other files or other contents, with the same code and producers."""

    parts: Mapping[str, tuple[Part, ...]]
    digests: Mapping[int, int]
    """By file: the digest of what the extractor was given about it."""

    @classmethod
    def read(cls, parts: Mapping[str, tuple[Part, ...]], warehouse: Path) -> Held:
        """What earlier parts hold; raises `CorruptPart`.

        A file that took too long is not known: how fast a machine was says nothing of the file.
        """
        status = next(name for name in parts if name.endswith(STATUS_SUFFIX))
        columns = ("file_id", "status", "input_digest")
        rows = [row for part in parts[status] for row in read_part(part, warehouse, columns).to_pylist()]
        return cls(parts, {row["file_id"]: row["input_digest"] for row in rows if row["status"] != "timeout"})

    def keeps(self, row: Row) -> bool:
        """Whether the rows of a file stand."""
        return self.digests.get(row["file_id"]) == input_digest(row)

    def overlapping(self, bucket: int) -> dict[str, tuple[Part, ...]]:
        """The parts that may hold rows of a bucket."""
        return {name: tuple(p for p in parts if overlap(p.bucket or 1, bucket)) for name, parts in self.parts.items()}

    def sizes(self, bits: int) -> Counter[int]:
        """How many files it knows in each bucket."""
        return Counter(bucket_of(file_id, bits) for file_id in self.digests)

    def is_cut(self, bucket: int) -> bool:
        """Whether parts were made for exactly this bucket, and not for smaller or larger ones."""
        return {part.bucket for parts in self.overlapping(bucket).values() for part in parts} == {bucket}


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


@dataclass(frozen=True)
class Work:
    """An extractor over a repository: what to run on which rows, and where to write."""

    steps: tuple[Stage, ...]
    """The stages after the projection."""
    outputs: tuple[Contract, ...]
    rows: pa.Table
    """The projected files."""
    tree: Tree
    warehouse: Path
    inputs: Mapping[str, pa.Table] | None = None
    """All projections, for an extractor that reads the repository as a whole."""
    profile: bool = False
    """Measure what each stage makes."""

    def job(self) -> Job:
        """The part that all jobs share."""
        limit = self.tree.max_file_bytes
        return Job(self.steps, self.outputs, (), self.tree.source, self.warehouse, limit, profile=self.profile)

    @property
    def status(self) -> Contract:
        """The dataset that says what became of each file."""
        return next(contract for contract in self.outputs if contract.part_of == EXTRACT_STATUS.name)


def run_extractor(
    pool: WorkerPool,
    work: Work,
    held: Held | None = None,
    progress: Progress = lambda done, total: None,
) -> Extracted:
    """Run an extractor on every row's file, or only on those that `held` does not know as they are now.

    `progress` is told how many of the files are done. Raises `StageError` when a stage fails on every file, and what
    writing raises; whatever happens, no job of this extractor is left behind in the pool.
    """
    run = _WholeRun(pool, work, progress) if work.inputs is not None else _Run(pool, work, progress)
    run.plan(held)
    try:
        run.drain()
    except BaseException:
        run.cancel()
        raise
    return run.result()


@dataclass(slots=True)
class _Run:
    """One extractor's slices on their way through the pool."""

    pool: WorkerPool
    work: Work
    progress: Progress
    waiting: list[Slice] = field(default_factory=list)
    running: dict[Future[Done], Slice] = field(default_factory=dict)
    done: list[tuple[int, Done]] = field(default_factory=list)
    """The first file of a slice, and what came of the slice."""
    lost: dict[int, list[FileStatus]] = field(default_factory=dict)
    """By bucket."""
    reused: dict[str, list[Part]] = field(default_factory=dict)
    held: Held | None = None
    retried: set[int] = field(default_factory=set)
    total: int = 0
    finished: int = 0
    kept: int = 0

    def plan(self, held: Held | None) -> None:
        """Set aside the buckets of which nothing changed; cut the others into slices, the largest first."""
        self.held = held
        rows = self.work.rows.to_pylist()
        self.total = len(rows)
        bits = bucket_bits(self.work.tree.bytes)
        known = held.sizes(bits) if held else Counter[int]()
        for bucket, slices in compose(rows, bits).items():
            members = [row for each in slices for row in each.rows]
            if held and known[bucket] == len(members) and all(map(held.keeps, members)) and held.is_cut(bucket):
                self._reuse(held.overlapping(bucket), len(members))
            else:
                self.waiting += slices
        self.waiting.sort(key=lambda each: each.size)  # the largest last, where they are taken from

    def drain(self) -> None:
        """Work until every file is done or lost."""
        self.progress(self.finished, self.total)
        while self.waiting or self.running:
            self._submit()
            finished, _ = wait(self.running, return_when=FIRST_COMPLETED)
            for future in finished:
                self._settle(future, self.running.pop(future))
            self.progress(self.finished, self.total)

    def cancel(self) -> None:
        """Stop what is running; the pool replaces the workers."""
        for future in self.running:
            future.cancel()

    def result(self) -> Extracted:
        """Everything made, in the order of file ids."""
        parts = {contract.name: list(self.reused.get(contract.name, ())) for contract in self.work.outputs}
        for _, done in sorted(self.done, key=itemgetter(0)):
            for dataset, part in done.parts.items():
                parts[dataset].append(part)
        status = self.work.status
        for bucket, statuses in sorted(self.lost.items()):
            parts[status.name].append(write_part(status_table(statuses), status, self.work.warehouse, bucket))
        return Extracted(
            parts={name: tuple(sorted(found, key=lambda part: part.bucket or 0)) for name, found in parts.items()},
            stage_milliseconds=self._stage_milliseconds(),
            cpu_seconds=sum(done.cpu_seconds for _, done in self.done),
            peak_bytes=max((done.peak_bytes for _, done in self.done), default=0),
            lost=tuple(status for bucket in sorted(self.lost) for status in self.lost[bucket]),
            files_kept=self.kept,
            stage_sizes=self._stage_sizes() if self.work.profile else (),
        )

    def _reuse(self, parts: Mapping[str, Sequence[Part]], files: int) -> None:
        for dataset, found in parts.items():
            self.reused.setdefault(dataset, []).extend(found)
        self.kept += files
        self.finished += files

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
            self.running[self.pool.submit(self._job(each), each.size)] = each

    def _job(self, part: Slice) -> Job:
        job = replace(self.work.job(), rows=part.rows, bucket=part.bucket)
        kept = tuple(row["file_id"] for row in part.rows if self.held and self.held.keeps(row))
        if not kept or self.held is None:
            return job
        changed = tuple(row for row in part.rows if row["file_id"] not in set(kept))
        return replace(job, rows=changed, kept=Kept(self.held.overlapping(part.bucket), kept))

    def _settle(self, future: Future[Done], part: Slice) -> None:
        error = future.exception()
        if error is None:
            self.done.append((part.rows[0]["file_id"], future.result()))
            self.finished += len(part.rows)
            self.kept += sum(self.held.keeps(row) for row in part.rows) if self.held else 0
        elif not isinstance(error, (ProcessExpired, FutureTimeout, StageError)):
            raise error
        else:
            self._recover(part, error)

    def _recover(self, part: Slice, error: BaseException) -> None:
        """Halve a slice that failed, until the culprit is alone."""
        if len(part.rows) > 1:
            self.waiting += part.halves()
        elif isinstance(error, ProcessExpired) and part.rows[0]["file_id"] not in self.retried:
            # whoever kills workers from outside (an operator, a machine out of memory) does not aim at a file
            self.retried.add(part.rows[0]["file_id"])
            self.waiting.append(part)
        else:
            self._lose(part, error)

    def _lose(self, part: Slice, error: BaseException) -> None:
        if isinstance(error, StageError) and self.total == 1 + sum(map(len, self.lost.values())):
            raise error
        self.lost.setdefault(part.bucket, []).append(lost(part.rows[0], self.work.status.name, error))
        self.finished += 1

    def _stage_milliseconds(self) -> tuple[float, ...]:
        clocks = [done.stage_seconds for _, done in self.done if done.stage_seconds]
        return tuple(1e3 * sum(clock[stage] for clock in clocks) for stage in range(len(self.work.steps)))

    def _stage_sizes(self) -> tuple[Size, ...]:
        made = [done.stage_sizes for _, done in self.done if done.stage_sizes]
        return tuple(sum((sizes[stage] for sizes in made), NOTHING) for stage in range(len(self.work.steps)))


class _WholeRun(_Run):
    """An extractor that reads the repository as a whole: one job, and what it costs when it fails is the layer."""

    def plan(self, held: Held | None) -> None:
        """One slice with every file; nothing to do where the layer is wanted for none."""
        rows = tuple(self.work.rows.to_pylist())
        self.total = len(rows)
        self.waiting = [Slice(1, rows)] if rows else []

    def _job(self, part: Slice) -> Job:
        return replace(self.work.job(), rows=part.rows, inputs=self.work.inputs)

    def _recover(self, part: Slice, error: BaseException) -> None:
        self.lost[part.bucket] = [lost(row, self.work.status.name, error) for row in part.rows]
        self.finished += len(part.rows)
