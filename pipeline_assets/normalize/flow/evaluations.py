"""Which nodes each block evaluates, in which order, and which of them may raise.

A node is evaluated by every instruction that does its own work and is completed by the last of these in a block. What
only moves control or tidies the stack evaluates nothing: jumps and tests (the tested value was made before), prologues
and implicit returns, the unwinding of handlers, short-circuit operators and conditional expressions, which are nothing
but flow, and statements that only hold others.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pipeline_assets.extract.producers.bytecode.opcodes import CAN_RAISE, RETURNS
from pipeline_assets.normalize.flow import operations as op
from pipeline_assets.normalize.flow.arrays import Bool, Ids, Places, bounds
from pipeline_assets.normalize.flow.program import COMPREHENSIONS, Program, Syntax
from pipeline_assets.normalize.flow.regions import statements

LATER = 4
"""Steps in the order of evaluation between one instruction and the next."""


@dataclass(frozen=True)
class Evaluations:
    """Nodes by block in order of completion."""

    blocks: Places
    nodes: Ids
    instructions: Places
    """The last instruction that does the node's work in the block."""
    raises: Bool
    openings: Places
    """By block: the first instruction that evaluates something, -1 in a block where none does."""
    lends: Bool
    """By block: whether it evaluates nothing but tests or awaits what the block before it made, and that may raise."""
    bounds: Places
    """Where the rows of each block start, and where the last one's end."""

    @property
    def is_kept(self) -> Bool:
        """By block: whether it evaluates something."""
        return self.openings >= 0

    @property
    def last_nodes(self) -> Ids:
        """By block: the node that is completed last, -1 in a block that evaluates none."""
        return np.where(self.is_kept, np.append(self.nodes, -1)[self.bounds[1:] - 1], -1)

    @property
    def first_nodes(self) -> Ids:
        """By block: the node that is completed first, -1 in a block that evaluates none."""
        return np.where(self.is_kept, np.append(self.nodes, -1)[self.bounds[:-1]], -1)


@dataclass(frozen=True)
class _Rows:
    """One row per instruction and node whose work it does, in order of evaluation."""

    keys: Ids
    instructions: Places
    nodes: Ids
    blocks: Places
    raises: Bool

    def chosen(self, wanted: Places) -> _Rows:
        """Some of the rows."""
        columns = (self.keys[wanted], self.instructions[wanted], self.nodes[wanted], self.blocks[wanted])
        return _Rows(*columns, self.raises[wanted])


def evaluating(program: Program, syntax: Syntax) -> Bool:
    """Whether each instruction evaluates the node it belongs to."""
    opcodes, nodes = program.opcodes, program.nodes
    found = program.works & (nodes >= 0) & ~op.SILENT[opcodes]
    found &= ~((opcodes == op.YIELD_VALUE) & (np.append(-1, opcodes[:-1]) == op.SEND))  # a turn of an await's loop
    found[_gathering(program)] = False
    found[_wrapping(program)] = False
    found &= ~_is_own_scope(program, syntax)
    found[_at(program, syntax, op.STORES, *COMPREHENSIONS)] = False  # gives back what an inlined one hid
    found[_at(program, syntax, op.GROUPS, "ExceptHandler")] = False
    found[_clearing(program, syntax)] = False
    found[program.preceding(np.flatnonzero(opcodes == op.CALL_KW), op.EXTENDED_ARG)] = False  # names of keywords
    found[_at(program, syntax, op.COPIES, "NamedExpr")] = True
    ends = _at(program, syntax, op.ENDS_LOOP, *COMPREHENSIONS)
    found[ends[nodes[ends] != program.scopes[ends]]] = True  # where an inlined comprehension's value is there
    return found


def evaluations(program: Program, syntax: Syntax, is_evaluating: Bool) -> Evaluations:
    """The nodes that each block evaluates."""
    rows = _rows(program, is_evaluating, ~syntax.is_kind(program.second_nodes, *COMPREHENSIONS))
    openings = np.full(len(program.block_ids), -1)
    openings[rows.blocks[::-1]] = rows.instructions[::-1]
    lends = _attribute_tests(program, rows)
    rows = _completed(_joined(rows))
    return Evaluations(
        blocks=rows.blocks,
        nodes=rows.nodes,
        instructions=rows.instructions,
        raises=rows.raises,
        openings=openings,
        lends=lends & (openings < 0),
        bounds=bounds(rows.blocks, len(program.block_ids)),
    )


def settled(program: Program, syntax: Syntax) -> Program:
    """The same program, where every version says alike that a generator expression yields, and not its element."""
    yields = np.flatnonzero(program.opcodes == op.YIELD_VALUE)
    scopes = program.scopes[yields]
    inside = syntax.is_kind(scopes, "GeneratorExp") & (program.opcodes[yields - 1] != op.SEND)
    nodes, works = program.nodes.copy(), program.works.copy()
    nodes[yields[inside]], works[yields[inside]] = scopes[inside], True
    return replace(program, nodes=nodes, works=works)


def keep(program: Program, syntax: Syntax, is_evaluating: Bool, blocks: Places) -> tuple[Program, Bool]:
    """Have blocks that evaluate nothing stand for the loop they are in: for the scope, where none is known."""
    kept = program.lasts[blocks]
    loops = statements(syntax, "While")
    found = np.full(len(kept), -1)
    for instructions in (program.firsts[blocks], kept):
        around = np.append(loops.starts, -1)[loops.innermost(program.nodes[instructions])]
        found = np.where(found < 0, around, found)
    nodes, is_evaluating = program.nodes.copy(), is_evaluating.copy()
    nodes[kept] = np.where(found < 0, program.scopes[kept], found)
    is_evaluating[kept] = True
    return replace(program, nodes=nodes), is_evaluating


