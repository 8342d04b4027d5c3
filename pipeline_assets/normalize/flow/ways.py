"""The ways between the blocks of bytecode, before blocks that evaluate nothing are taken out.

Beside the blocks there are points without instructions: an exit and an entry per code unit, and one before each end of
an asynchronous loop, where the exception that ends it becomes the loop's end. Points are numbered on behind the blocks.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from pipeline_assets.extract.producers.bytecode.opcodes import EDGE_KINDS, RETURNS
from pipeline_assets.normalize.flow import operations as op
from pipeline_assets.normalize.flow.arrays import Bool, Codes, Places
from pipeline_assets.normalize.flow.program import Program


class Label(IntEnum):
    """What an ordinary way depends on, or why it is taken."""

    NEXT = 0
    TRUE = 1
    FALSE = 2
    ITEM = 3
    EXHAUSTED = 4
    NONE = 5
    NOT_NONE = 6
    RESUME = 7
    RETURN = 8
    AWAIT = 9
    YIELD = 10
    ENDED = 11
    """An asynchronous iterator raised that it has no more."""


class Cause(IntEnum):
    """Who takes a way."""

    ORDINARY = 0
    """The block, when it is done."""
    RAISING = 1
    """Any node of the block that raises."""
    RERAISING = 2
    """The block, when it is done: its last instruction raises."""
    LENDING = 3
    """The node before the block, whose value the block tests or awaits."""


LABELS = {"next": Label.NEXT, "jump": Label.NEXT, "true": Label.TRUE, "false": Label.FALSE, "item": Label.ITEM}
LABELS |= {"exhausted": Label.EXHAUSTED, "none": Label.NONE, "not_none": Label.NOT_NONE, "resume": Label.RESUME}
_LABELS = np.array([LABELS.get(kind, Label.NEXT) for kind in EDGE_KINDS])
_EXCEPTION, _ITEM = EDGE_KINDS.index("exception"), EDGE_KINDS.index("item")


@dataclass(frozen=True)
class Ways:
    """Ways between points by column."""

    sources: Places
    targets: Places
    labels: Codes
    causes: Codes

    @classmethod
    def joined(cls, *parts: tuple[Places, Places, Label | Codes, Cause]) -> Ways:
        """Ways of several sorts: sources, targets, what they depend on, who takes them."""
        return cls(
            sources=np.concatenate([sources for sources, _, _, _ in parts]),
            targets=np.concatenate([targets for _, targets, _, _ in parts]),
            labels=np.concatenate([np.broadcast_to(labels, len(sources)) for sources, _, labels, _ in parts]),
            causes=np.concatenate([np.full(len(sources), cause) for sources, _, _, cause in parts]),
        )

    def chosen(self, wanted: Bool | Places) -> Ways:
        """Some of the ways."""
        return Ways(self.sources[wanted], self.targets[wanted], self.labels[wanted], self.causes[wanted])


@dataclass(frozen=True)
class Points:
    """How the points behind the blocks are numbered."""

    blocks: int
    units: int
    ends: Places
    """Blocks that begin with the end of an asynchronous loop."""

    @property
    def exits(self) -> Places:
        """The exit of each unit."""
        return np.arange(self.blocks, self.blocks + self.units)

    @property
    def entries(self) -> Places:
        """The entry of each unit."""
        return self.exits + self.units

    @property
    def before_ends(self) -> Places:
        """The point before each end of an asynchronous loop."""
        return self.blocks + 2 * self.units + np.arange(len(self.ends))

    @property
    def count(self) -> int:
        """Number of all points, blocks included."""
        return self.blocks + 2 * self.units + len(self.ends)


def points_of(program: Program) -> Points:
    """The points of a program."""
    ends = np.flatnonzero(program.opcodes[program.firsts[:-1]] == op.END_ASYNC_FOR)
    return Points(len(program.block_ids), len(program.unit_ids), ends)


def ways_of(program: Program, points: Points, lends: Bool) -> Ways:
    """All ways; `lends` tells the blocks that raise on behalf of the node before them."""
    endings = program.endings
    exits = points.exits[program.block_units]
    is_exception = program.kinds == _EXCEPTION
    raising, ordinary = np.flatnonzero(is_exception), np.flatnonzero(~is_exception & ~_turns(program))
    sources, targets = program.sources[raising], _handlers(program, points)[raising]
    reraises = endings[sources] == op.RERAISE
    lending = lends[sources]
    leaving = np.flatnonzero((endings == op.RERAISE) | (endings == op.RAISE_VARARGS))
    leaving = leaving[~np.isin(leaving, sources)]
    returning = np.flatnonzero(RETURNS[endings])
    suspending, why = _suspensions(program)
    entering = np.flatnonzero(program.is_entry)
    return Ways.joined(
        (program.sources[ordinary], program.targets[ordinary], _labels(program, ordinary), Cause.ORDINARY),
        (sources, targets, Label.NEXT, Cause.RAISING),
        (sources[reraises], targets[reraises], Label.NEXT, Cause.RERAISING),
        (sources[lending], targets[lending], Label.NEXT, Cause.LENDING),
        (leaving, exits[leaving], Label.NEXT, Cause.RERAISING),
        (returning, exits[returning], Label.RETURN, Cause.ORDINARY),
        (suspending, exits[suspending], why, Cause.ORDINARY),
        (points.entries[program.block_units[entering]], entering, Label.NEXT, Cause.ORDINARY),
        (points.before_ends, points.ends, Label.ENDED, Cause.ORDINARY),
        (*_raising_ends(program, points), Label.NEXT, Cause.RERAISING),
    )


def _turns(program: Program) -> Bool:
    """Ways into the loop that hands an awaited object's values on; what waits there is one suspension."""
    return (program.endings[program.sources] == op.SEND) & (program.kinds == _ITEM)  # type: ignore[no-any-return]


