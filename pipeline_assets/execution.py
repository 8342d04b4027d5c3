"""Executing one task's plan: Ibis in DuckDB, graph stages in this process, extract stages in worker processes."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline_assets.extract.measuring import NOTHING, Size, size_of
from pipeline_assets.extract.pool import Held, Work, WorkerPool, run_extractor
from pipeline_assets.inference.contract import Contract
from pipeline_assets.inference.manifest import TaskPlan
from pipeline_assets.inference.task import Task
from pipeline_assets.pipes.driver import Built, PlanDriver
from pipeline_assets.pipes.pipeline import Pipeline
from pipeline_assets.profiling import StageRun, drop_tables, profile_relational, stage_run
from pipeline_assets.project import render
from pipeline_assets.sources.tree import Tree
from pipeline_assets.store.columns import duckdb_type, quote
from pipeline_assets.store.connection import rows_of, stream
from pipeline_assets.store.parquet import Part, write_part

MOST_RUNS = 100
"""Ascending runs that are put in order one by one, without touching their rows."""


@dataclass(frozen=True)
class Execution:
    """What executing needs: the Hamilton driver, a connection with the inputs bound, and where to write."""

    driver: PlanDriver
    tasks: Mapping[str, Task]
    sql: Callable[[str], Mapping[str, str]]
    """The SQL of a task by output or projection."""
    connection: duckdb.DuckDBPyConnection
    root: Path
    tree: Callable[[], Tree]
    pool: Callable[[], WorkerPool]
    parts: Callable[[str], Sequence[Part]]
    held: Callable[[TaskPlan], Held | None]
    """What an extractor made before, with the same code in the same environment."""
    progress: Callable[[str, int, int], None]
    contracts: Mapping[str, Contract]
    sources: Sequence[str]
    """The declared sources, which are stored nowhere."""
    profile: bool = False
    """Materialize and measure every stage."""


@dataclass(frozen=True)
class Result:
    """The parts of every output, how long each stage took, and the SQL that was run."""

    parts: Mapping[str, tuple[Part, ...]]
    stages: tuple[StageRun, ...]
    sql: Mapping[str, str]
    files_kept: int = 0
    """Files whose rows were kept, because nothing of what an extractor is given about them had changed."""


def execute(plan: TaskPlan, execution: Execution) -> Result:
    """Run one task: Hamilton composes its stages, then the engine of its kind executes what they composed."""
    built = execution.driver.build(plan.name)
    if plan.is_union:
        return _concatenate(plan, built, execution)
    if plan.kind == "relational":
        return _relational(plan, built, execution)
    return _graph(plan, built, execution) if plan.kind == "graph" else _extract(plan, built, execution)


def _concatenate(plan: TaskPlan, built: Built, execution: Execution) -> Result:
    """A union's rows are its members' rows as they are, so it lists their files instead of copying them."""
    output = plan.outputs[0]
    parts = tuple(part for read in plan.inputs for part in execution.parts(read.dataset))
    return Result({output: parts}, _built_stages(plan, built), execution.sql(plan.name))


def _relational(plan: TaskPlan, built: Built, execution: Execution) -> Result:
    if execution.profile:
        return _profiled(plan, built, execution)
    contract = _contract(plan, execution)
    sql = execution.sql(plan.name)
    part = write_part(stream(execution.connection, _sorted_sql(sql[contract.name], contract)), contract, execution.root)
    return Result({contract.name: (part,)}, _built_stages(plan, built), sql)


def _profiled(plan: TaskPlan, built: Built, execution: Execution) -> Result:
    """A relational task, stage by stage; the result is the same."""
    task, contract = execution.tasks[plan.name], _contract(plan, execution)
    found = profile_relational(plan, task, execution.contracts, execution.connection)
    text = _sorted_sql(render(found.rest), contract)
    part = write_part(stream(execution.connection, text), contract, execution.root)
    drop_tables(execution.connection, found.tables)
    return Result({contract.name: (part,)}, (*_built_stages(plan, built), *found.runs), execution.sql(plan.name))


def _graph(plan: TaskPlan, built: Built, execution: Execution) -> Result:
    task = execution.tasks[plan.name]
    pipeline = _pipeline(built)
    sql = execution.sql(plan.name)
    started = time.perf_counter()
    inputs = _projected(sql, execution)
    projecting = time.perf_counter() - started
    clock = [0.0] * len(pipeline.steps)
    sizes = [NOTHING] * len(pipeline.steps) if execution.profile else []
    groups = groups_of(inputs, task.by, task.batch or 0) if task.by else [inputs]
    made: dict[str, list[pa.Table]] = {contract.name: [] for contract in task.outputs}
    for done, group in enumerate(groups, 1):
        for name, table in _timed(pipeline, group, task, clock, sizes).items():
            made[name].append(table)
        execution.progress(plan.name, done, len(groups))
    parts = {c.name: (write_part(_join(made.pop(c.name), c), c, execution.root),) for c in task.outputs}
    runs = _executed_stages(plan, built, clock)
    if execution.profile:
        runs = _with_sizes(plan, runs, projecting, _given(plan, execution), [size_of(inputs), *sizes])
    return Result(parts, runs, sql)


def _extract(plan: TaskPlan, built: Built, execution: Execution) -> Result:
    task = execution.tasks[plan.name]
    pipeline = _pipeline(built)
    sql = execution.sql(plan.name)
    started = time.perf_counter()
    inputs = _projected(sql, execution)
    projecting = time.perf_counter() - started
    work = Work(
        steps=pipeline.steps,
        outputs=task.outputs,
        rows=inputs[task.parameters[0]],
        tree=execution.tree(),
        warehouse=execution.root,
        inputs=inputs if task.reads_whole else None,
        profile=execution.profile,
    )
    extracted = run_extractor(
        execution.pool(),
        work,
        execution.held(plan),
        lambda done, total: execution.progress(plan.name, done, total),
    )
    stages = _executed_stages(plan, built, extracted.stage_milliseconds)
    if execution.profile:
        sizes = [size_of(inputs), *extracted.stage_sizes]
        stages = _with_sizes(plan, stages, projecting, _given(plan, execution), sizes)
    return Result(extracted.parts, stages, sql, extracted.files_kept)


def _projected(sql: Mapping[str, str], execution: Execution) -> dict[str, pa.Table]:
    """What the projections select, in a fixed order whatever the number of threads: the stages may depend on it."""
    return {name: _ordered(text, execution.connection) for name, text in sql.items()}


def _ordered(sql: str, connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """The rows of a query: by the first of its columns that tells them all apart, or by all columns if none does.

    Stored rows come in long ascending runs, and the ids in them tell rows apart: this costs a tenth of `ORDER BY ALL`.
    """
    table = rows_of(connection, sql)
    for name in table.column_names:
        if pa.types.is_int64(table.schema.field(name).type) and not table[name].null_count:
            ordered = ordered_by(table, table[name].to_numpy())
            if ordered is not None:
                return ordered
    return rows_of(connection, f"{sql}\nORDER BY ALL")


def _ascends(column: npt.NDArray[np.int64]) -> bool:
    return bool((column[1:] > column[:-1]).all())


def _contract(plan: TaskPlan, execution: Execution) -> Contract:
    return execution.tasks[plan.name].outputs[0]


def _pipeline(built: Built) -> Pipeline:
    assert isinstance(built.value, Pipeline)
    return built.value


def _sorted_sql(sql: str, contract: Contract) -> str:
    """The rows by key, in the contract's types: DuckDB reads a literal such as 1.0 as a decimal, not as Ibis meant."""
    typed = ", ".join(f"CAST({quote(c.name)} AS {duckdb_type(c.type)}) AS {quote(c.name)}" for c in contract.columns)
    return f"SELECT {typed} FROM (\n{sql}\n) ORDER BY {', '.join(map(quote, contract.key))}"


