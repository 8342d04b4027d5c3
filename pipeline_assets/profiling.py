"""Profiling stages: each one materialized, so that its own time, rows and bytes are known and not only the task's.

A relational stage is lazy: usually all stages of a task are one query, and a stage has no time of its own. Profiled,
each becomes a temporary table that the next one reads. What comes out is the same, by another way: it costs more.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import ibis
from ibis.expr.types import Table

from pipeline_assets.extract.measuring import Size
from pipeline_assets.inference.contract import Contract
from pipeline_assets.inference.manifest import StagePlan, TaskPlan
from pipeline_assets.inference.task import Task
from pipeline_assets.inference.tracing import call_stage
from pipeline_assets.project import render
from pipeline_assets.store.columns import duckdb_type, quote

EXPLOSION = 10
"""So many times more rows out than in are flagged."""
EXPLOSION_ROWS = 10_000
"""From so many rows on: fewer are no problem, however many times."""
_WIDTHS = {"int8": 1, "int16": 2, "int32": 4, "int64": 8, "float32": 4, "float64": 8, "boolean": 1}
_OFFSET = 4


@dataclass(frozen=True, slots=True)
class StageRun:
    """What one stage cost, and what the figure means: `build` (composing a lazy plan) or `execute`.

    Sizes are there when stages were profiled.
    """

    task_name: str
    stage: str
    ordinal: int
    label: str
    milliseconds: float
    size_in: Size | None = None
    size_out: Size | None = None

    @property
    def finding(self) -> str | None:
        """What is odd about it: `row explosion`, or `dead` where rows went in and none came out."""
        rows_in, rows_out = (size.rows if size else None for size in (self.size_in, self.size_out))
        if rows_in and rows_out == 0:
            return "dead"
        if rows_in and rows_out and rows_out > max(EXPLOSION * rows_in, EXPLOSION_ROWS):
            return "row explosion"
        return None


@dataclass(frozen=True)
class Profiled:
    """The expression that is left when every stage has been made a table, and what each of them cost."""

    rest: Table
    runs: tuple[StageRun, ...]
    tables: tuple[str, ...]
    """The temporary tables; drop them when the rest has run."""


def profile_relational(
    plan: TaskPlan, task: Task, contracts: Mapping[str, Contract], connection: duckdb.DuckDBPyConnection
) -> Profiled:
    """Materialize stage after stage of a relational task on the connection that has its inputs."""
    tables = {name: contracts[name].unbound() for name in task.parameters}
    piped: Table = tables[task.parameters[0]]
    before = _stored_size(connection, task.parameters[0], piped)
    runs: list[StageRun] = []
    made: list[str] = []
    for stage, staged in zip(task.stages, plan.stages, strict=True):
        built = call_stage(stage, piped, tables)
        assert isinstance(built, Table)
        name = f"{staged.artifact} (profiled)"
        milliseconds = _materialize(connection, name, built)
        made.append(name)
        piped = ibis.table(built.schema(), name=name)
        after = _stored_size(connection, name, piped)
        runs.append(stage_run(staged, "execute", milliseconds, before, after))
        before = after
    return Profiled(_body(task, piped, tables), tuple(runs), tuple(made))


def stage_run(
    stage: StagePlan, label: str, milliseconds: float, size_in: Size | None = None, size_out: Size | None = None
) -> StageRun:
    """What a stage of a plan cost."""
    return StageRun(stage.task_name, stage.name, stage.ordinal, label, milliseconds, size_in, size_out)


def column_deltas(before: Sequence[str], after: Sequence[str]) -> tuple[str | None, str | None]:
    """The columns that are new and those that are gone, comma separated; None where columns are not known.

    A column that moves from one table to another is the same: what counts is its own name.
    """
    if not before or not after:
        return None, None
    old, new = ([name.rpartition(".")[2] for name in names] for names in (before, after))
    return ", ".join(dict.fromkeys(n for n in new if n not in old)), ", ".join(
        dict.fromkeys(n for n in old if n not in new)
    )


def drop_tables(connection: duckdb.DuckDBPyConnection, names: Sequence[str]) -> None:
    """Forget what profiling made."""
    for name in names:
        connection.execute(f"DROP TABLE {quote(name)}")


def _body(task: Task, piped: Table, tables: Mapping[str, Table]) -> Table:
    """What the task's own body makes of the last stage."""
    result = task.function(piped, **{name: tables[name].view() for name in task.parameters[1:]})
    return piped if result is None else result


def _materialize(connection: duckdb.DuckDBPyConnection, name: str, table: Table) -> float:
    """Milliseconds that making it took; columns have the types that Ibis says, not those that literals suggest."""
    types = {column: str(type_.copy(nullable=True)) for column, type_ in table.schema().items()}
    typed = ", ".join(
        f"CAST({quote(column)} AS {duckdb_type(type_)}) AS {quote(column)}" if type_ in _WIDTHS else quote(column)
        for column, type_ in types.items()
    )
    sql = f"CREATE TEMP TABLE {quote(name)} AS SELECT {typed} FROM (\n{render(table)}\n)"
    started = time.perf_counter()
    connection.execute(sql)
    return (time.perf_counter() - started) * 1e3


def _stored_size(connection: duckdb.DuckDBPyConnection, name: str, table: Table) -> Size:
    """Rows of a table, and its bytes as Arrow would hold them."""
    types = {column: str(type_.copy(nullable=True)) for column, type_ in table.schema().items()}
    texts = [column for column, type_ in types.items() if type_ == "string"]
    lengths = "".join(f" + coalesce(sum(strlen({quote(column)})), 0)" for column in texts)
    (row,) = connection.execute(f"SELECT count(*), 0{lengths} FROM {quote(name)}").fetchall()
    width = sum(_WIDTHS.get(type_, _OFFSET) for type_ in types.values())
    return Size(row[0], row[0] * width + int(row[1]), tuple(types))
