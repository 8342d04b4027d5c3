"""What a contract promises, held against data: keys, value lists, spans, locality — in one scan.

Nulls are not looked for: the writer refuses them in columns that may not have any, and such columns cannot hold them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

from pipeline_assets.inference.contract import FILE_KEY, FILE_SHIFT, Column, Contract
from pipeline_assets.inference.manifest import CheckPlan
from pipeline_assets.store.columns import literal, quote
from pipeline_assets.store.connection import rows_of
from pipeline_assets.store.snapshot import Verdict

SAMPLE_ROWS = 5
"""How many violating rows a verdict shows."""


@dataclass(frozen=True, slots=True)
class Check:
    """One promise about single rows, as the SQL condition that a violating row meets."""

    name: str
    violated: str
    column: Column | None = None
    """The column that has a list of values: which values it has is found in a tenth of the time of testing each row."""


def row_checks(contract: Contract) -> Iterator[Check]:
    """Every promise of a contract that one row of a stored part can break."""
    yield from (_value_check(column) for column in contract.columns if column.values)
    yield from (_span_check(start, end) for start, end in contract.spans)
    yield from (_local_check(name) for name in contract.local if name != FILE_KEY)


def key_violations(contract: Contract) -> str:
    """SQL for the keys that more than one row has, with how many rows."""
    names = ", ".join(map(quote, contract.key))
    return f"SELECT {names}, count(*) AS rows FROM {quote(contract.name)} GROUP BY {names} HAVING count(*) > 1"


def check_contract(
    connection: duckdb.DuckDBPyConnection, contract: Contract, data_version: str, *, rows_checked: bool = False
) -> Verdict:
    """Hold the view called as the contract against it: one scan for all rows, one grouping for the key.

    `rows_checked` says that the rows are those of datasets with the same columns that were checked before, as in a
    union: then only the key can be broken. The verdict is blocking; its sample holds up to five rows, each with the
    name of the promise it breaks.
    """
    checks = [] if rows_checked else list(row_checks(contract))
    counts = _count_violations(connection, contract, checks) if checks else ()
    broken = [(check, count) for check, count in zip(checks, counts, strict=True) if count]
    duplicates = 0 if _has_unique_key(connection, contract) else _duplicates(connection, contract)
    samples = [_sample(connection, check.name, _violating_rows(contract, check)) for check, _ in broken]
    if duplicates:
        samples.append(_sample(connection, "key", key_violations(contract)))
    messages = [f"{check.name}: {count}" for check, count in broken] + ([f"key: {duplicates}"] if duplicates else [])
    return Verdict(
        check=f"contract:{contract.name}",
        passed=not messages,
        blocking=True,
        versions={contract.name: data_version},
        violations=sum(count for _, count in broken) + duplicates,
        message="; ".join(messages),
        sample=_interleaved(samples),
    )


def check_expression(
    connection: duckdb.DuckDBPyConnection, plan: CheckPlan, sql: str, versions: Mapping[str, str]
) -> Verdict:
    """Run one invariant: every row of its SQL is a violation."""
    violations = _scalar(connection, f"SELECT count(*) FROM ({sql})")
    return Verdict(
        check=plan.name,
        passed=not violations,
        blocking=plan.blocking,
        versions=versions,
        violations=violations,
        message=plan.description if violations else "",
        sample=_sample(connection, plan.name, sql) if violations else (),
    )


def _value_check(column: Column) -> Check:
    values = ", ".join(literal(value) for value in column.values)
    return Check(f"values:{column.name}", f"{quote(column.name)} NOT IN ({values})", column)


def _span_check(start: str, end: str) -> Check:
    first, last = quote(start), quote(end)
    both = f"({first} IS NULL) <> ({last} IS NULL)"
    return Check(f"span:{start}:{end}", f"({both} OR {first} < 0 OR {last} < {first})")


def _local_check(column: str) -> Check:
    return Check(f"local:{column}", f"{quote(column)} >> {FILE_SHIFT} <> {quote(FILE_KEY)}")


def _has_unique_key(connection: duckdb.DuckDBPyConnection, contract: Contract) -> bool:
    """Whether ids in the key tell all rows apart; most parts are stored in their order, which shows it at once."""
    ids = [name for name in contract.key if contract.schema[name].is_int64()]
    found = rows_of(connection, f"SELECT {', '.join(map(quote, ids))} FROM {quote(contract.name)}") if ids else None
    if not found or any(column.null_count for column in found.columns):
        return False
    columns = [column.to_numpy() for column in found.columns]
    return _ascends(columns) or any(_is_unique(column) for column in columns)


def _ascends(columns: Sequence[npt.NDArray[np.int64]]) -> bool:
    """Whether every row is above the one before it: by the first column, where that is equal by the next, and so on."""
    equal = np.ones(max(len(columns[0]) - 1, 0), np.bool_)
    for column in columns:
        if (equal & (column[1:] < column[:-1])).any():
            return False
        equal &= column[1:] == column[:-1]
    return not equal.any()


def _is_unique(column: npt.NDArray[np.int64]) -> bool:
    ordered = np.sort(column)  # costs a third of grouping
    return bool((ordered[1:] != ordered[:-1]).all())


def _duplicates(connection: duckdb.DuckDBPyConnection, contract: Contract) -> int:
    return _scalar(connection, f"SELECT count(*) FROM ({key_violations(contract)})")


def _count_violations(
    connection: duckdb.DuckDBPyConnection, contract: Contract, checks: Sequence[Check]
) -> tuple[int, ...]:
    row = connection.execute(f"SELECT {', '.join(map(_looked_for, checks))} FROM {quote(contract.name)}").fetchone()
    assert row is not None  # an aggregate of no rows is a row
    return tuple(
        found if check.column is None else _count_strangers(connection, contract, check, found)
        for check, found in zip(checks, row, strict=True)
    )


def _looked_for(check: Check) -> str:
    if check.column is None:
        return f"count(*) FILTER (WHERE {check.violated})"
    return f"list(DISTINCT {quote(check.column.name)})"


def _count_strangers(
    connection: duckdb.DuckDBPyConnection, contract: Contract, check: Check, found: Sequence[Any] | None
) -> int:
    assert check.column is not None
    if {*(found or ())} <= {*check.column.values, None}:
        return 0
    return _scalar(connection, f"SELECT count(*) FROM {quote(contract.name)} WHERE {check.violated}")


def _violating_rows(contract: Contract, check: Check) -> str:
    key = ", ".join(map(quote, contract.key))
    return f"SELECT * FROM {quote(contract.name)} WHERE {check.violated} ORDER BY {key}"


def _sample(connection: duckdb.DuckDBPyConnection, name: str, sql: str) -> tuple[Mapping[str, Any], ...]:
    cursor = connection.execute(f"SELECT * FROM ({sql}) LIMIT {SAMPLE_ROWS}")
    columns = [description[0] for description in cursor.description or ()]
    return tuple({"violates": name, **dict(zip(columns, row, strict=True))} for row in cursor.fetchall())


def _interleaved(samples: Sequence[Sequence[Mapping[str, Any]]]) -> tuple[Mapping[str, Any], ...]:
    """At most five rows in all, and the first of every broken promise before the second of any."""
    longest = max(map(len, samples), default=0)
    rows = [sample[i] for i in range(longest) for sample in samples if i < len(sample)]
    return tuple(rows[:SAMPLE_ROWS])


def _scalar(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = connection.execute(sql).fetchone()
    return int(row[0]) if row else 0
