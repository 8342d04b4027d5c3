"""Run the product's plans over many small repositories at once, in one DuckDB connection and one process.

Every plan keeps repositories apart by itself, so all cases are computed together: a leak between two shows at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb
import ibis
import pyarrow as pa

from pipeline_assets.extract.chunk import read_chunk
from pipeline_assets.inference.functions import MACROS
from pipeline_assets.inference.manifest import TaskPlan
from pipeline_assets.inference.task import Task
from pipeline_assets.project import load_project
from pipeline_assets.sources.tree import REPOSITORY_TREE, walk
from pipeline_assets.store.columns import arrow_schema, quote, stored_columns


def run_plans(roots: Mapping[str, Path]) -> duckdb.DuckDBPyConnection:
    """A connection that holds every dataset of the repositories found at `roots` (name → folder) as a table."""
    connection = duckdb.connect()
    for macro in MACROS.values():
        connection.execute(macro)
    _create(
        connection, REPOSITORY_TREE.name, pa.concat_tables([walk(root, name).table for name, root in roots.items()])
    )
    for plan in load_project().manifest.in_order():
        if plan.grain != "platform":
            _run(connection, plan, roots)
    return connection


def violations(connection: duckdb.DuckDBPyConnection, invariant: str) -> list[tuple]:
    """The rows of one invariant's expression on what the connection holds."""
    return connection.execute(_sql(load_project().compiled.checks[invariant])).fetchall()


def _run(connection: duckdb.DuckDBPyConnection, plan: TaskPlan, roots: Mapping[str, Path]) -> None:
    compiled = load_project().compiled
    task, expressions = compiled.tasks[plan.name], compiled.traces[plan.name].expressions
    if plan.kind == "relational":
        connection.execute(f"CREATE TABLE {quote(plan.outputs[0])} AS {_sql(expressions[plan.outputs[0]])}")
        return
    rows = {name: connection.execute(_sql(table)).to_arrow_table() for name, table in expressions.items()}
    made = [_run_one(task, _of(rows, name), root) for name, root in roots.items()]
    for contract in task.outputs:
        schema = arrow_schema(stored_columns(contract))
        _create(connection, contract.name, pa.concat_tables([tables[contract.name].cast(schema) for tables in made]))


def _run_one(task: Task, rows: Mapping[str, pa.Table], root: Path) -> dict[str, pa.Table]:
    """The stages of an extract or graph task on the rows of one repository; a `by` is only a way to split them."""
    value = rows if task.kind == "graph" else read_chunk(root, next(iter(rows.values())).to_pylist())
    for stage in task.stages[1:]:
        value = stage.function(value, **stage.config)
    return value if isinstance(value, dict) else {task.outputs[0].name: value}


def _of(rows: Mapping[str, pa.Table], repository: str) -> dict[str, pa.Table]:
    wanted = {}
    for name, table in rows.items():
        kept = (
            table.filter(pa.compute.equal(table["repository"], repository))
            if "repository" in table.schema.names
            else table
        )
        wanted[name] = kept.sort_by([(column, "ascending") for column in kept.schema.names])
    return wanted


def _create(connection: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> None:
    connection.register("incoming", table)
    connection.execute(f"CREATE TABLE {quote(name)} AS FROM incoming")
    connection.unregister("incoming")


def _sql(table: ibis.Table) -> str:
    return str(ibis.to_sql(table, dialect="duckdb"))
