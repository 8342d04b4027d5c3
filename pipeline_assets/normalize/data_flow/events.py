"""What each instruction does to variables: the events, in the order of the code, before variables are told apart."""

from __future__ import annotations

import dis
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline_assets.extract.producers.bytecode.opcodes import PAIRED, opcodes_named
from pipeline_assets.normalize.data_flow.code import NONE, Bools, Code, Ints, numbers, places
from pipeline_assets.normalize.data_flow.inlined import Inlined
from pipeline_assets.normalize.data_flow.names import (
    ANNOTATIONS,
    CLASS,
    CLASS_CELL,
    MODULE,
    MODULE_NAME,
    STAR_NAME,
    Names,
)
from pipeline_assets.normalize.data_flow.operations import (
    DEFINITION,
    DELETION,
    NAME,
    NOTHING,
    ROLES,
    SLOT,
    STAR,
    STORAGES,
    STORES_FIRST,
    USE,
)

PARAMETER, CLOSURE, STATED, MADE_CLASS = range(4)
"""How an event comes about: with the call, with the closure, by an instruction, by making the class."""

Codes = npt.NDArray[np.int8]

_LOADS_LOCAL = opcodes_named("LOAD_FAST")
_EXTENDED_ARG = dis.opmap["EXTENDED_ARG"]
_BOOKKEEPING = ("__classcell__", "__classdictcell__", "__classdict__", "__conditional_annotations__")


@dataclass(frozen=True, slots=True)
class Events:
    """One place an event, in the order of units and then of instructions; those at entry come first."""

    units: Ints
    instructions: Ints
    """`NONE` for those at entry."""
    parts: Codes
    roles: Codes
    storages: Codes
    names: Ints
    owners: Ints
    """The instruction that made room for a comprehension's own variable; `NONE` for others."""
    origins: Codes
    ends_handler: Bools
    """Whether it deletes the name of `except … as` at the end of the handler."""

    def __len__(self) -> int:
        return len(self.units)

    def join(self, other: Events) -> Events:
        """These and then those."""
        return Events(*(np.concatenate([getattr(self, name), getattr(other, name)]) for name in self.__slots__))

    def take(self, chosen: Ints | Bools) -> Events:
        """Some of the events."""
        return Events(*(getattr(self, name)[chosen] for name in self.__slots__))


def find_events(code: Code, inputs: Mapping[str, pa.Table], names: Names, inlined: Inlined) -> Events:
    """Events at entry and by instruction, without what only the compiler means."""
    stated, kept = _stated(code, inputs, names, inlined)
    parameters, closures = _parameters(inputs, names), _closures(names)
    joined = parameters.join(closures).join(stated)
    hidden = np.array([name.startswith(".") or name in _BOOKKEEPING for name in names.spelled])
    is_meant = ~hidden[joined.names]
    is_meant[len(is_meant) - len(kept) :] &= kept
    chosen = np.flatnonzero(is_meant)
    return joined.take(chosen[np.argsort(joined.units[chosen], kind="stable")])


def _parameters(inputs: Mapping[str, pa.Table], names: Names) -> Events:
    units = inputs["units"]
    counts = sum(
        (numbers(units, name) for name in ("argcount", "kwonlyargcount")),
        start=np.zeros(units.num_rows, np.int64),
    )
    for name in ("is_varargs", "is_varkeywords"):
        counts = counts + units[name].to_numpy()
    listed = names.variables
    chosen = listed.positions < counts[listed.units]
    return _at_entry(listed.units[chosen], listed.names[chosen], PARAMETER)


def _closures(names: Names) -> Events:
    return _at_entry(names.free.units, names.free.names, CLOSURE)


def _at_entry(units: Ints, names: Ints, origin: int) -> Events:
    nowhere, nothing = np.full(len(units), NONE), np.zeros(len(units), np.int8)
    return Events(
        units, nowhere, nothing, nothing + DEFINITION, nothing + SLOT, names, nowhere, nothing + origin, nothing > 0
    )


def _stated(code: Code, inputs: Mapping[str, pa.Table], names: Names, inlined: Inlined) -> tuple[Events, Bools]:
    """Both parts of every operation on variables, in order, and which of them the program means."""
    rows = places(code.instruction_ids, numbers(inputs["named"], "instruction_id"))
    opcodes = code.opcodes[rows]
    paired = PAIRED[opcodes]
    which = np.repeat(np.arange(len(rows)), 1 + paired)
    parts = np.zeros(len(which), np.int8)
    parts[1:] = which[1:] == which[:-1]
    instructions = rows[which]
    roles = ROLES[opcodes[which]]
    roles[paired[which] & (parts == 0)] = USE
    roles[STORES_FIRST[opcodes[which]] & (parts == 0)] = DEFINITION
    owners, kept = _apply(inlined, instructions, parts)
    found = Events(
        units=code.unit_of[instructions],
        instructions=instructions,
        parts=parts,
        roles=roles,
        storages=STORAGES[opcodes[which]],
        names=np.where(parts == 1, names.seconds[which], names.arguments[which]),
        owners=owners,
        origins=np.full(len(which), STATED, np.int8),
        ends_handler=np.zeros(len(which), np.bool_),
    )
    _rename(code, found)
    spans = np.stack([numbers(inputs["named"], "bstart")[which], numbers(inputs["named"], "bend")[which]])
    kept &= ~_captures(code, found, names, inlined)
    cleanup = _is_cleanup(code, found, spans)
    found.ends_handler[1:] = cleanup[:-1]
    kept &= ~cleanup
    kept &= ~_is_annotating(code, found, inputs["anchors"])
    kept &= ~_is_heading(code, found)
    kept &= found.roles != NOTHING
    return found, kept


