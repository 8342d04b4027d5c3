"""The inside of a worker process: run an extractor's stages on one chunk of files and write the parts.

A worker holds nothing of the analysed repository but bytes: neither the repository nor the working directory is on its
import path, and it reads files through descriptors that follow no link.
"""

from __future__ import annotations

import ctypes
import gc
import os
import pkgutil
import resource
import signal
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from importlib import import_module
from importlib.abc import MetaPathFinder
from multiprocessing import forkserver
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline_assets.extract.chunk import Chunk, Reading, Row, read_chunk
from pipeline_assets.extract.measuring import Size, size_of
from pipeline_assets.inference.contract import FILE_KEY, Contract
from pipeline_assets.sources.reading import Source
from pipeline_assets.store.columns import arrow_schema, stored_columns
from pipeline_assets.store.parquet import STAGING, Part, read_part, write_part

PACKAGE_ROOT = Path(__file__).resolve().parents[2]
AUTHORING = "pipeline_assets.pipes"
UNWANTED = frozenset({"dagster", "hamilton", "pandas"})
"""Expensive to import and of no use here; Arrow would import pandas to ask whether a list is one of its columns."""

PR_SET_PDEATHSIG = 1

Stage = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Job:
    """One chunk of an extractor's work."""

    steps: tuple[Stage, ...]
    outputs: tuple[Contract, ...]
    rows: tuple[Row, ...]
    source: Source
    """Where the files are read from."""
    warehouse: Path
    """Where the parts are written."""
    max_file_bytes: int
    bucket: int | None = None
    """The bucket that the parts belong to."""
    kept: Kept | None = None
    inputs: Mapping[str, pa.Table] | None = None
    """The projections, for an extractor that reads the repository as a whole."""
    profile: bool = False
    """Measure what each stage makes."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Rows of earlier parts that stand as they are: those of files of which nothing changed."""

    parts: Mapping[str, tuple[Part, ...]]
    """By dataset, whatever holds some of them."""
    file_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """What a job made and what it cost."""

    parts: Mapping[str, Part]
    """By dataset; a dataset without rows has none."""
    stage_seconds: tuple[float, ...]
    cpu_seconds: float
    peak_bytes: int
    stage_sizes: tuple[Size, ...] = ()
    """What each stage made, where stages are profiled."""


class StageError(Exception):
    """A stage raised on a chunk: which stage, and what."""

    def __init__(self, stage: str, error_class: str, message: str) -> None:
        super().__init__(stage, error_class, message)
        self.stage, self.error_class, self.message = stage, error_class, message

    def __str__(self) -> str:
        return f"the stage {self.stage} raised {self.error_class}: {self.message}"


def run_job(job: Job) -> Done:
    """Read the files, run the stages, write the parts; raises `StageError` for whatever a stage raises."""
    started = time.process_time()
    clock: list[float] = []
    sizes: list[Size] = []
    gc.disable()  # trees are large and have no cycles: collecting in between only costs
    try:
        tables = run_stages(job, clock, sizes) if job.rows else {}
        parts = {}
        for contract in job.outputs:
            table = _with_kept(contract, tables.pop(contract.name, None), job)
            if table.num_rows:
                parts[contract.name] = write_part(table, contract, job.warehouse, job.bucket)
        del tables, table
    finally:
        gc.enable()
        gc.collect()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return Done(parts, tuple(clock), time.process_time() - started, peak, tuple(sizes))


def run_stages(job: Job, clock: list[float], sizes: list[Size] | None = None) -> dict[str, pa.Table]:
    """The tables of one job; appends each stage's seconds to `clock`, and to `sizes` what it made if that is wanted."""
    with ExitStack() as resources:
        return _run_steps(job, _first_value(job, resources), clock, [] if sizes is None else sizes)


def _first_value(job: Job, resources: ExitStack) -> Chunk | Reading:
    if job.inputs is None:
        return read_chunk(job.source, job.rows, job.max_file_bytes)
    scratch = resources.enter_context(tempfile.TemporaryDirectory(dir=job.warehouse / STAGING))
    return Reading(job.inputs, job.source, Path(scratch), job.max_file_bytes)


def _run_steps(job: Job, value: Any, clock: list[float], sizes: list[Size]) -> dict[str, pa.Table]:
    for step in job.steps:
        started = time.perf_counter()
        try:
            value = step(value)
        except Exception as error:
            raise StageError(_stage_name(step), type(error).__name__, str(error)) from error
        clock.append(time.perf_counter() - started)
        if job.profile:
            sizes.append(size_of(value))
    tables: dict[str, pa.Table] = value
    return tables


def _with_kept(contract: Contract, made: pa.Table | None, job: Job) -> pa.Table:
    """What was made and what was kept, as one extraction of all the files would have made it."""
    if job.kept is None:
        assert made is not None
        return made
    schema = arrow_schema(stored_columns(contract))
    tables = [schema.empty_table() if made is None else made.cast(schema)]
    wanted = pa.array(job.kept.file_ids, pa.int64())
    for part in job.kept.parts.get(contract.name, ()):
        rows = read_part(part, job.warehouse).cast(schema)
        tables.append(rows.filter(pc.is_in(rows[FILE_KEY], wanted)))
    return pa.concat_tables(tables).sort_by([(name, "ascending") for name in contract.key])


def prepare() -> None:
    """Import every extractor, without what workers have no use for; done once a process."""
    if AUTHORING in sys.modules:
        return
    sys.meta_path.insert(0, _Refusal())
    sys.modules[AUTHORING] = _inert_authoring()
    package = import_module("pipeline_assets.extract")
    for module in pkgutil.iter_modules(package.__path__):
        if not module.name.startswith("_"):
            import_module(f"{package.__name__}.{module.name}")
    gc.collect()
    gc.freeze()  # what was imported stays: no collection needs to look at it again


def initialise(memory_bytes: int) -> None:
    """Make this process a worker: an import path without the working directory, and limits."""
    prepare()
    _die_with_parent()
    trusted = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    sys.path[:] = [*dict.fromkeys([*trusted, f"{sysconfig.get_path('platstdlib')}/lib-dynload", str(PACKAGE_ROOT)])]
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))


def _die_with_parent() -> None:
    """Have the kernel end this process with the fork server, and the fork server with the build, however that ends.

    The pool's limits live in the parent: a worker that outlived a killed one would never be stopped. The fork server
    ends when nobody holds its pipe any more, and it hands a copy to each of its children.
    """
    server: Any = vars(forkserver)["_forkserver"]
    if getattr(server, "_forkserver_alive_fd", None) is not None:
        os.close(server._forkserver_alive_fd)
        server._forkserver_alive_fd = None
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class _Refusal(MetaPathFinder):
    """Refuses to import what a worker must not import."""

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> None:
        """Raise for an unwanted module, and leave every other to the next finder."""
        if fullname.partition(".")[0] in UNWANTED:
            raise ModuleNotFoundError(f"extraction workers do without {fullname}", name=fullname)


def _inert_authoring() -> ModuleType:
    """Decorators that leave stage functions as they are: Hamilton costs half a second and composes nothing here."""
    module = ModuleType(AUTHORING)
    inert = {name: lambda *args, **kwargs: lambda function: function for name in ("extractor", "graph_task", "task")}
    vars(module).update(inert, reader=lambda function: function, union=lambda contract: contract)
    return module


def _stage_name(step: Any) -> str:
    function = getattr(step, "func", step)  # configuration is bound with functools.partial
    return str(function.__name__).lstrip("_")
