"""Basic blocks of many code objects at once, and the edges between them.

A block ends where an instruction jumps, returns, raises or suspends, before a jump's or a handler's target, and where
an exception table's entry begins or ends: so one handler, or none, protects all of a block. What cannot raise has no
edge to its handler (`opcodes.CAN_RAISE`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline_assets.extract.producers.bytecode.code_tables import Numbers
from pipeline_assets.extract.producers.bytecode.instructions import Instructions
from pipeline_assets.extract.producers.bytecode.opcodes import (
    CAN_RAISE,
    EDGE_KINDS,
    ENDS_BLOCK,
    ENDS_PATH,
    JUMP_KINDS,
    JUMPS,
    NEXT_KINDS,
    RAISES,
    RETURNS,
)

Bool = npt.NDArray[np.bool_]

_EXCEPTION = EDGE_KINDS.index("exception")


@dataclass(frozen=True, slots=True)
class Blocks:
    """Blocks in the order of the code, and edges by source and kind."""

    of_instruction: Numbers
    firsts: Numbers
    """First instruction."""
    lasts: Numbers
    units: Numbers
    """The code object."""
    can_raise: Bool
    handlers: Numbers
    """The block that handles exceptions; -1 for none."""
    is_handler: Bool
    is_exit: Bool
    sources: Numbers
    targets: Numbers
    kinds: Numbers
    """Positions in `EDGE_KINDS`."""


def find_blocks(instructions: Instructions) -> Blocks:
    """Cut all code objects into blocks and join these by edges."""
    starts = _starts(instructions)
    of_instruction = np.cumsum(starts, dtype=np.int32) - np.int32(1)
    firsts = np.flatnonzero(starts).astype(np.int32)
    lasts = np.append(firsts, len(instructions))[1:].astype(np.int32) - np.int32(1)
    can_raise = CAN_RAISE[instructions.opcodes]
    raising = np.logical_or.reduceat(can_raise, firsts) if len(firsts) else can_raise
    handlers = _handlers(instructions, of_instruction, len(firsts))
    is_handler = np.zeros(len(firsts), np.bool_)
    is_handler[of_instruction[instructions.handlers.targets]] = True
    ending = instructions.opcodes[lasts]
    sources, targets, kinds = _edges(instructions, of_instruction, lasts, np.where(raising, handlers, -1))
    return Blocks(
        of_instruction=of_instruction,
        firsts=firsts,
        lasts=lasts,
        units=instructions.units[firsts],
        can_raise=raising,
        handlers=handlers,
        is_handler=is_handler,
        is_exit=RETURNS[ending] | (RAISES[ending] & (handlers < 0)),
        sources=sources,
        targets=targets,
        kinds=kinds,
    )


def _starts(instructions: Instructions) -> Bool:
    starts = np.zeros(len(instructions) + 1, np.bool_)
    starts[instructions.firsts] = True
    starts[1:] |= ENDS_BLOCK[instructions.opcodes]
    starts[instructions.targets[instructions.targets >= 0]] = True
    table = instructions.handlers
    for bounds in (table.starts, table.ends, table.targets):
        starts[bounds] = True
    return starts[:-1]


def _handlers(instructions: Instructions, of_instruction: Numbers, count: int) -> Numbers:
    """The block that handles the exceptions of each block; entries of a table do not overlap."""
    table = instructions.handlers
    after = np.append(of_instruction, np.int32(count))
    begin, end = after[table.starts], after[table.ends]
    sizes = end - begin
    entries = np.repeat(np.arange(len(sizes)), sizes)
    within = np.arange(len(entries)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    handlers = np.full(count, -1, np.int32)
    handlers[begin[entries] + within] = after[table.targets][entries]
    return handlers


def _edges(
    instructions: Instructions, of_instruction: Numbers, lasts: Numbers, handlers: Numbers
) -> tuple[Numbers, Numbers, Numbers]:
    """Sources, targets and kinds."""
    ending = instructions.opcodes[lasts]
    goes_on = np.flatnonzero(~ENDS_PATH[ending])
    jumping = np.flatnonzero(JUMPS[ending])
    raising = np.flatnonzero(handlers >= 0)
    sources = np.concatenate([goes_on, jumping, raising]).astype(np.int32)
    jumped_to = of_instruction[instructions.targets[lasts[jumping]]]
    targets = np.concatenate([goes_on + 1, jumped_to, handlers[raising]]).astype(np.int32)
    caught = np.full(len(raising), _EXCEPTION)
    kinds = np.concatenate([NEXT_KINDS[ending[goes_on]], JUMP_KINDS[ending[jumping]], caught]).astype(np.int32)
    order = np.lexsort((kinds, sources))
    return sources[order], targets[order], kinds[order]
