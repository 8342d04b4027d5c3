"""The syntax nodes of a batch of files."""

from __future__ import annotations

from collections.abc import Container
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline_assets.normalize.anchoring.columns import Bool, Rows, Words, integers, strings
from pipeline_assets.normalize.anchoring.kinds import STATEMENTS


class Syntax:
    """All nodes in preorder, file after file; a node is named by its place."""

    def __init__(self, nodes: pa.Table) -> None:
        self.ids = integers(nodes["node_id"])
        places = np.arange(len(self.ids))
        self.file_ids = integers(nodes["file_id"])
        parents = integers(nodes["parent_id"])
        self.parents = np.where(parents < 0, -1, places - (self.ids - parents))
        """-1 for a module."""
        self.ends = places + (integers(nodes["subtree_end"]) - self.ids)
        """The place after the last node below."""
        self.scopes = places - (self.ids - integers(nodes["scope_node"]))
        self.kinds, self.fields = Words(nodes["kind"]), Words(nodes["field"])
        self.starts, self.stops = integers(nodes["bstart"]), integers(nodes["bend"])
        """First byte and the one after the last; -1 for nodes without a position, and for modules: no instruction has
        the position of a whole file, though a statement may have it."""
        self.starts = np.where(self.parents < 0, -1, self.starts)
        self._table = nodes

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def names(self) -> pa.StringArray:
        """The identifier that each node holds."""
        return strings(self._table["name"])

    @cached_property
    def aliases(self) -> pa.StringArray:
        """The second identifier."""
        return strings(self._table["alias"])

    @cached_property
    def literals(self) -> pa.StringArray:
        """The literal that each constant is, as source."""
        return strings(self._table["value"])

    @cached_property
    def ordinals(self) -> Rows:
        """The index of each node in the list that holds it."""
        return integers(self._table["ordinal"])

    @cached_property
    def operators(self) -> Words:
        """The operators of operations and comparisons; of names, whether they are loaded or stored."""
        return Words(self._table["ctx"])

    @cached_property
    def is_text(self) -> Bool:
        """Which nodes are string literals."""
        return Words(self._table["value_kind"]).mask({"str"})

    @cached_property
    def lines(self) -> Rows:
        """The first line of each node."""
        return integers(self._table["line"])

    @cached_property
    def spans_lines(self) -> Bool:
        """Which nodes end on another line than they start on."""
        spans: Bool = self.lines != integers(self._table["end_line"])
        return spans

    @cached_property
    def children(self) -> Rows:
        """The number of nodes right below each."""
        counts: Rows = np.bincount(self.parents[self.parents >= 0], minlength=len(self))
        return counts

    def index_of(self, node_ids: Rows) -> Rows:
        """The places of nodes by id, -1 for those that are not in the batch."""
        found = np.minimum(np.searchsorted(self.ids, node_ids), len(self) - 1)
        places: Rows = np.where(self.ids[found] == node_ids, found, -1) if len(self) else np.full(len(node_ids), -1)
        return places

    def is_kind(self, nodes: Rows, kinds: Container[str]) -> Bool:
        """Whether each node is of one of these kinds; none is not."""
        return self.kinds.among(nodes, kinds)

    def is_field(self, nodes: Rows, fields: Container[str]) -> Bool:
        """Whether each node is held by one of these fields."""
        return self.fields.among(nodes, fields)

    def above(self, nodes: Rows) -> Rows:
        """The parent of each node, -1 for none."""
        found: Rows = np.where(nodes >= 0, self.parents[nodes], -1)
        return found

    def nearest(self, nodes: Rows, kinds: Container[str]) -> Rows:
        """The closest node of these kinds, each node itself included; -1 for none."""
        return self._climb(nodes, self.kinds.codes, self.kinds.table(kinds))

    def statement(self, nodes: Rows) -> Rows:
        """The statement that each node is part of; -1 for none."""
        return self._climb(nodes, self.kinds.codes, self._statements)

    def nearest_below(self, nodes: Rows, fields: Container[str]) -> Rows:
        """The closest node held by one of these fields, each node itself included; -1 for none."""
        return self._climb(nodes, self.fields.codes, self.fields.table(fields))

    @cached_property
    def _statements(self) -> Bool:
        return self.kinds.table(STATEMENTS)

    def marked(self, nodes: Rows, marks: Bool) -> Rows:
        """The closest marked node, each node itself included; -1 for none."""
        return self._climb(nodes, marks, np.array([False, True]))

    def _climb(self, nodes: Rows, codes: npt.NDArray[Any], wanted: Bool) -> Rows:
        reached = nodes.copy()
        climbing = np.flatnonzero(reached >= 0)
        while len(climbing):
            climbing = climbing[~wanted[codes[reached[climbing]].astype(np.intp, copy=False)]]
            reached[climbing] = self.parents[reached[climbing]]
            climbing = climbing[reached[climbing] >= 0]
        return reached
