"""Stored columns: a contract's column types as Arrow and DuckDB know them, without needing the plans."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pyarrow as pa

from pipeline_assets.inference.contract import Contract
from pipeline_assets.store.errors import UnstorableType

_TYPES: dict[str, tuple[pa.DataType, str]] = {
    "int8": (pa.int8(), "TINYINT"),
    "int16": (pa.int16(), "SMALLINT"),
    "int32": (pa.int32(), "INTEGER"),
    "int64": (pa.int64(), "BIGINT"),
    "float32": (pa.float32(), "FLOAT"),
    "float64": (pa.float64(), "DOUBLE"),
    "boolean": (pa.bool_(), "BOOLEAN"),
    "string": (pa.string(), "VARCHAR"),
    "binary": (pa.binary(), "BLOB"),
    "date": (pa.date32(), "DATE"),
    "timestamp": (pa.timestamp("us"), "TIMESTAMP"),
    "timestamp('UTC')": (pa.timestamp("us", tz="UTC"), "TIMESTAMP WITH TIME ZONE"),
}


@dataclass(frozen=True, slots=True)
class StoredColumn:
    """One column as it was stored; `type` is the contract's type name."""

    name: str
    type: str
    nullable: bool
    description: str


def stored_columns(contract: Contract) -> tuple[StoredColumn, ...]:
    """The columns that a part written under `contract` has, in order."""
    return tuple(StoredColumn(c.name, c.type, c.nullable, c.description) for c in contract.columns)


def arrow_type(type_name: str) -> pa.DataType:
    """The Arrow type of a contract type such as `int64` or `array<string>`."""
    element = _element(type_name)
    return pa.list_(arrow_type(element)) if element else _known(type_name)[0]


def duckdb_type(type_name: str) -> str:
    """The DuckDB type of a contract type."""
    element = _element(type_name)
    return f"{duckdb_type(element)}[]" if element else _known(type_name)[1]


def arrow_schema(columns: Iterable[StoredColumn]) -> pa.Schema:
    """The exact Arrow schema of a stored part."""
    return pa.schema([pa.field(c.name, arrow_type(c.type), nullable=c.nullable) for c in columns])


def quote(identifier: str) -> str:
    """A DuckDB identifier, whatever characters it has."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A DuckDB string literal."""
    return "'" + text.replace("'", "''") + "'"


def inline_select(columns: Sequence[StoredColumn], rows: Iterable[Sequence[object]]) -> str:
    """A typed SELECT of a few rows (None, bool, int, float or str) that are kept in the view itself."""
    values = ", ".join(f"({', '.join(_constant(value) for value in row)})" for row in rows)
    if not values:
        return empty_select(columns)
    typed = ", ".join(f"CAST({quote(c.name)} AS {duckdb_type(c.type)}) AS {quote(c.name)}" for c in columns)
    return f"SELECT {typed} FROM (VALUES {values}) AS inline ({', '.join(quote(c.name) for c in columns)})"


def empty_select(columns: Sequence[StoredColumn]) -> str:
    """A typed SELECT without rows: what a dataset with no parts looks like."""
    typed = ", ".join(f"CAST(NULL AS {duckdb_type(c.type)}) AS {quote(c.name)}" for c in columns)
    return f"SELECT {typed} WHERE false"


def _constant(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool | int | float):
        return repr(value)
    return literal(str(value))


def _element(type_name: str) -> str | None:
    return type_name[6:-1] if type_name.startswith("array<") and type_name.endswith(">") else None


def _known(type_name: str) -> tuple[pa.DataType, str]:
    if type_name not in _TYPES:
        raise UnstorableType(type_name, tuple(_TYPES))
    return _TYPES[type_name]
