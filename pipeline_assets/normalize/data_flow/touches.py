"""Reads and writes variable by variable and block by block: what is settled in a block, and what its start decides."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline_assets.normalize.data_flow.code import NONE, Bools, Code, Ints
from pipeline_assets.normalize.data_flow.events import CLOSURE, Events
from pipeline_assets.normalize.data_flow.operations import DEFINITION, DELETION, STAR, USE
from pipeline_assets.normalize.data_flow.variables import Variables


@dataclass(frozen=True, slots=True)
class Touches:
    """Events of variables in the order of variables, then of the code; closures and star imports are not among them.

    Parameters are defined in front of a code unit's first instruction.
    """

    events: Ints
    variables: Ints
    blocks: Ints
    instructions: Ints
    kills: Bools
    """Definitions and deletions: what was before does not reach beyond."""
    defines: Bools
    reads: Bools
    """Uses, and deletions, which need a value to be there."""
    firsts: Ints
    """The first touch of the same variable in the same block."""
    previous: Ints
    """The last definition or deletion of the variable before, in the same block; `NONE` if there is none."""

    def __len__(self) -> int:
        return len(self.events)


def find_touches(code: Code, events: Events, variables: Variables) -> Touches:
    """Put the events in order, and find what each one sees in its own block."""
    chosen = np.flatnonzero((events.origins != CLOSURE) & (events.roles != STAR))
    chosen = chosen[np.argsort(variables.of_event[chosen], kind="stable")]
    found, instructions, roles = variables.of_event[chosen], events.instructions[chosen], events.roles[chosen]
    entry = instructions == NONE
    entered = code.first_blocks[events.units[chosen]]
    instructions = np.where(entry, code.block_starts[entered] - 1, instructions)
    blocks = np.where(entry, entered, code.block_of[instructions])
    is_first = np.ones(len(chosen), np.bool_)
    is_first[1:] = (found[1:] != found[:-1]) | (blocks[1:] != blocks[:-1])
    order = np.arange(len(chosen))
    firsts = np.maximum.accumulate(np.where(is_first, order, 0))
    kills = (roles == DEFINITION) | (roles == DELETION)
    last = np.maximum.accumulate(np.where(kills, order, NONE))
    previous = np.concatenate(([NONE], last[:-1]))[: len(chosen)]
    return Touches(
        events=chosen,
        variables=found,
        blocks=blocks,
        instructions=instructions,
        kills=kills,
        defines=roles == DEFINITION,
        reads=(roles == USE) | (roles == DELETION),
        firsts=firsts,
        previous=np.where(previous >= firsts, previous, NONE),
    )
