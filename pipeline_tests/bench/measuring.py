"""Running extractors for their cost: each in worker processes of its own, so that its memory and time are its own."""

from __future__ import annotations

import ast
import gc
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import forkserver
from pathlib import Path

import duckdb
import pyarrow as pa

from pipeline_assets.extract.pool import Extracted, Work, WorkerPool, run_extractor
from pipeline_assets.extract.status import EXTRACT_STATUS, STATUS_SUFFIX
from pipeline_assets.inference.functions import MACROS
from pipeline_assets.inference.task import Task
from pipeline_assets.project import load_project
from pipeline_assets.sources.given import GIVEN
from pipeline_assets.sources.tree import Tree
from pipeline_assets.store.columns import empty_select, quote, stored_columns
from pipeline_assets.store.parquet import DATA, STAGING, Part
from pipeline_assets.store.warehouse import Repository
from pipeline_tests.extracting import steps

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Cost:
    """What one layer cost on one walk over the files; CPU and wall time in seconds."""

    layer: str
    parse: float
    """P, measured just before and just after."""
    cpu: float
    start: float
    """CPU for starting its workers, which does not grow with the repository."""
    wall: float
    peak: int
    rows: Mapping[str, int]
    written: Mapping[str, int]
    stages: Mapping[str, float]
    """Seconds by stage, waiting included."""


def layer_of(task: Task) -> str:
    """The layer that an extractor makes, as its status dataset names it."""
    return next(c.name for c in task.outputs if c.part_of == EXTRACT_STATUS.name).removesuffix(STATUS_SUFFIX)


def extractors() -> dict[str, Task]:
    """Every extractor of the project by its layer, each after those it reads from."""
    project = load_project()
    tasks = [project.tasks[plan.name] for plan in project.manifest.in_order() if plan.kind == "extract"]
    return {layer_of(task): task for task in tasks}


def measure(tree: Tree, workers: int, warehouse: Path, wanted: Callable[[str], bool]) -> Iterator[Cost]:
    """The cost of each wanted layer; those that others read from are run in any case, without being told."""
    connection = _connection(tree)
    for folder in (DATA, STAGING):
        (warehouse / folder).mkdir()
    before, start = parse_seconds(tree), 0.0
    for layer, task in extractors().items():
        inputs = _projected(connection, task)
        if not _is_needed(layer, task, wanted) or not inputs[task.parameters[0]].num_rows:
            _bind(connection, task, {}, warehouse)
            continue
        made, spent, wall = _run(task, inputs, tree, workers, warehouse)
        _bind(connection, task, made.parts, warehouse)
        # a reader of whole repositories may start other programs, whose time is in the account of all children alone
        cpu = max(spent - start, made.cpu_seconds) if task.reads_whole else made.cpu_seconds
        start = start if task.reads_whole else spent - cpu
        if wanted(layer):
            after = parse_seconds(tree)
            yield _cost(layer, task, made, (before + after) / 2, cpu, start, wall)
            before = after


def parse_seconds(tree: Tree) -> float:
    """P: the CPU seconds of parsing every readable file, collector off."""
    with tree.source.open() as files:
        sources = [files.read(row["path"], tree.max_file_bytes) for row in tree.found if row["status"] == "ok"]
    gc.collect()
    gc.disable()
    started = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for source in sources:
            try:
                ast.parse(source)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
    spent = time.process_time() - started
    gc.enable()
    return spent


def parse_scaling(tree: Tree, processes: int) -> float:
    """How many times as much bare parsing that many processes do at once as one does: what the machine allows."""
    with tempfile.TemporaryDirectory() as scratch:
        listed = Path(scratch) / "paths"
        listed.write_text("\n".join(str(tree.root / row["path"]) for row in tree.found if row["status"] == "ok"))
        alone, together = _parse_wall(listed, 1), _parse_wall(listed, processes)
    return processes * alone / together


