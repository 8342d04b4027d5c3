"""DuckDB as the oracle: run a plan on given rows, and ask which columns it scans."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import ibis
import ibis.expr.types as ir

from pipeline_assets.inference.functions import MACROS

Row = tuple[Any, ...]
Rows = Mapping[str, Sequence[Row]]
"""Table name → rows, columns in the table's order."""


class Engine:
    """One in-memory database holding the given tables; a value of None is null."""

    def __init__(self, tables: Mapping[str, ir.Table]) -> None:
        self.tables = tables
        self.connection = duckdb.connect(config={"threads": "1"})
        for macro in MACROS.values():
            self.connection.execute(macro)
        for name, table in tables.items():
            columns = ", ".join(f'"{column}" {_sql_type(str(type_))}' for column, type_ in table.schema().items())
            self.connection.execute(f'CREATE TABLE "{name}" ({columns})')

    def load(self, rows: Rows) -> None:
        """Replace the rows of every table."""
        for name in self.tables:
            self.load_table(name, rows.get(name, ()))

    def load_table(self, name: str, rows: Sequence[Row]) -> None:
        """Replace the rows of one table, in one statement: inserting row by row is slow in DuckDB."""
        self.connection.execute(f'DELETE FROM "{name}"')
        if rows:
            marks = ", ".join(f"({', '.join('?' for _ in self.tables[name].columns)})" for _ in rows)
            self.connection.execute(f'INSERT INTO "{name}" VALUES {marks}', [value for row in rows for value in row])

    def run(self, sql: str) -> Counter[Row]:
        """The rows of the result as a multiset; arrays as text."""
        return Counter(tuple(map(_hashable, row)) for row in self.connection.execute(sql).fetchall())

    def run_columns(self, sql: str) -> dict[str, Counter[Any]]:
        """The values of each column of the result as a multiset."""
        cursor = self.connection.execute(sql)
        names = [column[0] for column in cursor.description or ()]
        rows = cursor.fetchall()
        return {name: Counter(_hashable(row[i]) for row in rows) for i, name in enumerate(names)}

    def scanned(self, sql: str) -> dict[str, set[str]]:
        """Table → columns that DuckDB's own plan reads from it, those of pushed-down filters included."""
        found: dict[str, set[str]] = {}
        pending = json.loads(self.connection.execute(f"EXPLAIN (FORMAT json) {sql}").fetchall()[0][1])
        while pending:
            node = pending.pop()
            pending.extend(node["children"])
            details = node["extra_info"]
            if "Table" in details:
                table = details["Table"].rpartition(".")[2]
                text = json.dumps([details.get("Projections", ""), details.get("Filters", "")])
                names = set(re.findall(r"\w+", text)) & set(self.tables[table].columns)
                found.setdefault(table, set()).update(names)
        return found


def to_sql(expr: ir.Table) -> str:
    return str(ibis.to_sql(expr, dialect="duckdb"))


def _sql_type(ibis_type: str) -> str:
    return {"int64": "BIGINT", "string": "VARCHAR", "boolean": "BOOLEAN", "array<int64>": "BIGINT[]"}[
        ibis_type.lstrip("!")
    ]


def _hashable(value: Any) -> Any:
    return repr(value) if isinstance(value, (list, dict)) else value
