"""Variables of comprehensions that the compiler runs in the code around them (from 3.12 on).

The code around sets its own variable of the name aside on the stack and takes it back at the end, also when an
exception leads out. As long as the value that was set aside lies on the stack, the name is the comprehension's.
"""

from __future__ import annotations

import dis
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from pipeline_assets.extract.producers.bytecode.opcodes import PAIR_BITS, PAIRED
from pipeline_assets.normalize.data_flow.code import NONE, Code, Ints, numbers, places
from pipeline_assets.normalize.data_flow.names import Names
from pipeline_assets.normalize.data_flow.operations import CLEARS, NOTHING, ROLES, SLOT, STORAGES, STORES_FIRST, USE

_SWAP, _BUILD_TUPLE, _EXTENDED_ARG = (dis.opmap[name] for name in ("SWAP", "BUILD_TUPLE", "EXTENDED_ARG"))
_GENERATORS_START = 1 if "LOAD_FAST_LOAD_FAST" not in dis.opmap else 0
"""Values on the stack that a generator's code is entered with, by CPython's account: one before 3.13."""

Stack = tuple[int, tuple[tuple[int, int], ...]]
"""How many values there are, and where among them values lie that instructions have set aside."""


@dataclass(slots=True)
class Inlined:
    """Which comprehension's variable each part of an instruction works on, and what only keeps variables."""

    owners: dict[tuple[int, int], int] = field(default_factory=dict)
    """By instruction and part: the instruction that set the variable around aside."""
    restores: set[tuple[int, int]] = field(default_factory=set)
    """Instructions and parts that only take back what was set aside."""
    captures: set[int] = field(default_factory=set)
    """Instructions that load a cell itself, to give it to an inner function."""
    cells: set[int] = field(default_factory=set)
    """Owners whose variable is in a cell of its own, because inner functions use it."""
    lent: dict[int, set[int]] = field(default_factory=dict)
    """Owners of what may be lent to a code unit that is made inside."""
    names: dict[int, int] = field(default_factory=dict)
    """The name of each owner's variable."""


def find_inlined(code: Code, inputs: Mapping[str, pa.Table], names: Names) -> Inlined:
    """Follow what is set aside through every code unit that sets anything aside."""
    found = Inlined()
    if inputs["frames"].num_rows:
        frames = _Frames(code, inputs, np.bincount(names.free.units, minlength=len(code.unit_ids)))
        for unit in frames.units:
            _walk(code, frames, unit, found)
        rows = places(code.instruction_ids, numbers(inputs["named"], "instruction_id"))
        owners = np.flatnonzero(code.opcodes[rows] == CLEARS)
        found.names.update(zip(rows[owners].tolist(), names.arguments[owners].tolist(), strict=True))
    return found


class _Frames:
    """Such units, with what their instructions do to the stack."""

    def __init__(self, code: Code, inputs: Mapping[str, pa.Table], free_counts: Ints) -> None:
        table = inputs["frames"]
        rows = places(code.instruction_ids, numbers(table, "instruction_id"))
        self.units: list[int] = np.unique(code.unit_of[rows]).tolist()
        self.rows = dict(zip(rows.tolist(), range(len(rows)), strict=True))
        names = ("arg", "pops", "pushes", "jump_pops", "jump_pushes")
        self.arg, self.pops, self.pushes, self.jump_pops, self.jump_pushes = (
            numbers(table, name).tolist() for name in names
        )
        self.levels: list[int] = [0, *np.cumsum(np.subtract(self.pushes, self.pops)).tolist()]
        """How much higher the stack is before each instruction than before the first, in the order of the code."""
        self.clearing: set[int] = {*code.block_of[rows[code.opcodes[rows] == CLEARS]].tolist()}
        """Blocks that set something aside."""
        self.targets: list[int] = places(code.instruction_ids, numbers(table, "jump_target_id")).tolist()
        self.loaded: list[int] = places(code.unit_ids, numbers(table, "loaded_unit_id")).tolist()
        self.free_counts: list[int] = free_counts.tolist()
        self.starts: list[int] = inputs["units"]["is_generator"].to_numpy().astype(np.int64).tolist()
        self.successors = _successors(code, np.isin(code.block_units, self.units))
        self.handlers = _handlers(code, inputs)


def _successors(code: Code, wanted: np.ndarray) -> dict[int, list[tuple[int, bool]]]:
    """By block: where control goes, and whether by an exception."""
    found: dict[int, list[tuple[int, bool]]] = {}
    edges = np.flatnonzero(wanted[code.sources])
    columns = (code.sources[edges], code.targets[edges], code.is_exceptional[edges])
    for source, target, exceptional in zip(*(column.tolist() for column in columns), strict=True):
        found.setdefault(source, []).append((target, exceptional))
    return found


def _handlers(code: Code, inputs: Mapping[str, pa.Table]) -> dict[int, tuple[int, int]]:
    """By block that handles exceptions: how many values stay on the stack, and how many there are then."""
    table = inputs["handlers"]
    units = places(code.unit_ids, numbers(table, "code_unit_id"))
    offsets = numbers(inputs["blocks"], "start_offset")
    wanted = np.flatnonzero(np.isin(code.block_units, units)).tolist()
    blocks = {(int(code.block_units[block]), int(offsets[block])): block for block in wanted}
    columns = (numbers(table, "target_offset").tolist(), numbers(table, "depth").tolist(), table["lasti"].to_pylist())
    return {
        blocks[unit, target]: (depth, depth + lasti + 1)
        for unit, target, depth, lasti in zip(units.tolist(), *columns, strict=True)
    }


