"""The syntax of one repository as arrays: rows in preorder, with the few relations that constraints are read from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Ints = npt.NDArray[np.int64]


class Syntax:
    """Nodes by row: `ids`, `parent`, `kind` and `field` as codes, names as text."""

    def __init__(self, nodes: pa.Table) -> None:
        self.ids: Ints = nodes["node_id"].to_numpy()
        self.count = len(self.ids)
        self.kind, self._kinds = _coded(nodes["kind"])
        self.field, self._fields = _coded(nodes["field"])
        self._named, self._codes = _coded(nodes["name"])
        self._names: list[str | None] = [*self._codes, None]
        self.values: list[str | None] = texts(nodes["value"])
        self.parent = self.rows(nodes["parent_id"])
        self.scope = self.rows(nodes["scope_node"])
        self.is_load, self.is_negative, self.is_text, self.is_bytes, self.is_module_name = (
            nodes[name].to_numpy() for name in ("is_load", "is_negative", "is_text", "is_bytes", "is_module_name")
        )
        self.is_sum, self.is_product = nodes["is_sum"].to_numpy(), nodes["is_product"].to_numpy()
        self.is_and = nodes["is_and"].to_numpy()
        self.ordinal: Ints = nodes["ordinal"].to_numpy()

    def name(self, row: int) -> str:
        """The name as written, if the row has one."""
        return self._names[self._named[row]] or ""

    def names(self, rows: Ints) -> list[str | None]:
        """Names as written, of rows that have one."""
        return list(map(self._names.__getitem__, self._named[rows].tolist()))

    def named(self, name: str) -> Ints:
        """The rows of names and attributes that are written so."""
        return np.flatnonzero(_among(self._named, self._codes, (name,)))

    def rows(self, ids: Any) -> Ints:
        """The rows of nodes by id; -1 for those that are not there."""
        wanted = np.asarray(ids.fill_null(-1) if hasattr(ids, "fill_null") else ids, np.int64)
        if not self.count:
            return np.full(len(wanted), -1, np.int64)
        places = np.minimum(np.searchsorted(self.ids, wanted), self.count - 1)
        return np.where(self.ids[places] == wanted, places, -1)

    def of_kind(self, *kinds: str) -> npt.NDArray[np.bool_]:
        """Which rows are of these classes."""
        return _among(self.kind, self._kinds, kinds)

    def in_field(self, *fields: str) -> npt.NDArray[np.bool_]:
        """Which rows stand in these fields of their parents."""
        return _among(self.field, self._fields, fields)

    def child(self, field: str) -> Ints:
        """The row in that field of each row; -1 where there is none."""
        found = np.full(self.count + 1, -1, np.int64)
        rows = np.flatnonzero(self.in_field(field))
        found[self.parent[rows]] = rows
        return found[:-1]

    def under(self, rows: Ints, *kinds: str) -> Ints:
        """Those of the rows whose parents are of these classes."""
        kept = rows[self.parent[rows] >= 0]
        return kept[self.of_kind(*kinds)[self.parent[kept]]]

    def listed(self, *fields: str) -> dict[int, list[int]]:
        """Rows in list fields by parent, in order."""
        found: dict[int, list[int]] = {}
        rows = np.flatnonzero(self.in_field(*fields))
        for parent, row in zip(self.parent[rows].tolist(), rows.tolist(), strict=True):
            found.setdefault(parent, []).append(row)
        return found


def texts(column: pa.ChunkedArray) -> list[Any]:
    """The texts of a column; each is one object, however often it stands there."""
    codes, known = _coded(column)
    found: list[str | None] = [*known, None]
    return list(map(found.__getitem__, codes.tolist()))


def _coded(column: pa.ChunkedArray) -> tuple[npt.NDArray[np.int32], dict[str, int]]:
    coded = (
        column.combine_chunks().dictionary_encode() if column.num_chunks else pa.array([], "string").dictionary_encode()
    )
    coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
    codes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
    return codes, {name: code for code, name in enumerate(coded.dictionary.to_pylist())}


def _among(codes: npt.NDArray[np.int32], numbers: dict[str, int], names: Iterable[str]) -> npt.NDArray[np.bool_]:
    found = np.zeros(len(codes), bool)
    # A few comparisons of whole arrays take a tenth of looking every code up.
    for name in names:
        if name in numbers:
            found |= codes == numbers[name]
    return found
