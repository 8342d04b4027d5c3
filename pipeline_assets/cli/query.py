"""`cpg query`: one read-only statement, printed as a table, JSON or CSV, or written as Parquet."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import typer

from pipeline_assets.cli.context import open_warehouse
from pipeline_assets.cli.output import write_file
from pipeline_assets.cli.terminal import json_value, line, say, show_table
from pipeline_assets.project import load_project
from pipeline_assets.settings import Settings
from pipeline_assets.store.query import Limits, query

SHOWN = 1_000
"""Rows of a printed table; the other forms have no such end."""


def run_query(
    sql: str,
    repository: str | None,
    snapshot: str | None,
    as_json: bool,
    as_csv: bool,
    parquet: Path | None,
    warehouse: Path | None,
) -> None:
    """Run one statement and print or write its rows."""
    if sum((as_json, as_csv, parquet is not None)) > 1:
        raise typer.BadParameter("give one of --json, --csv and --parquet")
    if snapshot is not None and repository is None:
        raise typer.BadParameter("a snapshot belongs to a repository; give --repository too", param_hint="--snapshot")
    place, settings = open_warehouse(warehouse)
    text = sys.stdin.read() if sql == "-" else sql
    rows = query(
        place,
        text,
        load_project().catalog,
        repository=repository,
        snapshot=snapshot,
        limits=_limits(settings),
    )
    if parquet is not None:
        write_file(parquet, lambda aside: pq.write_table(rows, aside))
        say(f"{parquet}: {rows.num_rows:,} rows")
    elif as_json:
        _print_json(rows)
    elif as_csv:
        _print_csv(rows)
    else:
        _print_table(rows)


def _limits(settings: Settings) -> Limits:
    return Limits(settings.query_rows, settings.query_seconds, settings.memory_limit, settings.thread_count)


def _print_json(rows: pa.Table) -> None:
    """A list of row objects, a row a line."""
    separator = "["
    for row in _rows(rows):
        named = dict(zip(rows.column_names, row, strict=True))
        sys.stdout.write(f"{separator}{json.dumps(json_value(named))}")
        separator = ",\n "
    sys.stdout.write("[]\n" if not rows.num_rows else "]\n")


def _print_csv(rows: pa.Table) -> None:
    """CSV; on a terminal, characters that do not print become escapes."""
    visible = line if sys.stdout.isatty() else lambda value: value
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(map(visible, rows.column_names))
    for row in _rows(rows):
        writer.writerow([visible(json_value(value)) for value in row])


def _print_table(rows: pa.Table) -> None:
    show_table(rows.column_names, _rows(rows.slice(0, SHOWN)))
    if rows.num_rows > SHOWN:
        say(f"{SHOWN:,} of {rows.num_rows:,} rows are shown; --json, --csv and --parquet FILE give all of them")


def _rows(rows: pa.Table) -> Iterator[tuple[object, ...]]:
    for batch in rows.to_batches(max_chunksize=10_000):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)
