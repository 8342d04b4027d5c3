"""The syntax of one repository as columns: rows in preorder, and the few relations that steps are read from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ints = npt.NDArray[np.int64]


class Syntax:
    """Nodes by row: parents and scopes are rows, -1 for none."""

    def __init__(self, nodes: pa.Table) -> None:
        self.ids: Ints = nodes["node_id"].to_numpy()
        self.count = len(self.ids)
        self.names: list[str | None] = nodes["name"].to_pylist()
        self.values: list[str | None] = nodes["value"].to_pylist()
        self.parent, self.scope = self.rows(nodes["parent_id"]), self.rows(nodes["scope_node"])
        self.is_load: npt.NDArray[np.bool_] = pc.equal(nodes["ctx"], "Load").fill_null(False).to_numpy()
        self.ordinal: Ints = nodes["ordinal"].fill_null(0).to_numpy()
        self._kinds, self._fields = (_Coded(nodes[name]) for name in ("kind", "field"))

    def rows(self, ids: Any) -> Ints:
        """The rows of nodes by id; -1 for those that are not there."""
        wanted = np.asarray(ids.fill_null(-1), np.int64)
        if not self.count:
            return np.full(len(wanted), -1, np.int64)
        places = np.minimum(np.searchsorted(self.ids, wanted), self.count - 1)
        return np.where(self.ids[places] == wanted, places, -1)

    def of_kind(self, *kinds: str) -> npt.NDArray[np.bool_]:
        """Which rows are of these classes."""
        return self._kinds.among(kinds)

    def in_field(self, *fields: str) -> npt.NDArray[np.bool_]:
        """Which rows stand in these fields of their parents."""
        return self._fields.among(fields)

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

    def listed(self, field: str) -> dict[int, list[int]]:
        """Rows in a list field by parent, in order."""
        found: dict[int, list[int]] = {}
        rows = np.flatnonzero(self.in_field(field))
        for parent, row in zip(self.parent[rows].tolist(), rows.tolist(), strict=True):
            found.setdefault(parent, []).append(row)
        return found


class _Coded:
    """A column of few different texts, to be asked quickly for some of them."""

    def __init__(self, column: pa.ChunkedArray) -> None:
        encoded = pa.concat_arrays([pa.array([], pa.string()), *column.chunks]).dictionary_encode()
        self._codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        self._numbers = {name: code for code, name in enumerate(encoded.dictionary.to_pylist())}

    def among(self, names: Iterable[str]) -> npt.NDArray[np.bool_]:
        """Which rows hold one of the texts."""
        wanted = [self._numbers[name] for name in names if name in self._numbers]
        return np.isin(self._codes, wanted)
