"""The syntax trees of a chunk, and their nodes as numbered columns."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pyarrow as pa

from pipeline_assets.extract.chunk import SourceFile
from pipeline_assets.extract.producers.ast.structure import Rows, depths, scope_rows, subtree_ends
from pipeline_assets.extract.producers.ast.walker import ROW, Flattener, Integers, decode
from pipeline_assets.extract.status import FileStatus
from pipeline_assets.extract.text import Offsets, line_spans


@dataclass(frozen=True)
class Tree:
    """One file's rows, as `Flattener.add` returns them, and the buffer that spans refer to."""

    file: SourceFile
    canonical: bytes
    rows: Integers

    @cached_property
    def line_starts(self) -> Offsets:
        """Where each line starts."""
        return line_spans(self.canonical)[0]


@dataclass
class Forest:
    """The trees of a chunk, what their nodes say beside numbers, and what became of every file."""

    trees: list[Tree] = field(default_factory=list)
    said: Flattener = field(default_factory=Flattener)
    statuses: list[FileStatus] = field(default_factory=list)

    def rows(self) -> Integers:
        """The rows of all trees, one tree after the other."""
        return np.concatenate([np.zeros((0, ROW), np.int64), *(tree.rows for tree in self.trees)])

    @cached_property
    def names(self) -> pa.Array:
        """The names of the nodes that have any, in row order."""
        return pa.array(self.said.names, pa.string())


@dataclass(frozen=True, slots=True)
class Shape:
    """What the nodes are and how they hang together; rows count over all trees."""

    trees: Rows
    """Which tree each node is in."""
    firsts: Rows
    """First row of each node's tree."""
    kinds: Rows
    fields: Rows
    singles: Rows
    indexes: Rows
    parents: Rows
    """A root is its own parent."""
    depths: Rows
    ends: Rows
    """The row after the subtree."""
    scopes: Rows
    """The row of the node whose scope it is evaluated in."""


def shape_of(forest: Forest, rows: Integers) -> Shape:
    """Number the nodes over all trees and find depth, subtree and scope of each."""
    counts = [len(tree.rows) for tree in forest.trees]
    trees = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    firsts = np.repeat(np.cumsum([0, *counts], dtype=np.int32)[:-1], counts)
    kinds, fields, singles, indexes = (part.astype(np.int32) for part in decode(np.ascontiguousarray(rows[:, 1])))
    parents = np.maximum(rows[:, 0].astype(np.int32), 0) + firsts
    return Shape(
        trees=trees,
        firsts=firsts,
        kinds=kinds,
        fields=fields,
        singles=singles,
        indexes=indexes,
        parents=parents,
        depths=depths(parents),
        ends=subtree_ends(parents),
        scopes=scope_rows(parents, kinds, fields, indexes),
    )
