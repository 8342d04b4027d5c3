"""Run the product's plans over many small repositories at once, in one DuckDB connection and one process.

Every plan keeps repositories apart by itself, so all cases are computed together: a leak between two shows at once.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pyarrow as pa
import pyarrow.compute as pc

from pipeline_assets.execution import groups_of
from pipeline_assets.extract.chunk import Reading, read_chunk
from pipeline_assets.inference.functions import MACROS
from pipeline_assets.inference.manifest import TaskPlan
from pipeline_assets.inference.task import Task
from pipeline_assets.project import load_project
from pipeline_assets.sources.given import GIVEN, Given
from pipeline_assets.sources.reading import WorkingFolder
from pipeline_assets.sources.tree import walk
from pipeline_assets.store.columns import arrow_schema, quote, stored_columns
from pipeline_assets.store.selection import Selection
from pipeline_assets.store.warehouse import Repository

LAYERS = ("-pyrefly", "-ruff")
"""A program run for each of hundreds of tiny cases takes minutes; they have tests of their own."""

CHOICE = Selection(layers=LAYERS)
"""What is read of a case that nothing else is said of."""


def run_plans(roots: Mapping[str, Path], choices: Mapping[str, Selection] | None = None) -> duckdb.DuckDBPyConnection:
    """A connection that holds every dataset of the repositories found at `roots` (name → folder) as a table.

    `choices` says of single repositories what is read of them.
    """
    connection = duckdb.connect()
    for macro in MACROS.values():
        connection.execute(macro)
    for source in GIVEN:
        rows = [_given(source, name, root, (choices or {}).get(name, CHOICE)) for name, root in roots.items()]
        _create(connection, source.contract.name, pa.concat_tables(rows))
    for plan in load_project().manifest.in_order():
        if plan.grain != "platform":
            _run(connection, plan, roots)
    return connection


def violations(connection: duckdb.DuckDBPyConnection, invariant: str) -> list[tuple]:
    """The rows of one invariant's expression on what the connection holds."""
    return connection.execute(_sql(load_project().compiled.checks[invariant])).fetchall()


def _given(source: Given, name: str, root: Path, selection: Selection = CHOICE) -> pa.Table:
    return source.rows(Repository(name, str(root), "", selection), walk(root, name, selection))


def _run(connection: duckdb.DuckDBPyConnection, plan: TaskPlan, roots: Mapping[str, Path]) -> None:
    compiled = load_project().compiled
    task, expressions = compiled.tasks[plan.name], compiled.traces[plan.name].expressions
    if plan.kind == "relational":
        connection.execute(f"CREATE TABLE {quote(plan.outputs[0])} AS {_sql(expressions[plan.outputs[0]])}")
        return
    rows = {name: connection.execute(_sql(table)).to_arrow_table() for name, table in expressions.items()}
    files = _files(connection) if task.by else {}
    made = [_run_one(task, _of(rows, name, files.get(name)), root) for name, root in roots.items()]
    for contract in task.outputs:
        schema = arrow_schema(stored_columns(contract))
        _create(connection, contract.name, pa.concat_tables([tables[contract.name].cast(schema) for tables in made]))


def _run_one(task: Task, rows: Mapping[str, pa.Table], root: Path) -> dict[str, pa.Table]:
    """The stages of an extract or graph task on the rows of one repository."""
    if task.kind == "extract":
        return _extract(task, rows, WorkingFolder(root))
    groups = groups_of(rows, task.by, task.batch or 0) if task.by else [rows]
    made = [_by_name(task, _staged(task, group)) for group in groups]
    schemas = {output.name: arrow_schema(stored_columns(output)) for output in task.outputs}
    return {
        name: pa.concat_tables([schema.empty_table(), *(one[name].cast(schema) for one in made)])
        for name, schema in schemas.items()
    }


def _by_name(task: Task, made: Any) -> dict[str, pa.Table]:
    return {task.outputs[0].name: made} if isinstance(made, pa.Table) else made


def _extract(task: Task, rows: Mapping[str, pa.Table], source: WorkingFolder) -> dict[str, pa.Table]:
    files = rows[task.parameters[0]].to_pylist()
    if not files:
        return {contract.name: arrow_schema(stored_columns(contract)).empty_table() for contract in task.outputs}
    if not task.reads_whole:
        return _staged(task, read_chunk(source, files))
    with tempfile.TemporaryDirectory() as scratch:
        return _staged(task, Reading(rows, source, Path(scratch)))


def _staged(task: Task, value: Any) -> Any:
    for stage in task.stages[1:]:
        value = stage.function(value, **stage.config)
    return value


def _files(connection: duckdb.DuckDBPyConnection) -> dict[str, pa.Array]:
    """The ids of each repository's files."""
    rows = connection.execute("SELECT repository, list(file_id) FROM files GROUP BY repository").fetchall()
    return {repository: pa.array(file_ids, pa.int64()) for repository, file_ids in rows}


def _of(rows: Mapping[str, pa.Table], repository: str, files: pa.Array | None) -> dict[str, pa.Table]:
    """The rows of one repository, in a fixed order; tables with neither repositories nor files are for all."""
    chosen = {name: _chosen(table, repository, files) for name, table in rows.items()}
    return {
        name: table.sort_by([(column, "ascending") for column in table.column_names]) for name, table in chosen.items()
    }


def _chosen(table: pa.Table, repository: str, files: pa.Array | None) -> pa.Table:
    if "repository" in table.column_names:
        return table.filter(pc.equal(table["repository"], repository))
    if "file_id" in table.column_names and files is not None:
        return table.filter(pc.is_in(table["file_id"], files))
    return table


def _create(connection: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> None:
    connection.register("incoming", table)
    connection.execute(f"CREATE TABLE {quote(name)} AS FROM incoming")
    connection.unregister("incoming")


def _sql(table: ibis.Table) -> str:
    return str(ibis.to_sql(table, dialect="duckdb"))
