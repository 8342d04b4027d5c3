"""Folders with their code anchored, as the project's own tasks do it, and nothing else computed."""

from __future__ import annotations

from pathlib import Path

import duckdb
import ibis
import pyarrow as pa

from pipeline_assets.execution import groups_of
from pipeline_assets.project import load_project
from pipeline_assets.sources.tree import walk
from pipeline_assets.store.columns import arrow_schema, stored_columns
from pipeline_tests.extracting import readable_rows, run

TASKS = ("unit_scopes", "anchored_code")


def anchored(folder: Path) -> duckdb.DuckDBPyConnection:
    """A connection that holds syntax, bytecode and anchors of a folder's files."""
    connection = duckdb.connect()
    tree = walk(folder, "sample")
    files = run("files", tree, tree.table)
    _keep(connection, files)
    for extractor in ("syntax", "bytecode"):
        _keep(connection, run(extractor, tree, readable_rows(files["files"])))
    for name in TASKS:
        _make(connection, name)
    return connection


def _make(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    compiled = load_project().compiled
    task = compiled.tasks[name]
    queries = {key: ibis.to_sql(table, dialect="duckdb") for key, table in compiled.traces[name].expressions.items()}
    rows = {key: connection.execute(f"{sql} ORDER BY ALL").to_arrow_table() for key, sql in queries.items()}
    if task.kind == "relational":
        _keep(connection, rows)
        return
    made = {contract.name: [arrow_schema(stored_columns(contract)).empty_table()] for contract in task.outputs}
    for value in groups_of(rows, task.by or "", task.batch or 0):
        for stage in task.stages[1:]:
            value = stage.function(value, **stage.config)
        for contract in task.outputs:
            made[contract.name].append(value[contract.name].cast(made[contract.name][0].schema))
    _keep(connection, {key: pa.concat_tables(tables) for key, tables in made.items()})


def _keep(connection: duckdb.DuckDBPyConnection, tables: dict[str, pa.Table]) -> None:
    for name, table in tables.items():
        connection.register("incoming", table)
        connection.execute(f'CREATE TABLE "{name}" AS FROM incoming')
        connection.unregister("incoming")