def ordered_by(table: pa.Table, column: npt.NDArray[np.int64]) -> pa.Table | None:
    """The rows by a column of theirs, or nothing where two rows share a value. Whole runs are moved without a copy."""
    falls = np.flatnonzero(column[1:] <= column[:-1]) + 1
    if not len(falls):
        return table
    if (column[falls] == column[falls - 1]).any():
        return None
    starts, ends = np.append(0, falls), np.append(falls, len(column))
    runs = np.argsort(column[starts], kind="stable")
    starts, ends = starts[runs], ends[runs]
    if len(runs) <= MOST_RUNS and (column[ends[:-1] - 1] < column[starts[1:]]).all():
        return pa.concat_tables([table.slice(start, end - start) for start, end in zip(starts, ends, strict=True)])
    order = np.argsort(column, kind="stable")
    return table.take(order) if _ascends(column[order]) else None


def groups_of(inputs: Mapping[str, pa.Table], by: str, batch: int = 0) -> list[dict[str, pa.Table]]:
    """One slice of every input per value of `by`, ascending, or per run of values in which an input has `batch` rows.

    A single value may have more. Slices share the inputs' memory.
    """
    ordered = {name: _sorted_by(table, by) for name, table in inputs.items()}
    values = {name: table[by].to_numpy() for name, table in ordered.items()}
    keys = np.unique(np.concatenate([_changed(column) for column in values.values()]))
    if not len(keys):
        return []
    ends = {name: np.searchsorted(column, keys, "right") for name, column in values.items()}
    cuts = _cuts(np.array([*ends.values()]), batch) if batch else np.arange(len(keys))
    bounds = {name: np.concatenate(([0], end[cuts])) for name, end in ends.items()}
    return [
        {name: table.slice(bounds[name][i], bounds[name][i + 1] - bounds[name][i]) for name, table in ordered.items()}
        for i in range(len(cuts))
    ]