def _apply(inlined: Inlined, instructions: Ints, parts: Codes) -> tuple[Ints, Bools]:
    """Owners of comprehensions' variables, and what is more than keeping variables."""
    owners, kept = np.full(len(parts), NONE), np.ones(len(parts), np.bool_)
    keys = 2 * instructions + parts
    for (instruction, part), owner in inlined.owners.items():
        owners[np.searchsorted(keys, 2 * instruction + part)] = owner
    for instruction, part in inlined.restores:
        kept[np.searchsorted(keys, 2 * instruction + part)] = False
    return owners, kept


def _rename(code: Code, found: Events) -> None:
    """Name what operations mean that do not spell it: star imports, annotations, the cell for `__class__`."""
    found.names[found.roles == STAR] = STAR_NAME
    found.names[opcodes_named("SETUP_ANNOTATIONS")[code.opcodes[found.instructions]]] = ANNOTATIONS
    cells = (found.names == CLASS_CELL) & (found.roles == DEFINITION) & (found.storages == NAME)
    found.names[cells], found.storages[cells], found.origins[cells] = CLASS, SLOT, MADE_CLASS


def _captures(code: Code, found: Events, names: Names, inlined: Inlined) -> Bools:
    """Loads of a cell itself, to be given to an inner function (from 3.13 on; before, they have their own opcode)."""
    loads = _LOADS_LOCAL[code.opcodes[found.instructions]]
    width = len(names.spelled) + 1
    listed = [lists.units * width + lists.names for lists in (names.cells, names.free)]
    is_cell = loads & np.isin(found.units * width + found.names, np.concatenate(listed))
    inside = np.isin(found.instructions, np.array([*inlined.captures], np.int64))
    captures: Bools = np.where(found.owners == NONE, is_cell, inside)
    return captures


def _is_cleanup(code: Code, found: Events, spans: Ints) -> Bools:
    """The `e = None` in front of the `del e` at the end of `except … as e`: one place for both, or none."""
    follows = np.zeros(len(found), np.bool_)
    after = found.instructions[:-1] + 1
    is_prefix = code.opcodes[np.minimum(after, len(code.opcodes) - 1)] == _EXTENDED_ARG
    next_to = found.instructions[1:] - is_prefix == after
    follows[:-1] = (
        next_to
        & (found.roles[:-1] == DEFINITION)
        & (found.roles[1:] == DELETION)
        & (found.names[:-1] == found.names[1:])
        & (found.storages[:-1] == found.storages[1:])
        & (spans[:, :-1] == spans[:, 1:]).all(axis=0)
    )
    return follows


def _is_annotating(code: Code, found: Events, anchors: pa.Table) -> Bools:
    """Reads of `__annotations__` by an annotated assignment: the same statement stores the item."""
    reads = np.flatnonzero((found.names == ANNOTATIONS) & (found.roles == USE) & (found.storages == NAME))
    instructions = found.instructions[reads]
    nodes = _nodes(code, anchors, instructions)
    for _ in range(2):
        instructions = instructions + 1
        while (is_prefix := code.opcodes[instructions] == _EXTENDED_ARG).any():
            instructions = instructions + is_prefix
    is_compiled = (code.opcodes[instructions] == dis.opmap["STORE_SUBSCR"]) & (
        _nodes(code, anchors, instructions) == nodes
    )
    found_there = np.zeros(len(found), np.bool_)
    found_there[reads[is_compiled]] = True
    return found_there


def _nodes(code: Code, anchors: pa.Table, instructions: Ints) -> Ints:
    found: Ints = numbers(anchors, "node_id")[
        places(numbers(anchors, "instruction_id"), code.instruction_ids[instructions])
    ]
    return found


def _is_heading(code: Code, found: Events) -> Bools:
    """The read of `__name__` with which a class body starts, to set `__module__`."""
    is_read = (found.names[:-1] == MODULE_NAME) & (found.roles[:-1] == USE)
    is_set = (found.names[1:] == MODULE) & (found.roles[1:] == DEFINITION)
    next_to = found.instructions[1:] - found.instructions[:-1] == 1
    starts = code.block_of[found.instructions[:-1]] == code.first_blocks[found.units[:-1]]
    is_class = code.is_class[found.units[:-1]]
    heads = np.zeros(len(found), np.bool_)
    heads[:-1] = is_read & is_set & next_to & starts & is_class
    return heads
