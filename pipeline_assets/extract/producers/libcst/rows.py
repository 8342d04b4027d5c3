"""LibCST's findings of a chunk as numbered rows: ordinals become ids, spans and lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline_assets.extract.arrow import coded, masked, repeated
from pipeline_assets.extract.chunk import SourceFile
from pipeline_assets.extract.ids import CST, row_ids
from pipeline_assets.extract.producers.libcst.contracts import CST_MANIFEST, CST_NODES
from pipeline_assets.extract.status import FileStatus
from pipeline_assets.inference.contract import Contract
from pipeline_assets.store.columns import arrow_schema, arrow_type, stored_columns

Rows = npt.NDArray[np.int64]

_PLACED = ("repository", "file_id", "node_id", "owner_id", "bstart", "bend", "line", "col_utf8")
"""Columns of facts that follow from the node."""


@dataclass(frozen=True, slots=True)
class FoundNodes:
    """The nodes of one file in preorder; the columns run in parallel, and nodes are told by their ordinals."""

    kinds: Rows
    """Positions in the chunk's kinds."""
    fields: Rows
    """Positions in the chunk's fields, or -1."""
    places: Rows
    parents: Rows
    owners: Rows
    depths: Rows
    subtree_ends: Rows
    starts: Rows
    ends: Rows
    outer_starts: Rows
    outer_ends: Rows
    texts: Sequence[str | None]
    cut: npt.NDArray[np.bool_]
    """Whether the text was cut."""
    kept: npt.NDArray[np.bool_]
    """Whether the node becomes a row."""


@dataclass(frozen=True, slots=True)
class FoundFile:
    """Everything found in one file."""

    file: SourceFile
    nodes: FoundNodes
    line_starts: Rows
    facts: Mapping[str, Sequence[tuple[Any, ...]]]
    """By dataset, rows as their reader makes them, sorted by node."""
    manifest: Mapping[str, object]


@dataclass(slots=True)
class Found:
    """Everything found in a chunk."""

    kinds: Sequence[str] = ()
    fields: Sequence[str] = ()
    files: list[FoundFile] = field(default_factory=list)
    statuses: list[FileStatus] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Numbered:
    """The chunk's nodes one after the other, with ids and lines; indexes into it are a file's first plus ordinals."""

    found: Found
    firsts: Rows
    """Index of each file's module."""
    files: Rows
    """Place of each node's file in the chunk."""
    ids: Rows
    starts: Rows
    ends: Rows
    lines: Rows
    columns: Rows

    def gathered(self, column: str) -> Rows:
        """A column of all nodes."""
        parts = [getattr(file.nodes, column) for file in self.found.files]
        return np.concatenate([np.zeros(0, np.int64), *parts])


def number(found: Found) -> Numbered:
    """Put the files' nodes one after the other, and number them."""
    counts = np.array([len(file.nodes.kinds) for file in found.files], np.int64)
    file_ids = np.array([file.file.file_id for file in found.files], np.int64)
    lines = [np.maximum(np.searchsorted(file.line_starts, file.nodes.starts, "right"), 1) for file in found.files]
    before = [
        file.nodes.starts - np.append(file.line_starts, 0)[line - 1]
        for file, line in zip(found.files, lines, strict=True)
    ]
    none = np.zeros(0, np.int64)
    return Numbered(
        found=found,
        firsts=np.cumsum(counts) - counts,
        files=np.repeat(np.arange(len(counts)), counts),
        ids=row_ids(file_ids, counts, CST),
        starts=np.concatenate([none, *(file.nodes.starts for file in found.files)]),
        ends=np.concatenate([none, *(file.nodes.ends for file in found.files)]),
        lines=np.concatenate([none, *lines]),
        columns=np.concatenate([none, *before]),
    )