def _parse_wall(listed: Path, processes: int) -> float:
    """Wall seconds until every process has parsed every file; each says when it has started."""
    command = [sys.executable, "-I", "-c", _PARSING, str(listed)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    running = [subprocess.Popen(command, **pipes) for _ in range(processes)]
    for process in running:
        process.stdout.readline()
    started = time.perf_counter()
    for process in running:
        process.stdin.close()
    for process in running:
        process.stdout.read()
    spent = time.perf_counter() - started
    for process in running:
        process.wait()
        process.stdout.close()
    return spent


_PARSING = """
import ast, gc, pathlib, sys, warnings
warnings.simplefilter("ignore")
sources = [pathlib.Path(line).read_bytes() for line in pathlib.Path(sys.argv[1]).read_text().splitlines()]
gc.disable()
print("ready", flush=True)
sys.stdin.read()
for source in sources:
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        pass
"""


def _is_needed(layer: str, task: Task, wanted: Callable[[str], bool]) -> bool:
    """Whether a layer is wanted, or read from by one that is."""
    made = {contract.name for contract in task.outputs}
    readers = (other for other in extractors().items() if made & set(other[1].parameters))
    return wanted(layer) or any(_is_needed(*reader, wanted) for reader in readers)


def _connection(tree: Tree) -> duckdb.DuckDBPyConnection:
    """A connection in which the declared sources are tables."""
    connection = duckdb.connect()
    for macro in MACROS.values():
        connection.execute(macro)
    repository = Repository(tree.repository, str(tree.root), "")
    for given in GIVEN:
        connection.register(given.contract.name, given.rows(repository, tree))
    return connection


def _projected(connection: duckdb.DuckDBPyConnection, task: Task) -> dict[str, pa.Table]:
    sql = load_project().sql(task.name)
    return {name: connection.execute(f"{text}\nORDER BY ALL").to_arrow_table() for name, text in sql.items()}


def _bind(
    connection: duckdb.DuckDBPyConnection, task: Task, parts: Mapping[str, Sequence[Part]], warehouse: Path
) -> None:
    """Make a view of each output, for the extractors that read from this one."""
    for contract in task.outputs:
        paths = [str(warehouse / part.path) for part in parts.get(contract.name, ())]
        rows = f"FROM read_parquet({paths})" if paths else empty_select(stored_columns(contract))
        connection.execute(f"CREATE VIEW {quote(contract.name)} AS {rows}")


def _run(
    task: Task, inputs: Mapping[str, pa.Table], tree: Tree, workers: int, warehouse: Path
) -> tuple[Extracted, float, float]:
    """What was made, the CPU seconds of everything, starting the workers included, and the wall seconds."""
    whole = inputs if task.reads_whole else None
    work = Work(steps(task), task.outputs, inputs[task.parameters[0]], tree, warehouse, whole)
    with _children() as spent, WorkerPool(workers) as pool:
        started = time.perf_counter()
        made = run_extractor(pool, work)
        wall = time.perf_counter() - started
    return made, spent[0], wall


@contextmanager
def _children() -> Iterator[list[float]]:
    """CPU seconds of a fork server of its own and of all it started, filled in at the end."""
    server = forkserver._forkserver  # type: ignore[attr-defined]
    server._stop()
    spent = [0.0]
    yield spent
    # workers have ended and been waited for, so their time is in the server's account
    figures = Path(f"/proc/{server._forkserver_pid}/stat").read_text().rpartition(")")[2].split()
    spent[0] = sum(map(int, figures[11:15])) / CLOCK_TICKS


def _cost(layer: str, task: Task, made: Extracted, parse: float, cpu: float, start: float, wall: float) -> Cost:
    stages = zip((stage.name for stage in task.stages[1:]), made.stage_milliseconds, strict=True)
    return Cost(
        layer=layer,
        parse=parse,
        cpu=cpu,
        start=start,
        wall=wall,
        peak=made.peak_bytes,
        rows={name: sum(part.rows for part in parts) for name, parts in made.parts.items()},
        written={name: sum(part.bytes for part in parts) for name, parts in made.parts.items()},
        stages={name: milliseconds / 1e3 for name, milliseconds in stages},
    )
