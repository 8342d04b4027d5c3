"""Which syntax node each instruction of the bytecode belongs to, and which statements have none."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
from ibis.expr.types import Table

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.anchoring.code import Code, Units
from pipeline_assets.normalize.anchoring.columns import Bool, Rows
from pipeline_assets.normalize.anchoring.copies import Occurrences, copy_numbers
from pipeline_assets.normalize.anchoring.fused import second_names
from pipeline_assets.normalize.anchoring.kinds import CLEANING, FLOWING, INLINABLE, SHUFFLING
from pipeline_assets.normalize.anchoring.locate import locate
from pipeline_assets.normalize.anchoring.owners import correct_owners
from pipeline_assets.normalize.anchoring.reach import Edges, read_edges
from pipeline_assets.normalize.anchoring.siblings import number_aliases
from pipeline_assets.normalize.anchoring.silence import KINDS, silence_kinds
from pipeline_assets.normalize.anchoring.silence import silent_statements as find_silent
from pipeline_assets.normalize.anchoring.state import CODE_OF, NONE, REASONS, RULES, Anchors
from pipeline_assets.normalize.anchoring.syntax import Syntax
from pipeline_assets.normalize.columns import FILE_ID, REPOSITORY
from pipeline_assets.pipes import graph_task

ANCHORS = Contract(
    name="anchors",
    layer="normalize",
    description="One row per instruction and syntax node whose work it does; EXTENDED_ARG is part of what follows.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("code_unit_id", "int64", "The code unit."),
        Column("scope_node", "int64", "The syntax node whose scope the code unit runs.", nullable=True),
        Column("instruction_id", "int64", "The instruction."),
        Column("part", "int8", "0; 1 for the second name of an instruction that does the work of two (3.13)."),
        Column("node_id", "int64", "The syntax node whose work is done; null for a reason.", nullable=True),
        Column(
            "rule",
            "string",
            "How the node was found. exact: it alone has the instruction's position in this scope; tie: several do, "
            "the operation tells; order: several do, they take turns; narrowed, pair, lazy: the compiler made the "
            "position from the node's or that of a part; next_name: the name after the first one of the instruction; "
            "the others move an operation that carries a neighbour's position to the node that it belongs to.",
            nullable=True,
            values=RULES,
        ),
        Column(
            "copy",
            "int32",
            "Which of the duplicates that the compiler made of the node's operation this is, in the order of the "
            "code, from 1; what only moves values on the stack, or waits, is not numbered.",
        ),
        Column("is_ambiguous", "boolean", "Whether the node, or which part of it is meant, is a guess."),
        Column(
            "is_evaluation",
            "boolean",
            "Whether the node's own work is done here; false for what only starts or ends its code, leaves it, "
            "cleans up, or applies a decorator.",
        ),
        Column(
            "reason",
            "string",
            "Why there is no node. exception_cleanup, jump, generator_end: made by the compiler, without a position; "
            "no_columns: a line is all that is known; no_node: no node of this scope is there; no_scope: nothing "
            "loads the code unit, or the file's syntax is not known.",
            nullable=True,
            values=REASONS,
        ),
    ),
    key=("instruction_id", "part"),
    local=("code_unit_id", "scope_node", "instruction_id", "node_id"),
    references=(
        Reference("file_id", "files", "file_id"),
        Reference("code_unit_id", "code_units", "code_unit_id"),
        Reference("scope_node", "ast_nodes", "node_id"),
        Reference("instruction_id", "instructions", "instruction_id"),
        Reference("node_id", "ast_nodes", "node_id"),
    ),
    query="SELECT rule, reason, count(*) FROM anchors GROUP BY ALL ORDER BY 3 DESC",
)

SILENT_STATEMENTS = Contract(
    name="silent_statements",
    layer="normalize",
    description="One row per outermost statement of a compiled file that no instruction belongs to.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("node_id", "int64", "The statement."),
        Column("scope_node", "int64", "The syntax node in whose scope it stands."),
        Column("code_unit_id", "int64", "The code unit that runs that scope, if it was compiled.", nullable=True),
        Column(
            "kind",
            "string",
            "Why there is no instruction, as far as the syntax around it tells: a constant, `pass`, `global` or "
            "`nonlocal`, or an annotation has no effect of its own; it is below a literal test or after a statement "
            "that never completes; it is a jump that was merged into others.",
            values=KINDS,
        ),
    ),
    key=("node_id",),
    local=("node_id", "scope_node", "code_unit_id"),
    references=(
        Reference("file_id", "files", "file_id"),
        Reference("node_id", "ast_nodes", "node_id"),
        Reference("scope_node", "ast_nodes", "node_id"),
        Reference("code_unit_id", "code_units", "code_unit_id"),
    ),
    query="SELECT kind, count(*) FROM silent_statements GROUP BY kind ORDER BY 2 DESC",
)

_SIDELINES = frozenset(
    CODE_OF[rule] for rule in ("prologue", "implicit_return", "class_epilogue", "decorator", "handler", "flow")
)
"""Rules of instructions that do no work of the node they belong to."""
_RESTING = frozenset({"Pass", "Break", "Continue", "Expr"})
"""Statements whose whole work is to go on, or to discard a value."""


class Anchored(NamedTuple):
    """Anchors, with what is needed to number copies."""

    anchors: Anchors
    edges: Edges


class Numbered(NamedTuple):
    """Occurrences with their copies, and whether those of second names are guesses."""

    anchors: Anchors
    occurrences: Occurrences
    guesses: Bool
    copies: Rows


def _select_code(
    instructions: Table, code_units: Table, unit_scopes: Table, ast_nodes: Table, blocks: Table, block_edges: Table
) -> dict[str, Table]:
    """Project nodes, instructions that do more than extend an argument, code units and edges between blocks."""
    kept = instructions.filter(instructions.opname != "EXTENDED_ARG")
    unused = blocks.filter(blocks.handler_block_id.notnull() & ~blocks.can_raise)
    columns = ("instruction_id", "file_id", "code_unit_id", "block_id", "opname", "arg", "bstart", "bend", "line")
    return {
        "instructions": kept.select(*columns, "argval"),
        "code_units": code_units.select("code_unit_id", "file_id", "line", "repository"),
        "unit_scopes": unit_scopes.select("code_unit_id", "file_id", "scope_node", "role"),
        "nodes": ast_nodes.select(
            *("node_id", "file_id", "parent_id", "subtree_end", "scope_node", "kind", "field", "ordinal"),
            *("bstart", "bend", "line", "end_line", "name", "alias", "value", "value_kind", "ctx"),
        ),
        "edges": block_edges.select("file_id", "code_unit_id", "src_block_id", "dst_block_id"),
        "unused_handlers": unused.select("file_id", "code_unit_id", "block_id", "handler_block_id"),
    }


def _locate(inputs: dict[str, pa.Table]) -> Anchored:
    """Anchor each instruction to the node of its own scope at its position."""
    syntax = Syntax(inputs["nodes"])
    units = Units(inputs["code_units"], inputs["unit_scopes"], syntax)
    anchors = locate(syntax, units, Code(inputs["instructions"], units))
    return Anchored(anchors, read_edges(inputs["edges"], inputs["unused_handlers"]))


def _correct_owners(found: Anchored) -> Anchored:
    """Move operations that carry a neighbour's position to the node they belong to."""
    anchors = found.anchors.copy()
    correct_owners(anchors)
    number_aliases(anchors)
    return found._replace(anchors=anchors)


