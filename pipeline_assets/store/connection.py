"""DuckDB connections: in memory, opened when asked for, reading the warehouse's Parquet through typed views."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from pipeline_assets.store.columns import StoredColumn, duckdb_type, empty_select, literal, quote
from pipeline_assets.store.parquet import Part

MOST_SPILLED = "16GB"
"""A plan that needs more has gone wrong; by default DuckDB would take nine tenths of the free disk."""
BATCH_ROWS = 122_880
"""Rows of one streamed batch: DuckDB's own row group."""


def connect(
    *,
    memory_limit: str | None = None,
    threads: int | None = None,
    temp: Path | None = None,
    macros: Mapping[str, str] | None = None,
    ordered: bool = False,
) -> duckdb.DuckDBPyConnection:
    """An in-memory database that spills to `temp`, knows `macros` (name → CREATE MACRO statement) and installs nothing.

    Without `temp` nothing is ever spilled. Python variables are never taken for tables. Unless `ordered`, rows keep no
    order that a query does not ask for, which saves memory: whatever is written is sorted by its key first.

    Joins run as they are written. Plans and queries equate `repository` beside their real key; from
    `a.repository = b.repository = c.repository` DuckDB's reordering infers b-to-c, takes that for selective (it is one
    value in a whole repository) and multiplies b by c: 3·10⁹ rows on a small package.
    """
    settings: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_community_extensions": False,
        "python_enable_replacements": False,
        "preserve_insertion_order": ordered,
        "temp_directory": str(temp or ""),
        "max_temp_directory_size": MOST_SPILLED,
        "disabled_optimizers": "join_order",
    }
    settings |= {"memory_limit": memory_limit} if memory_limit else {}
    settings |= {"threads": threads} if threads else {}
    connection = duckdb.connect(":memory:", config=settings)
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET enable_progress_bar = false")
    for statement in (macros or {}).values():
        connection.execute(statement)
    return connection


def relation_view(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    parts: Sequence[Part],
    columns: Sequence[StoredColumn],
    root: Path,
) -> None:
    """A view called `name` over `parts`, exactly of the types of `columns`; typed and empty without rows."""
    connection.execute(f"CREATE OR REPLACE VIEW {quote(name)} AS {select_parts(parts, columns, root)}")


def select_parts(parts: Sequence[Part], columns: Sequence[StoredColumn], root: Path) -> str:
    """The SELECT that reads `parts`; paths are absolute, because a view outlives the working directory."""
    files = [literal(str(root / part.path)) for part in parts if part.rows]
    if not files:
        return empty_select(columns)
    # DuckDB drops a cast to the type that a column already has, so this states the types and costs nothing.
    typed = ", ".join(f"CAST({quote(c.name)} AS {duckdb_type(c.type)}) AS {quote(c.name)}" for c in columns)
    return f"SELECT {typed} FROM read_parquet([{', '.join(files)}], hive_partitioning = false)"


def select_records(parts: Sequence[Part], columns: Sequence[StoredColumn], root: Path) -> str:
    """The SELECT of a record table, whose older parts may lack columns: they are null there."""
    files = [literal(str(root / part.path)) for part in parts if part.rows]
    if not files:
        return empty_select(columns)
    stored = f"SELECT * FROM read_parquet([{', '.join(files)}], union_by_name = true, hive_partitioning = false)"
    names = ", ".join(quote(c.name) for c in columns)
    return f"SELECT {names} FROM ({empty_select(columns)} UNION ALL BY NAME {stored})"


def rows_of(connection: duckdb.DuckDBPyConnection, sql: str) -> pa.Table:
    """The rows of a query, all of them.

    Asked for as a relation, because what `execute` gives is streamed: seen with DuckDB 1.5, branches of a union that
    fill the buffer of an unordered stream are never woken again.
    """
    return connection.sql(sql).to_arrow_table()


def stream(connection: duckdb.DuckDBPyConnection, sql: str) -> pa.RecordBatchReader:
    """The rows of a sorted query, batch by batch; the reader must be used up before the next query."""
    return connection.execute(sql).to_arrow_reader(BATCH_ROWS)
