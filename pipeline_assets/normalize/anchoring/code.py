"""The instructions of a batch of files and the code units that they make."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pyarrow as pa

from pipeline_assets.normalize.anchoring.columns import Bool, Rows, Words, integers, strings
from pipeline_assets.normalize.anchoring.syntax import Syntax


class Units:
    """The code units, in the order of their ids."""

    def __init__(self, units: pa.Table, scopes: pa.Table, syntax: Syntax) -> None:
        self.ids, self.file_ids = integers(units["code_unit_id"]), integers(units["file_id"])
        self.lines = integers(units["line"])
        self.repositories = strings(units["repository"])
        self.scopes = np.full(len(self.ids), -1)
        """The node whose scope the unit runs; -1 where it is not known."""
        self.roles = np.full(len(self.ids), "", object)
        matched = np.searchsorted(self.ids, integers(scopes["code_unit_id"]))
        self.scopes[matched] = syntax.index_of(integers(scopes["scope_node"]))
        self.roles[matched] = scopes["role"].to_pylist()


class Code:
    """The instructions, unit after unit, each named by its place; what only extends an argument is left out."""

    def __init__(self, instructions: pa.Table, units: Units) -> None:
        self.ids = integers(instructions["instruction_id"])
        self.blocks = integers(instructions["block_id"])
        self.opcodes = Words(instructions["opname"])
        self.arguments = integers(instructions["arg"])
        self.starts, self.stops = integers(instructions["bstart"]), integers(instructions["bend"])
        self.lines = integers(instructions["line"])
        unit_ids = integers(instructions["code_unit_id"])
        self.units = np.searchsorted(units.ids, unit_ids)
        self.values = strings(instructions["argval"])
        """What each argument stands for."""

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def firsts(self) -> Rows:
        """The first instruction of each instruction's unit."""
        starts = np.flatnonzero(np.diff(self.units, prepend=-1))
        firsts: Rows = np.repeat(starts, np.diff(np.append(starts, len(self))))
        return firsts

    @cached_property
    def continues(self) -> Bool:
        """Whether each instruction has the place of the one before, in the same unit."""
        same = np.zeros(len(self), np.bool_)
        for column in (self.starts, self.stops, self.lines, self.units):
            unequal = column[1:] != column[:-1]
            same[1:] |= unequal
        same = ~same
        same[:1] = False
        return same

    def before(self, rows: Rows, distance: int = 1) -> Rows:
        """The instruction that many places before, -1 for none in the unit."""
        found: Rows = np.where(rows - distance >= self.firsts[rows], rows - distance, -1)
        return found