def _number_copies(found: Anchored) -> Numbered:
    """Add the second names of fused instructions, and number the duplicates of each operation."""
    anchors = found.anchors
    fused, nodes, are_guesses = second_names(anchors)
    instructions = np.insert(np.arange(len(anchors.code)), fused + 1, fused)
    parts = np.zeros(len(instructions), np.int64)
    seconds = fused + 1 + np.arange(len(fused))
    parts[seconds] = 1
    occurrences = Occurrences(
        instructions, parts, anchors.nodes[instructions], anchors.rules[instructions].astype(np.int64)
    )
    occurrences.nodes[seconds] = nodes
    occurrences.rules[seconds] = CODE_OF["next_name"]
    guesses = anchors.ambiguous[instructions]
    guesses[seconds] = are_guesses
    copies = copy_numbers(occurrences, anchors.syntax, anchors.code, found.edges)
    return Numbered(anchors, occurrences, guesses, copies)


def _tabulate(numbered: Numbered) -> dict[str, pa.Table]:
    """Lay anchors and silent statements out on their contracts' columns."""
    return {ANCHORS.name: _anchor_table(numbered), SILENT_STATEMENTS.name: _silence_table(numbered)}


@graph_task(
    ANCHORS,
    SILENT_STATEMENTS,
    stages=(_select_code, _locate, _correct_owners, _number_copies, _tabulate),
    by="file_id",
    batch=200_000,
)
def anchored_code(
    instructions: Table, code_units: Table, unit_scopes: Table, ast_nodes: Table, blocks: Table, block_edges: Table
) -> Table:
    """Which syntax node each instruction belongs to, and which statements have none."""