def _labels(program: Program, ways: Places) -> Codes:
    """An await's loop that ends goes on; so does a generator that was made."""
    labels = _LABELS[program.kinds[ways]].copy()
    endings = program.endings[program.sources[ways]]
    labels[(endings == op.SEND) | (endings == op.RETURN_GENERATOR)] = Label.NEXT
    return labels


def _handlers(program: Program, points: Points) -> Places:
    """Targets of all ways, as exceptions reach them: the point before the end of an asynchronous loop for the end."""
    entered = np.arange(points.blocks)
    entered[points.ends] = points.before_ends
    return entered[program.targets]


def _raising_ends(program: Program, points: Points) -> tuple[Places, Places]:
    """Any other exception than that there is no more passes the end of an asynchronous loop."""
    raising = np.flatnonzero(program.kinds == _EXCEPTION)
    before = np.full(points.blocks, -1)
    before[points.ends] = points.before_ends
    sources = before[program.sources[raising]]
    return sources[sources >= 0], _handlers(program, points)[raising][sources >= 0]


def _suspensions(program: Program) -> tuple[Places, Codes]:
    """Blocks where control may go to the caller for good, and whether by a yield or an await."""
    endings = program.endings
    looping = endings == op.SEND
    before = np.append(-1, program.opcodes)[program.lasts]
    yields = (endings == op.YIELD_VALUE) & (before != op.SEND)
    delegating = looping & op.DELEGATES[_awaited(program)]
    blocks = np.flatnonzero(looping | yields)
    return blocks, np.where((yields | delegating)[blocks], Label.YIELD, Label.AWAIT)


def _awaited(program: Program) -> Codes:
    """By block, the instruction in it or before it that last made something to await; 0 for none."""
    makers = np.flatnonzero((op.AWAITS | op.DELEGATES)[program.opcodes])
    places = np.searchsorted(makers, program.lasts, "right") - 1
    return np.where(places >= 0, program.opcodes[np.append(makers, 0)[places]], 0)
