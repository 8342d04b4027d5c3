"""Executing one task's plan: Ibis in DuckDB, graph stages in this process, extract stages in worker processes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from pipeline_assets.extract.pool import Held, Work, WorkerPool, run_extractor
from pipeline_assets.inference.contract import Contract
from pipeline_assets.inference.manifest import TaskPlan
from pipeline_assets.inference.task import Task
from pipeline_assets.pipes.driver import Built, PlanDriver
from pipeline_assets.pipes.pipeline import Pipeline
from pipeline_assets.sources.tree import Tree
from pipeline_assets.store.columns import duckdb_type, quote
from pipeline_assets.store.connection import stream
from pipeline_assets.store.parquet import Part, write_part


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


@dataclass(frozen=True, slots=True)
class StageRun:
    """How long one stage took, and what the figure means: `build` (composing a lazy plan) or `execute`."""

    task_name: str
    stage: str
    ordinal: int
    label: str
    milliseconds: float


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
    contract = _contract(plan, execution)
    sql = execution.sql(plan.name)
    part = write_part(stream(execution.connection, _sorted_sql(sql[contract.name], contract)), contract, execution.root)
    return Result({contract.name: (part,)}, _built_stages(plan, built), sql)


def _graph(plan: TaskPlan, built: Built, execution: Execution) -> Result:
    contract = _contract(plan, execution)
    pipeline = _pipeline(built)
    sql = execution.sql(plan.name)
    inputs = _projected(sql, execution)
    clock = [0.0] * len(pipeline.steps)
    groups = _groups(inputs, plan.by) if plan.by else [inputs]
    outputs = []
    for done, group in enumerate(groups, 1):
        outputs.append(_timed(pipeline, group, clock))
        execution.progress(plan.name, done, len(groups))
    table = _join(outputs, contract)
    part = write_part(_sorted_table(table, contract), contract, execution.root)
    return Result({contract.name: (part,)}, _executed_stages(plan, built, clock), sql)


def _extract(plan: TaskPlan, built: Built, execution: Execution) -> Result:
    task = execution.tasks[plan.name]
    pipeline = _pipeline(built)
    sql = execution.sql(plan.name)
    inputs = _projected(sql, execution)
    work = Work(
        steps=pipeline.steps,
        outputs=task.outputs,
        rows=inputs[task.parameters[0]],
        tree=execution.tree(),
        warehouse=execution.root,
        inputs=inputs if task.reads_whole else None,
    )
    extracted = run_extractor(
        execution.pool(),
        work,
        execution.held(plan),
        lambda done, total: execution.progress(plan.name, done, total),
    )
    stages = _executed_stages(plan, built, extracted.stage_milliseconds)
    return Result(extracted.parts, stages, sql, extracted.files_kept)


def _projected(sql: Mapping[str, str], execution: Execution) -> dict[str, pa.Table]:
    """What the projections select, in a fixed order whatever the number of threads: the stages may depend on it."""
    return {name: execution.connection.execute(f"{text}\nORDER BY ALL").to_arrow_table() for name, text in sql.items()}


def _contract(plan: TaskPlan, execution: Execution) -> Contract:
    return execution.tasks[plan.name].outputs[0]


def _pipeline(built: Built) -> Pipeline:
    assert isinstance(built.value, Pipeline)
    return built.value


def _sorted_sql(sql: str, contract: Contract) -> str:
    """The rows by key, in the contract's types: DuckDB reads a literal such as 1.0 as a decimal, not as Ibis meant."""
    typed = ", ".join(f"CAST({quote(c.name)} AS {duckdb_type(c.type)}) AS {quote(c.name)}" for c in contract.columns)
    return f"SELECT {typed} FROM (\n{sql}\n) ORDER BY {', '.join(map(quote, contract.key))}"


def _groups(inputs: Mapping[str, pa.Table], by: str) -> list[dict[str, pa.Table]]:
    """One slice of every input per value of `by`, in ascending order; slices share the inputs' memory."""
    ordered = {name: table.sort_by(by) for name, table in inputs.items()}
    values = {name: table[by].to_numpy() for name, table in ordered.items()}
    keys = np.unique(np.concatenate(list(values.values()))) if values else np.empty(0)
    starts = {name: np.searchsorted(column, keys, "left") for name, column in values.items()}
    ends = {name: np.searchsorted(column, keys, "right") for name, column in values.items()}
    return [
        {name: table.slice(starts[name][i], ends[name][i] - starts[name][i]) for name, table in ordered.items()}
        for i in range(len(keys))
    ]


def _timed(pipeline: Pipeline, value: Any, clock: list[float]) -> pa.Table:
    for i, step in enumerate(pipeline.steps):
        started = time.perf_counter()
        value = step(value)
        clock[i] += (time.perf_counter() - started) * 1e3
    assert isinstance(value, pa.Table)
    return value


def _join(outputs: Sequence[pa.Table], contract: Contract) -> pa.Table:
    return pa.concat_tables(outputs) if outputs else contract.schema.to_pyarrow().empty_table()


def _sorted_table(table: pa.Table, contract: Contract) -> pa.Table:
    return table.sort_by([(name, "ascending") for name in contract.key])


def _built_stages(plan: TaskPlan, built: Built) -> tuple[StageRun, ...]:
    return tuple(
        StageRun(plan.name, stage.name, stage.ordinal, "build", built.build_milliseconds[stage.name])
        for stage in plan.stages
    )


def _executed_stages(plan: TaskPlan, built: Built, clock: Sequence[float]) -> tuple[StageRun, ...]:
    """The projecting stage is built; every later one was executed."""
    return tuple(_stage_runs(plan, built, clock))


def _stage_runs(plan: TaskPlan, built: Built, clock: Sequence[float]) -> Iterator[StageRun]:
    first, *later = plan.stages
    yield StageRun(plan.name, first.name, first.ordinal, "build", built.build_milliseconds[first.name])
    for stage, milliseconds in zip(later, clock, strict=True):
        yield StageRun(plan.name, stage.name, stage.ordinal, "execute", milliseconds)
