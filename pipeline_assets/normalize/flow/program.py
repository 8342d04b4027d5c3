"""The bytecode of a batch of files, and the syntax nodes that matter to its flow, as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pipeline_assets.extract.producers.bytecode.opcodes import EDGE_KINDS
from pipeline_assets.normalize.flow.arrays import Bool, Codes, Ids, Places, booleans, codes, find, numbers, place_of

COMPREHENSIONS = ("ListComp", "SetComp", "DictComp", "GeneratorExp")
WITHS = ("With", "AsyncWith")
LOOPS = ("For", "AsyncFor", "While")
TRIES = ("Try", "TryStar")
DEFINITIONS = ("FunctionDef", "AsyncFunctionDef", "ClassDef")
NOTED_KINDS = (
    *(*COMPREHENSIONS, *WITHS, *LOOPS, *TRIES, *DEFINITIONS),
    *("ExceptHandler", "NamedExpr", "MatchSingleton", "Compare"),
)
"""Kinds of syntax nodes that the flow has to tell apart; of comparisons only those by identity or membership."""

OPERATORS = ("Is", "IsNot", "In", "NotIn")
IS, IS_NOT, IN, NOT_IN = range(len(OPERATORS))
IS_CHAIN = len(OPERATORS)
"""Several comparisons in a row of which the last is `is`."""

PARTS = ("body", "orelse", "finalbody")
"""Fields that hold statements of which the first is noted."""


@dataclass(frozen=True)
class Syntax:
    """The noted nodes, and the first statement of every body."""

    nodes: Ids
    kinds: Codes
    ends: Ids
    """Ids from the node to before this one are the node and those below it."""
    bstarts: Ids
    lines: Ids
    operators: Codes
    """Positions in `OPERATORS`, of comparisons."""
    firsts: Ids
    """First statements of bodies."""
    first_parents: Ids
    first_parts: Codes
    first_bstarts: Ids
    first_lines: Ids

    @classmethod
    def read(cls, table: pa.Table) -> Syntax:
        """From the projection of `ast_nodes`."""
        kinds = codes(table["kind"], NOTED_KINDS)
        noted = table.filter(kinds >= 0)
        firsts = table.filter(booleans(table["is_first"]))
        return cls(
            nodes=numbers(noted["node_id"]),
            kinds=kinds[kinds >= 0],
            ends=numbers(noted["subtree_end"]),
            bstarts=numbers(noted["bstart"]),
            lines=numbers(noted["line"]),
            operators=_operators(noted["ctx"]),
            firsts=numbers(firsts["node_id"]),
            first_parents=numbers(firsts["parent_id"]),
            first_parts=codes(firsts["field"], PARTS),
            first_bstarts=numbers(firsts["bstart"]),
            first_lines=numbers(firsts["line"]),
        )

    def is_kind(self, nodes: Ids, *kinds: str) -> Bool:
        """Whether these nodes are of one of these kinds, which are noted."""
        wanted = np.zeros(len(NOTED_KINDS) + 1, np.bool_)
        wanted[[NOTED_KINDS.index(kind) for kind in kinds]] = True
        places = find(self.nodes, nodes)
        return wanted[np.append(self.kinds, len(NOTED_KINDS))[places]]  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Program:
    """Code units, blocks and instructions by place; the instructions of a block stand together.

    Code that the compiler kept though nothing loads it, such as a comprehension behind a `return`, runs no scope that
    is known and is left out: the syntax tells of its flow.
    """

    unit_ids: Ids
    unit_scopes: Ids
    """The syntax node whose scope each unit runs."""
    unit_roles: list[str]
    """Which of the node's scopes."""
    block_ids: Ids
    block_units: Places
    is_entry: Bool
    firsts: Places
    """First instruction of each block, and at the end the number of all instructions."""
    instruction_ids: Ids
    blocks: Places
    """The block of each instruction."""
    opcodes: Codes
    arguments: Ids
    spans: tuple[Ids, Ids, Ids, Ids]
    """First byte, byte after the last, first line, last line."""
    nodes: Ids
    """The syntax node that each instruction belongs to, -1 for none."""
    works: Bool
    """Whether the instruction does its node's own work."""
    second_instructions: Places
    """Fused instructions that do the work of a second node."""
    second_nodes: Ids
    sources: Places
    """Edges between blocks."""
    targets: Places
    kinds: Codes
    """Positions in `EDGE_KINDS`."""

    @classmethod
    def read(cls, inputs: Mapping[str, pa.Table]) -> Program:
        """From the projections of the bytecode tables and `anchors`."""
        blocks, instructions, edges = inputs["blocks"], inputs["instructions"], inputs["edges"]
        files, counts = np.unique(numbers(instructions["file_id"]), return_counts=True)
        starts = np.append(place_of(files, counts, numbers(blocks["first_instruction_id"])), len(instructions))
        owners = numbers(blocks["code_unit_id"])
        kept = np.isin(owners, numbers(inputs["units"]["code_unit_id"]))
        lengths = np.diff(starts)
        living = np.repeat(kept, lengths)
        block_ids, owners, lengths = numbers(blocks["block_id"])[kept], owners[kept], lengths[kept]
        unit_ids = np.unique(owners)
        scopes, roles = _scopes(inputs["units"], unit_ids)
        nodes, works = _anchored(inputs["anchors"], files, counts)
        seconds = inputs["second_anchors"]
        of_seconds = place_of(files, counts, numbers(seconds["instruction_id"]))
        sources, targets = (find(block_ids, numbers(edges[end])) for end in ("src_block_id", "dst_block_id"))
        inside = (sources >= 0) & (targets >= 0)
        return cls(
            unit_ids=unit_ids,
            unit_scopes=scopes,
            unit_roles=roles,
            block_ids=block_ids,
            block_units=np.searchsorted(unit_ids, owners),
            is_entry=booleans(blocks["is_entry"])[kept],
            firsts=np.append(0, np.cumsum(lengths)),
            instruction_ids=numbers(instructions["instruction_id"])[living],
            blocks=np.repeat(np.arange(len(block_ids)), lengths),
            opcodes=numbers(instructions["opcode"])[living],
            arguments=numbers(instructions["arg"])[living],
            spans=tuple(numbers(instructions[name])[living] for name in ("bstart", "bend", "line", "end_line")),  # type: ignore[arg-type]
            nodes=nodes[living],
            works=works[living],
            second_instructions=(np.cumsum(living) - 1)[of_seconds[living[of_seconds]]],
            second_nodes=numbers(seconds["node_id"])[living[of_seconds]],
            sources=sources[inside],
            targets=targets[inside],
            kinds=codes(edges["kind"], EDGE_KINDS)[inside],
        )

    @property
    def lasts(self) -> Places:
        """Last instruction of each block."""
        return self.firsts[1:] - 1

    @property
    def endings(self) -> Codes:
        """Opcode of each block's last instruction."""
        return self.opcodes[self.lasts]

    def having(self, opcode: int) -> Bool:
        """Whether each block has an instruction of this opcode."""
        found = np.zeros(len(self.block_ids), np.bool_)
        found[self.blocks[self.opcodes == opcode]] = True
        return found

    def following(self, instructions: Places, skipped: int) -> Places:
        """The instructions behind these, past those of the opcode `skipped`."""
        return self._beside(instructions, skipped, 1)

    def preceding(self, instructions: Places, skipped: int) -> Places:
        """The instructions before these, past those of the opcode `skipped`."""
        return self._beside(instructions, skipped, -1)

    @property
    def scopes(self) -> Ids:
        """The syntax node whose scope each instruction runs in."""
        return self.unit_scopes[self.block_units[self.blocks]]

    def _beside(self, instructions: Places, skipped: int, step: int) -> Places:
        beside = instructions + step
        while len(skipping := np.flatnonzero(self.opcodes[beside] == skipped)):
            beside[skipping] += step
        return beside