def nodes_table(numbered: Numbered) -> pa.Table:
    """The rows of `cst_nodes`."""
    found = numbered.found
    rows = np.flatnonzero(numbered.gathered("kept"))
    firsts = numbered.firsts[numbered.files[rows]]
    parents, places, fields = (numbered.gathered(name)[rows] for name in ("parents", "places", "fields"))
    # an id is its file's first id plus the ordinal, so the end of a subtree needs no node there
    origins = numbered.ids[firsts]
    texts = np.array([*chain.from_iterable(file.nodes.texts for file in found.files), None], object)[rows]
    columns = _placed(numbered, rows) | {
        "parent_id": pa.array(origins + parents, mask=parents < 0),
        "owner_id": pa.array(origins + numbered.gathered("owners")[rows]),
        "kind": coded(numbered.gathered("kinds")[rows], found.kinds),
        "field": coded(fields, found.fields, fields < 0),
        "ordinal": masked(places, places < 0),
        "depth": numbered.gathered("depths")[rows].astype(np.int32),
        "subtree_end": origins + numbered.gathered("subtree_ends")[rows],
        "outer_bstart": numbered.gathered("outer_starts")[rows].astype(np.int32),
        "outer_bend": numbered.gathered("outer_ends")[rows].astype(np.int32),
        "text": pa.array(texts, pa.string()).dictionary_encode(),
        "text_truncated": pa.array(numbered.gathered("cut")[rows].astype(bool)),
    }
    return pa.table({name: columns[name] for name in CST_NODES.names})


def facts_table(numbered: Numbered, contract: Contract) -> pa.Table:
    """The rows of one dataset of facts."""
    found = [file.facts[contract.name] for file in numbered.found.files]
    firsts = np.repeat(numbered.firsts, [len(rows) for rows in found])
    own = [column for column in contract.columns if column.name not in _PLACED]
    values: list[Sequence[Any]] = list(zip(*chain.from_iterable(found), strict=True)) or [()] * (1 + len(own))
    rows = np.array(values[0], np.int64) + firsts
    owners = numbered.gathered("owners")[rows] + firsts
    columns = _placed(numbered, rows) | {"owner_id": pa.array(numbered.ids[owners])}
    for column, column_values in zip(own, values[1:], strict=True):
        columns[column.name] = _own_column(numbered, column.name, column.type, column_values, firsts)
    return pa.table({name: columns[name] for name in contract.names})


def manifest_table(numbered: Numbered) -> pa.Table:
    """The rows of `cst_manifest`."""
    rows = [
        {"repository": file.file.repository, "file_id": file.file.file_id, **file.manifest}
        for file in numbered.found.files
    ]
    return pa.Table.from_pylist(rows, arrow_schema(stored_columns(CST_MANIFEST)))


def _placed(numbered: Numbered, rows: Rows) -> dict[str, pa.Array]:
    """The columns that follow from a node."""
    files = [file.file for file in numbered.found.files]
    of_file = numbered.files[rows]
    return {
        "repository": repeated([file.repository for file in files], of_file),
        "file_id": pa.array(np.array([file.file_id for file in files], np.int64)[of_file]),
        "node_id": pa.array(numbered.ids[rows]),
        "bstart": pa.array(numbered.starts[rows].astype(np.int32)),
        "bend": pa.array(numbered.ends[rows].astype(np.int32)),
        "line": pa.array(numbered.lines[rows].astype(np.int32)),
        "col_utf8": pa.array(numbered.columns[rows].astype(np.int32)),
    }


def _own_column(numbered: Numbered, name: str, kind: str, values: Sequence[Any], firsts: Rows) -> pa.Array:
    """A fact's own column: what was found, or what its ordinals stand for."""
    if not name.endswith(("_id", "_bstart", "_bend")):
        array = pa.array(values, arrow_type(kind))
        return array.dictionary_encode() if kind == "string" else array
    ordinals = np.array(values, np.int64)
    missing, rows = ordinals < 0, np.maximum(ordinals, 0) + firsts
    if name.endswith("_id"):
        return pa.array(numbered.ids[rows], mask=missing)
    return masked((numbered.starts if name.endswith("_bstart") else numbered.ends)[rows], missing)