def _changed(column: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Every value that differs from the one before it."""
    values: npt.NDArray[Any] = column[np.append(True, column[1:] != column[:-1])[: len(column)]]
    return values


def _cuts(ends: npt.NDArray[np.int64], batch: int) -> npt.NDArray[np.int64]:
    """The last value of every run: the first value with which an input's rows since the last cut reach `batch`."""
    cuts: list[int] = []
    done = np.zeros(len(ends), np.int64)
    last = ends.shape[1] - 1
    while not cuts or cuts[-1] < last:
        full = min(int(np.searchsorted(column, done[i] + batch)) for i, column in enumerate(ends))
        cuts.append(min(full, last))
        done = ends[:, cuts[-1]]
    return np.array(cuts)


def _sorted_by(table: pa.Table, by: str) -> pa.Table:
    column = table[by].to_numpy()
    if (column[1:] >= column[:-1]).all():
        return table
    return table.take(np.argsort(column, kind="stable"))  # Arrow's own sort does not keep the order of equals


def _timed(pipeline: Pipeline, value: Any, task: Task, clock: list[float], sizes: list[Size]) -> Mapping[str, pa.Table]:
    """Run the stages; adds what each took to `clock`, and what it made to `sizes` where there are any."""
    for i, step in enumerate(pipeline.steps):
        started = time.perf_counter()
        value = step(value)
        clock[i] += (time.perf_counter() - started) * 1e3
        if sizes:
            sizes[i] += size_of(value)
    return {task.outputs[0].name: value} if isinstance(value, pa.Table) else value


def _join(outputs: Sequence[pa.Table], contract: Contract) -> pa.Table:
    """What the groups made, by key; groups come in ascending order, so most is in order already."""
    if not outputs:
        return contract.schema.to_pyarrow().empty_table()
    table = pa.concat_tables(outputs)
    if _is_ordered(table, contract.key):
        return table
    return table.take(_order(table.select(list(contract.key))))


def _order(keys: pa.Table) -> pa.Array:
    """The places of rows in ascending order of keys that tell them apart; numpy sorts single numbers much faster."""
    if keys.num_columns == 1 and pa.types.is_integer(keys.schema.types[0]):
        return pa.array(np.argsort(keys[0].to_numpy()))
    spelled = pa.table({name: _spelled(keys[name]) for name in keys.column_names})
    return pc.sort_indices(spelled, sort_keys=[(name, "ascending") for name in keys.column_names])


def _spelled(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Strings as they are: Arrow does not sort by those that are stored by code."""
    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column


def _is_ordered(table: pa.Table, key: Sequence[str]) -> bool:
    if not all(pa.types.is_integer(table.schema.field(name).type) for name in key):
        return False
    equal, ascends = np.ones(max(table.num_rows - 1, 0), np.bool_), True
    for column in (table[name].to_numpy() for name in key):
        ascends &= not (equal & (column[1:] < column[:-1])).any()
        equal &= column[1:] == column[:-1]
    return bool(ascends and not equal.any())


def _built_stages(plan: TaskPlan, built: Built) -> tuple[StageRun, ...]:
    return tuple(stage_run(stage, "build", built.build_milliseconds[stage.name]) for stage in plan.stages)


def _executed_stages(plan: TaskPlan, built: Built, clock: Sequence[float]) -> tuple[StageRun, ...]:
    """The projecting stage is built; every later one was executed."""
    first, *later = plan.stages
    executed = (stage_run(stage, "execute", taken) for stage, taken in zip(later, clock, strict=True))
    return stage_run(first, "build", built.build_milliseconds[first.name]), *executed


def _with_sizes(
    plan: TaskPlan, runs: Sequence[StageRun], projecting: float, given: Size, sizes: Sequence[Size]
) -> tuple[StageRun, ...]:
    """The same with what went into each stage and what came out, the projecting stage executed as well as built."""
    first = stage_run(plan.stages[0], "execute", projecting * 1e3)
    executed = [first, *(run for run in runs if run.label == "execute")]
    before = (given, *sizes)
    sized = (replace(r, size_in=i, size_out=o) for r, i, o in zip(executed, before, sizes, strict=False))
    return runs[0], *sized


def _given(plan: TaskPlan, execution: Execution) -> Size:
    """Rows and bytes of a task's inputs as they are stored; declared sources have no parts."""
    stored = [read for read in plan.inputs if read.dataset not in execution.sources]
    if not stored:
        return Size(None, None)
    parts = [part for read in stored for part in execution.parts(read.dataset)]
    columns = tuple(f"{read.dataset}.{column}" for read in plan.inputs for column in read.all_columns)
    return Size(sum(part.rows for part in parts), sum(part.bytes for part in parts), columns)
