"""The code of several files as arrays: units, instructions, blocks and edges by their places, not by their ids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline_assets.extract.producers.bytecode.opcodes import CAN_RAISE
from pipeline_assets.normalize.data_flow.operations import RUNS_CODE

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

NONE = -1
"""The place of what is not there."""


@dataclass(frozen=True, slots=True)
class Code:
    """Everything by place; `*_ids` tell the ids. Units come in the order of their ids, instructions in theirs."""

    unit_ids: Ints
    parents: Ints
    is_module: Bools
    is_class: Bools
    is_function: Bools
    """Functions and lambdas."""
    is_of_types: Bools
    """Type parameters, aliases and bounds of type variables."""
    instruction_ids: Ints
    unit_of: Ints
    block_of: Ints
    opcodes: Ints
    block_ids: Ints
    block_units: Ints
    block_starts: Ints
    """First instruction of each block, and the number of instructions at the end."""
    first_blocks: Ints
    """First block of each unit, and the number of blocks at the end."""
    sources: Ints
    targets: Ints
    is_exceptional: Bools
    raising: Ints
    """How many instructions before each place may raise."""
    running: Ints
    """How many instructions before each place may run other code."""

    def without_raising(self, harmless: Ints) -> Code:
        """The same where some instructions do not raise after all."""
        can_raise = np.diff(self.raising) > 0
        can_raise[harmless] = False
        raising = before(can_raise)
        raises = raising[self.block_starts[1:]] > raising[self.block_starts[:-1]]
        kept = ~self.is_exceptional | raises[self.sources]
        return replace(
            self,
            raising=raising,
            sources=self.sources[kept],
            targets=self.targets[kept],
            is_exceptional=self.is_exceptional[kept],
        )


def read_code(inputs: Mapping[str, pa.Table]) -> Code:
    """Turn ids into places."""
    units, rows, blocks, edges = (inputs[name] for name in ("units", "code", "blocks", "edges"))
    unit_ids, block_ids = numbers(units, "code_unit_id"), numbers(blocks, "block_id")
    opcodes = numbers(rows, "opcode")
    block_units = np.searchsorted(unit_ids, numbers(blocks, "code_unit_id"))
    sources = np.searchsorted(block_ids, numbers(edges, "src_block_id"))
    starts = np.searchsorted(numbers(rows, "instruction_id"), numbers(blocks, "first_instruction_id"))
    block_of = np.repeat(np.arange(len(block_ids)), np.diff(np.append(starts, len(opcodes))))
    return Code(
        unit_ids=unit_ids,
        parents=places(unit_ids, numbers(units, "parent_unit_id")),
        is_module=_is_kind(units, "module"),
        is_class=_is_kind(units, "class"),
        is_function=_is_kind(units, "function", "lambda"),
        is_of_types=_is_kind(units, "type_parameters", "type_alias", "type_variable"),
        instruction_ids=numbers(rows, "instruction_id"),
        unit_of=block_units[block_of],
        block_of=block_of,
        opcodes=opcodes,
        block_ids=block_ids,
        block_units=block_units,
        block_starts=np.append(starts, len(opcodes)),
        first_blocks=np.searchsorted(block_units, np.arange(len(unit_ids) + 1)),
        sources=sources,
        targets=np.searchsorted(block_ids, numbers(edges, "dst_block_id")),
        is_exceptional=edges["is_exception"].to_numpy(),
        raising=before(CAN_RAISE[opcodes]),
        running=before(RUNS_CODE[opcodes]),
    )


def _is_kind(units: pa.Table, *kinds: str) -> Bools:
    found: Bools = pc.is_in(units["kind"], pa.array(kinds, pa.string())).to_numpy()
    return found


def numbers(table: pa.Table, name: str) -> Ints:
    """An integer column; nulls are `NONE`."""
    column = table[name]
    if column.null_count:
        column = column.fill_null(NONE)
    found: Ints = column.to_numpy().astype(np.int64, copy=False)
    return found


def places(ordered: Ints, wanted: Ints) -> Ints:
    """Where each wanted value is among ordered ones; `NONE` where it is not."""
    if not len(ordered):
        return np.full(len(wanted), NONE)
    found = np.minimum(np.searchsorted(ordered, wanted), len(ordered) - 1)
    return np.where(ordered[found] == wanted, found, NONE)


def before(marked: Bools) -> Ints:
    """How many are marked before each place, and in all."""
    return np.concatenate(([0], np.cumsum(marked, dtype=np.int64)))


def spread(firsts: Ints, counts: Ints) -> tuple[Ints, Ints]:
    """The ranges `firsts[i]` … `firsts[i] + counts[i]` one after the other: to which each number belongs, and it."""
    owners = np.repeat(np.arange(len(counts)), counts)
    return owners, np.arange(len(owners)) - np.repeat(np.cumsum(counts) - counts, counts) + firsts[owners]