def _operators(column: pa.ChunkedArray) -> Codes:
    """What each comparison compares by; -1 for none of these."""
    encoded = column.combine_chunks().dictionary_encode()
    encoded = encoded if isinstance(encoded, pa.Array) else pa.concat_arrays(encoded.chunks)
    words = [_operator(text) for text in encoded.dictionary.to_pylist()]
    operators: Codes = np.array([*words, -1])[encoded.indices.fill_null(-1).to_numpy()]
    return operators


def _operator(text: str) -> int:
    *before, last = text.split(",")
    if before:
        return IS_CHAIN if last == "Is" else -1
    return OPERATORS.index(last) if last in OPERATORS else -1


def _anchored(anchors: pa.Table, files: Ids, counts: Ids) -> tuple[Ids, Bool]:
    count = int(counts.sum())
    nodes, works = np.full(count, -1), np.zeros(count, np.bool_)
    places = place_of(files, counts, numbers(anchors["instruction_id"]))
    nodes[places] = numbers(anchors["node_id"])
    works[places] = booleans(anchors["is_evaluation"])
    return nodes, works


def _scopes(units: pa.Table, unit_ids: Ids) -> tuple[Ids, list[str]]:
    """The scope of each unit and its role."""
    wanted = units.filter(np.isin(numbers(units["code_unit_id"]), unit_ids))
    wanted = wanted.take(np.argsort(numbers(wanted["code_unit_id"])))
    return numbers(wanted["scope_node"]), wanted["role"].to_pylist()