def _anchor_table(numbered: Numbered) -> pa.Table:
    anchors, occurrences = numbered.anchors, numbered.occurrences
    syntax, units, code = anchors.syntax, anchors.units, anchors.code
    at = occurrences.instructions
    reasons = np.where(occurrences.parts == 1, NONE, anchors.reasons[at])
    owners = units.scopes[code.units[at]]
    columns = {
        "repository": _coded(units.repositories, code.units[at]),
        "file_id": pa.array(units.file_ids[code.units[at]]),
        "code_unit_id": pa.array(units.ids[code.units[at]]),
        "scope_node": _ids(syntax, owners),
        "instruction_id": pa.array(code.ids[at]),
        "part": pa.array(occurrences.parts.astype(np.int8)),
        "node_id": _ids(syntax, occurrences.nodes),
        "rule": _named(RULES, occurrences.rules),
        "copy": pa.array(numbered.copies.astype(np.int32)),
        "is_ambiguous": pa.array(numbered.guesses),
        "is_evaluation": pa.array(_evaluates(anchors, occurrences)),
        "reason": _named(REASONS, reasons),
    }
    return pa.table({name: columns[name] for name in ANCHORS.names})


def _evaluates(anchors: Anchors, occurrences: Occurrences) -> Bool:
    """Whether the node's own work is done, which jumping and moving values on the stack is for few."""
    syntax, opcodes, nodes = anchors.syntax, anchors.code.opcodes, occurrences.nodes
    evaluates = (nodes >= 0) & ~np.isin(occurrences.rules, [*_SIDELINES])
    evaluates &= ~opcodes.mask(CLEANING)[occurrences.instructions]
    rows = np.flatnonzero(evaluates & opcodes.mask(FLOWING | SHUFFLING)[occurrences.instructions])
    evaluates[rows] = syntax.is_kind(nodes[rows], _RESTING)
    rows = np.flatnonzero(evaluates & opcodes.mask(_is_restoring)[occurrences.instructions])
    evaluates[rows] = ~syntax.is_kind(nodes[rows], INLINABLE)
    return evaluates


def _is_restoring(opname: str) -> bool:
    """Whether the operation at an inlined comprehension itself puts variables of that name aside, or back."""
    return opname.startswith("STORE_") or opname == "LOAD_FAST_AND_CLEAR"


def _silence_table(numbered: Numbered) -> pa.Table:
    syntax, units = numbered.anchors.syntax, numbered.anchors.units
    nodes = numbered.occurrences.nodes
    files, first_units = np.unique(units.file_ids, return_index=True)
    at = np.minimum(np.searchsorted(files, syntax.file_ids), max(len(files) - 1, 0))
    compiled = files[at] == syntax.file_ids if len(files) else np.zeros(len(syntax), np.bool_)
    found = find_silent(syntax, nodes[nodes >= 0], compiled)
    evaluating = numbered.anchors.evaluating[found]
    unit_ids = np.append(units.ids, NONE)[evaluating]
    return pa.table(
        {
            "repository": _coded(units.repositories, first_units[at[found]]),
            "file_id": pa.array(syntax.file_ids[found]),
            "node_id": pa.array(syntax.ids[found]),
            "scope_node": pa.array(syntax.ids[syntax.scopes[found]]),
            "code_unit_id": pa.array(unit_ids, mask=evaluating < 0),
            "kind": pa.array(silence_kinds(syntax, found), pa.string()),
        }
    )


def _ids(syntax: Syntax, nodes: Rows) -> pa.Array:
    return pa.array(np.append(syntax.ids, NONE)[nodes], mask=nodes < 0)


def _coded(words: pa.StringArray, rows: Rows) -> pa.Array:
    encoded = words.dictionary_encode()
    codes = encoded.indices.to_numpy()[rows] if len(words) else np.zeros(0, np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), encoded.dictionary)


def _named(words: tuple[str, ...], codes: Rows) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32), mask=codes < 0), pa.array(words))