def _walk(code: Code, frames: _Frames, unit: int, found: Inlined) -> None:
    """Enter each block that control can reach once, with the stack that it is entered with."""
    first = int(code.first_blocks[unit])
    stacks: dict[int, Stack] = {first: (frames.starts[unit] * _GENERATORS_START, ())}
    waiting = [first]
    while waiting:
        block = waiting.pop()
        for target, stack in _leave(code, frames, block, stacks[block], found):
            if target not in stacks:
                stacks[target] = stack
                waiting.append(target)


def _leave(code: Code, frames: _Frames, block: int, entered: Stack, found: Inlined) -> Iterator[tuple[int, Stack]]:
    """Run over a block's instructions; where control goes then, with the stack."""
    start, end = int(code.block_starts[block]), int(code.block_starts[block + 1])
    row = frames.rows[end - 1]
    if entered[1] or block in frames.clearing:
        stack, last = entered, entered
        for instruction in range(start, end):
            last = stack
            stack = _step(code, frames, instruction, stack, found)
    else:
        base = entered[0] - frames.levels[frames.rows[start]]
        last, stack = (base + frames.levels[row], ()), (base + frames.levels[row + 1], ())
    for target, exceptional in frames.successors.get(block, ()):
        if exceptional:
            kept, depth = frames.handlers[target]
            # A value that is set aside in this block is not on the stack that its handler knows.
            yield target, (depth, tuple(saved for saved in entered[1] if saved[0] < kept))
        elif frames.targets[row] == int(code.block_starts[target]):
            depth = last[0] - frames.jump_pops[row]
            kept_values = tuple(saved for saved in last[1] if saved[0] < depth)
            yield target, (depth + frames.jump_pushes[row], kept_values)
        else:
            yield target, stack


def _step(code: Code, frames: _Frames, instruction: int, stack: Stack, found: Inlined) -> Stack:
    """One instruction: note what it does to variables, and return the stack it leaves."""
    row, opcode = frames.rows[instruction], int(code.opcodes[instruction])
    depth, saved = stack
    if saved:
        _note(code, frames, row, instruction, opcode, stack, found)
    if opcode == CLEARS:
        return depth + 1, (*saved, (depth, instruction))
    if opcode == _SWAP:
        top, other = depth - 1, depth - frames.arg[row]
        moved = {top: other, other: top}
        return depth, tuple((moved.get(place, place), owner) for place, owner in saved)
    depth -= frames.pops[row]
    if saved and saved_above(saved, depth):
        saved = tuple(each for each in saved if each[0] < depth)
    return depth + frames.pushes[row], saved


def saved_above(saved: tuple[tuple[int, int], ...], depth: int) -> bool:
    """Whether a value that is set aside lies at `depth` or above."""
    return any(place >= depth for place, _ in saved)


def _note(code: Code, frames: _Frames, row: int, instruction: int, opcode: int, stack: Stack, found: Inlined) -> None:
    """Note whose variable an instruction works on while values are set aside."""
    depth, saved = stack
    owners = {frames.arg[frames.rows[owner]]: owner for _, owner in saved}  # the innermost last
    if frames.loaded[row] != NONE:
        found.lent[frames.loaded[row]] = set(owners.values())
        for load in _closure_loads(code, frames, row, instruction):
            found.captures.add(load)
            found.cells.update(owners[slot] for slot in [frames.arg[frames.rows[load]]] if slot in owners)
    if ROLES[opcode] == NOTHING or STORAGES[opcode] != SLOT:
        return
    by_place = dict(saved)
    slots = _slots(opcode, frames.arg[row])
    stored = 0
    for part, slot in enumerate(slots):
        is_store = bool(STORES_FIRST[opcode]) if part == 0 and len(slots) > 1 else ROLES[opcode] != USE
        if is_store:
            stored += 1
        if is_store and by_place.get(depth - stored) is not None:
            found.restores.add((instruction, part))
        elif slot in owners:
            found.owners[instruction, part] = owners[slot]


def _closure_loads(code: Code, frames: _Frames, row: int, instruction: int) -> list[int]:
    """The loads of cells right before a code object that has free variables: one for each, then a tuple of them."""
    count = frames.free_counts[frames.loaded[row]]
    nearest = range(instruction - 1, instruction - 2 * count - 3, -1)
    work = [at for at in nearest if code.opcodes[at] != _EXTENDED_ARG]
    is_closure = count and work and code.opcodes[work[0]] == _BUILD_TUPLE and frames.arg[frames.rows[work[0]]] == count
    return work[1 : count + 1] if is_closure else []


def _slots(opcode: int, argument: int) -> tuple[int, ...]:
    return (argument >> PAIR_BITS, argument & ((1 << PAIR_BITS) - 1)) if PAIRED[opcode] else (argument,)
