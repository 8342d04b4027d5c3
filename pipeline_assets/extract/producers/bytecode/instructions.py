"""The instructions of many code objects at once: what `dis` makes one by one, at a thirtieth of its cost."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline_assets.extract.producers.bytecode.code_objects import CodeObjects
from pipeline_assets.extract.producers.bytecode.code_tables import (
    Handlers,
    Locations,
    Numbers,
    read_handlers,
    read_locations,
)
from pipeline_assets.extract.producers.bytecode.opcodes import (
    BACKWARD,
    CACHE,
    CACHES,
    EXTENDED_ARG,
    HAS_ARGUMENT,
    JUMPS,
)

Bool = npt.NDArray[np.bool_]

UNKNOWN_LINE_STARTS = sys.version_info >= (3, 13)
"""Whether `dis` counts the change to no line as a line that starts."""


@dataclass(frozen=True, slots=True)
class Instructions:
    """One entry per instruction, those that only extend an argument included, in the order of the code objects."""

    units: Numbers
    """The code object."""
    firsts: Numbers
    """The first instruction of each code object."""
    counts: Numbers
    """Instructions of each code object."""
    positions: Numbers
    """Place in the code object in code units of two bytes."""
    opcodes: npt.NDArray[np.uint8]
    arguments: Numbers
    """Zero for an opcode without one."""
    targets: Numbers
    """The instruction that a jump leads to; -1 for others."""
    handlers: Handlers
    """Exception tables whose positions are instructions: `starts`, `ends` and `targets` count through all code."""
    tables: Handlers
    """The same as they were stored."""
    locations: Locations
    places: Numbers
    """The entry of `locations` of each instruction."""
    starts_line: Bool

    def __len__(self) -> int:
        return len(self.opcodes)


def read_instructions(objects: CodeObjects) -> Instructions:
    """Decode the bytecode and the tables of all code objects."""
    codes = objects.codes
    pairs = np.frombuffer(b"".join(objects.column("code")), np.uint8).reshape(-1, 2)
    lengths = np.fromiter(map(len, objects.column("code")), np.int64, len(codes)) >> 1
    ends = np.cumsum(lengths)
    origins = ends - lengths
    is_instruction = pairs[:, 0] != CACHE
    at = np.flatnonzero(is_instruction)
    before = np.zeros(len(pairs) + 1, np.int32)
    np.cumsum(is_instruction, out=before[1:])
    firsts, counts = before[origins], before[ends] - before[origins]
    units = np.repeat(np.arange(len(codes), dtype=np.int32), counts)
    opcodes = pairs[at, 0]
    arguments = _arguments(opcodes, pairs[at, 1])
    tables = read_handlers(objects.column("exceptiontable"))
    locations = read_locations(objects.column("linetable"), objects.column("firstlineno"))
    places = locations.of_position[at]
    return Instructions(
        units=units,
        firsts=firsts,
        counts=counts,
        positions=(at - origins[units]).astype(np.int32),
        opcodes=opcodes,
        arguments=arguments,
        targets=_targets(at, opcodes, arguments, before),
        handlers=_as_instructions(tables, origins, before),
        tables=tables,
        locations=locations,
        places=places,
        starts_line=_line_starts(locations.lines[places], firsts),
    )


def _arguments(opcodes: npt.NDArray[np.uint8], low: npt.NDArray[np.uint8]) -> Numbers:
    """Arguments with what EXTENDED_ARG puts above their eight bits; up to three of them may follow each other."""
    arguments = np.where(HAS_ARGUMENT[opcodes], low, 0).astype(np.int32)
    extending = np.flatnonzero(opcodes == EXTENDED_ARG)
    while len(extending):
        follows = np.diff(extending, prepend=-2) == 1
        leading = extending[~follows]
        arguments[leading + 1] |= arguments[leading] << 8
        extending = extending[follows]  # of which those now lead whose predecessor is complete
    return arguments


def _targets(at: npt.NDArray[np.int64], opcodes: npt.NDArray[np.uint8], arguments: Numbers, before: Numbers) -> Numbers:
    targets = np.full(len(at), -1, np.int32)
    jumps = np.flatnonzero(JUMPS[opcodes])
    kinds, distances = opcodes[jumps], arguments[jumps]
    to = at[jumps] + 1 + CACHES[kinds] + np.where(BACKWARD[kinds], -distances, distances)
    targets[jumps] = before[to]
    return targets


def _as_instructions(tables: Handlers, origins: npt.NDArray[np.int64], before: Numbers) -> Handlers:
    origin = origins[tables.units]
    starts, ends, targets = (before[origin + each] for each in (tables.starts, tables.ends, tables.targets))
    return Handlers(tables.units, starts, ends, targets, tables.depths, tables.keeps_last)


def _line_starts(lines: Numbers, firsts: Numbers) -> Bool:
    """Instructions at which another line starts, as `dis` of this version counts it."""
    counted = np.arange(len(lines)) if UNKNOWN_LINE_STARTS else np.flatnonzero(lines >= 0)
    changes = np.diff(lines[counted], prepend=-2) != 0
    of_code = np.searchsorted(counted, firsts)
    changes[of_code[of_code < len(counted)]] = True
    starts = np.zeros(len(lines), np.bool_)
    starts[counted[changes]] = True
    return starts
