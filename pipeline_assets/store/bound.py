"""The datasets that a session's connection can name: views of verified parts, and tables of what is read often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import duckdb

from pipeline_assets.store.columns import StoredColumn, quote
from pipeline_assets.store.connection import relation_view
from pipeline_assets.store.parquet import Part, verify_part

READ_OFTEN = 3
"""So many readings later a dataset is taken into memory: that costs as much as two or three scans of its files."""
MOST_VALUES = 64_000_000
"""Values of all datasets in memory, in numbers or short texts of 8 to 16 bytes; others are read from their files."""
BY_KIND = "kind"
"""Plans mostly ask for rows of some kinds; in the order of this column the others are passed over in whole blocks."""


class Bound:
    """What one connection can name, and what of it is in memory."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, root: Path) -> None:
        self._connection, self._root = connection, root
        self._verified: set[str] = set()
        self._parts: dict[str, str] = {}
        self._readings: Counter[str] = Counter()
        self._values: dict[str, int] = {}

    def trust(self, parts: Iterable[Part]) -> None:
        """Take parts as verified: this session wrote them."""
        self._verified.update(part.path for part in parts)

    def bind(self, dataset: str, parts: Sequence[Part], columns: Sequence[StoredColumn]) -> None:
        """Make a dataset exactly these parts, each verified once a session."""
        identity = "\n".join(part.sha256 for part in parts)
        if self._parts.get(dataset) == identity:
            self._readings[dataset] += 1
            if self._readings[dataset] == READ_OFTEN:
                self._hold(dataset, sum(part.rows for part in parts), columns)
            return
        for part in parts:
            if part.path not in self._verified:
                verify_part(part, self._root)
                self._verified.add(part.path)
        relation_view(self._connection, dataset, parts, columns, self._root)
        self.forget(dataset)
        self._parts[dataset] = identity

    def forget(self, dataset: str) -> None:
        """Bind a dataset anew when it is next asked for."""
        self._parts.pop(dataset, None)
        self._readings[dataset] = 0
        if self._values.pop(dataset, 0):
            self._connection.execute(f"DROP TABLE {quote(_held(dataset))}")

    def _hold(self, dataset: str, rows: int, columns: Sequence[StoredColumn]) -> None:
        values = rows * len(columns)
        if not values or sum(self._values.values()) + values > MOST_VALUES:
            return
        order = f" ORDER BY {BY_KIND}" if any(column.name == BY_KIND for column in columns) else ""
        self._connection.execute(f"CREATE TABLE {quote(_held(dataset))} AS FROM {quote(dataset)}{order}")
        self._connection.execute(f"CREATE OR REPLACE VIEW {quote(dataset)} AS FROM {quote(_held(dataset))}")
        self._values[dataset] = values


def _held(dataset: str) -> str:
    return f"held:{dataset}"