def _is_own_scope(program: Program, syntax: Syntax) -> Bool:
    """Whether an instruction belongs to the scope it runs in: entering and leaving it evaluates nothing.

    A comprehension with a code unit of its own is the exception: all of its iteration is in there.
    """
    iterates = syntax.is_kind(program.unit_scopes, *COMPREHENSIONS)
    units = program.block_units[program.blocks]
    own = program.nodes == program.scopes
    return own & (~iterates[units] | RETURNS[program.opcodes])  # type: ignore[no-any-return]


def _gathering(program: Program) -> Places:
    """What adds to the collection of a comprehension, or to that of an `except*`; a display's own does not count.

    The value lies right above a display's collection, and is made just before.
    """
    places = np.flatnonzero(op.GATHERS[program.opcodes])
    before, earlier = (program.opcodes[places - distance] for distance in (1, 2))
    is_made = ~op.LEAVES_NOTHING[before] | (op.TIDIES[before] & op.TIDIES[earlier])  # as behind `a < b < c`
    return places[(program.arguments[places] > 1) | ~is_made]


def _wrapping(program: Program) -> Places:
    """What an asynchronous generator does with a value before it yields it, sometimes at the place of the value."""
    places = np.flatnonzero(program.opcodes == op.YIELD_VALUE) - 1
    places = places[op.WRAPS[program.opcodes[places]]]
    arguments = program.arguments[places]
    return places[(arguments < 0) | np.isin(arguments, op.WRAPPING)]


def _at(program: Program, syntax: Syntax, opcodes: Bool, *kinds: str) -> Places:
    """The instructions of these opcodes that belong to nodes of these kinds."""
    places = np.flatnonzero(opcodes[program.opcodes] & (program.nodes >= 0))
    return places[syntax.is_kind(program.nodes[places], *kinds)]


def _clearing(program: Program, syntax: Syntax) -> Places:
    """`e = None; del e` behind a handler that binds `e`."""
    deletes = _at(program, syntax, op.DELETES, "ExceptHandler")
    stores = program.preceding(deletes, op.EXTENDED_ARG)
    return np.concatenate([deletes, stores, program.preceding(stores, op.EXTENDED_ARG)])


def _rows(program: Program, is_evaluating: Bool, is_second: Bool) -> _Rows:
    """A named expression is completed behind the store to its name, though it only copies the value before."""
    first = np.flatnonzero(is_evaluating)
    keys = first * LATER
    copies = program.opcodes[first] == op.COPY
    keys[copies] = program.following(first[copies], op.EXTENDED_ARG) * LATER + 1
    second = program.second_instructions[is_second]
    instructions = np.concatenate([first, second])
    keys = np.concatenate([keys, second * LATER + 2])
    order = np.argsort(keys, kind="stable")
    instructions, keys = instructions[order], keys[order]
    nodes = np.concatenate([program.nodes[first], program.second_nodes[is_second]])[order]
    opcodes = program.opcodes[instructions]
    before = program.opcodes[np.maximum(instructions - 1, 0)]
    raises = (CAN_RAISE & ~op.NONE_JUMPS)[opcodes] | ((opcodes == op.UNARY_NOT) & (before == op.TO_BOOL))
    return _Rows(keys, instructions, nodes, program.blocks[instructions], raises)


def _attribute_tests(program: Program, rows: _Rows) -> Bool:
    """Asking for the truth of a value may raise: on behalf of the node completed before, in this block or an earlier
    one; those blocks are returned. An await's loop is of the same kind."""
    tests = np.flatnonzero((op.TESTS & CAN_RAISE | op.LENDS)[program.opcodes])
    places = np.searchsorted(rows.keys, tests * LATER, "right") - 1
    blocks = program.blocks[tests]
    here = (places >= 0) & (np.append(rows.blocks, -1)[places] == blocks)
    rows.raises[places[here]] = True
    lends = np.zeros(len(program.block_ids), np.bool_)
    lends[blocks[~here]] = True
    return lends


def _joined(rows: _Rows) -> _Rows:
    """Runs of instructions that work on one node in one block as one row."""
    if not len(rows.nodes):
        return rows
    differs = (np.diff(rows.nodes) != 0) | (np.diff(rows.blocks) != 0)
    starts = np.flatnonzero(np.append(True, differs))
    return _merged(rows, np.arange(len(rows.nodes)), starts)


def _completed(rows: _Rows) -> _Rows:
    """One row per node and block, where the node is completed."""
    if not len(rows.nodes):
        return rows
    order = np.argsort(rows.nodes, kind="stable")
    differs = (np.diff(rows.nodes[order]) != 0) | (np.diff(rows.blocks[order]) != 0)
    merged = _merged(rows, order, np.flatnonzero(np.append(True, differs)))
    return merged.chosen(np.argsort(merged.keys, kind="stable"))


def _merged(rows: _Rows, order: Places, starts: Places) -> _Rows:
    """The last row of each group, which raises if one of the group does."""
    last = rows.chosen(order[np.append(starts[1:], len(order)) - 1])
    return replace(last, raises=np.logical_or.reduceat(rows.raises[order], starts))
