"""The columns of the bytecode tables."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline_assets.extract.arrow import coded, masked, repeated
from pipeline_assets.extract.ids import Ids
from pipeline_assets.extract.producers.bytecode.code_objects import CodeObjects
from pipeline_assets.extract.producers.bytecode.code_tables import Numbers
from pipeline_assets.extract.producers.bytecode.kinds import CODE_KINDS
from pipeline_assets.extract.producers.bytecode.opcodes import CACHES, EDGE_KINDS, HAS_ARGUMENT, JUMPS, NAMES
from pipeline_assets.extract.producers.bytecode.program import Decoded, Program
from pipeline_assets.extract.producers.bytecode.stack_effects import stack_effects

Columns = Mapping[str, Any]

FLAGS = {
    "is_optimized": inspect.CO_OPTIMIZED,
    "is_newlocals": inspect.CO_NEWLOCALS,
    "is_varargs": inspect.CO_VARARGS,
    "is_varkeywords": inspect.CO_VARKEYWORDS,
    "is_nested": inspect.CO_NESTED,
    "is_generator": inspect.CO_GENERATOR,
    "is_coroutine": inspect.CO_COROUTINE,
    "is_async_generator": inspect.CO_ASYNC_GENERATOR,
}
NUMBERS = ("argcount", "posonlyargcount", "kwonlyargcount", "nlocals", "stacksize", "flags")
LISTS = ("varnames", "cellvars", "freevars", "names")


def code_unit_columns(decoded: Decoded) -> Columns:
    """Columns of `code_units`."""
    objects = decoded.objects
    parents = np.array(objects.parents, np.int32)
    numbers = {name: _numbers(objects, name) for name in NUMBERS}
    return {
        **_file_columns(objects, np.arange(len(parents))),
        "code_unit_id": decoded.unit_ids,
        "parent_unit_id": _referred(decoded.unit_ids, parents),
        "kind": coded(decoded.kinds, CODE_KINDS),
        "name": pa.array(objects.column("name"), pa.string()),
        "qualname": pa.array(objects.column("qualname"), pa.string()),
        "line": _numbers(objects, "firstlineno"),
        **numbers,
        **{name: numbers["flags"] & flag != 0 for name, flag in FLAGS.items()},
        **{name: pa.array(map(",".join, objects.column(name)), pa.string()) for name in LISTS},
        "instructions": decoded.instructions.counts,
    }


def instruction_columns(program: Program) -> Columns:
    """Columns of `instructions`."""
    decoded, blocks = program.decoded, program.blocks
    instructions, arguments = decoded.instructions, decoded.arguments
    opcodes, units = instructions.opcodes, instructions.units
    return {
        **_file_columns(decoded.objects, units),
        "instruction_id": decoded.instruction_ids,
        "code_unit_id": decoded.unit_ids[units],
        "block_id": program.block_ids[blocks.of_instruction],
        "ordinal": np.arange(len(units), dtype=np.int32) - instructions.firsts[units],
        "offset": instructions.positions * np.int32(2),
        "opcode": opcodes.astype(np.int32),
        "opname": coded(opcodes, NAMES),
        "arg": masked(instructions.arguments, ~HAS_ARGUMENT[opcodes]),
        "argval": arguments.texts,
        "argval_length": _known(arguments.lengths),
        "loaded_unit_id": _referred(decoded.unit_ids, arguments.units),
        **_stack_columns(opcodes, instructions.arguments),
        "jump_target_id": _referred(decoded.instruction_ids, instructions.targets),
        "is_jump_target": _among(instructions.targets, len(units)),
        "starts_line": instructions.starts_line,
        **_place_columns(decoded),
        "caches": CACHES[opcodes],
    }


def exception_columns(decoded: Decoded) -> Columns:
    """Columns of `exception_table`."""
    table = decoded.instructions.tables
    before = np.searchsorted(table.units, table.units)
    return {
        **_file_columns(decoded.objects, table.units),
        "code_unit_id": decoded.unit_ids[table.units],
        "ordinal": (np.arange(len(before)) - before).astype(np.int32),
        "start_offset": 2 * table.starts,
        "end_offset": 2 * table.ends,
        "target_offset": 2 * table.targets,
        "depth": table.depths,
        "lasti": table.keeps_last,
    }


def block_columns(program: Program) -> Columns:
    """Columns of `blocks`."""
    decoded, blocks = program.decoded, program.blocks
    instructions, units = decoded.instructions, blocks.units
    before = np.searchsorted(units, units)
    first_lines, last_lines = _line_ranges(program)
    return {
        **_file_columns(decoded.objects, units),
        "block_id": program.block_ids,
        "code_unit_id": decoded.unit_ids[units],
        "ordinal": (np.arange(len(units)) - before).astype(np.int32),
        "first_instruction_id": decoded.instruction_ids[blocks.firsts],
        "last_instruction_id": decoded.instruction_ids[blocks.lasts],
        "start_offset": 2 * instructions.positions[blocks.firsts],
        "end_offset": 2 * (instructions.positions[blocks.lasts] + 1 + CACHES[instructions.opcodes[blocks.lasts]]),
        "is_entry": before == np.arange(len(units)),
        "is_handler": blocks.is_handler,
        "is_exit": blocks.is_exit,
        "can_raise": blocks.can_raise,
        "handler_block_id": _referred(program.block_ids, blocks.handlers),
        "line": masked(first_lines, last_lines <= 0),
        "end_line": masked(last_lines, last_lines <= 0),
    }


def edge_columns(program: Program) -> Columns:
    """Columns of `block_edges`."""
    blocks, decoded = program.blocks, program.decoded
    units = blocks.units[blocks.sources]
    return {
        **_file_columns(decoded.objects, units),
        "code_unit_id": decoded.unit_ids[units],
        "src_block_id": program.block_ids[blocks.sources],
        "dst_block_id": program.block_ids[blocks.targets],
        "kind": coded(blocks.kinds, EDGE_KINDS),
    }


def _file_columns(objects: CodeObjects, units: npt.NDArray[Any]) -> Columns:
    files = [each.file for each in objects.files]
    of_unit = np.repeat(np.arange(len(files)), [each.units for each in objects.files])
    return {
        "repository": repeated([file.repository for file in files], of_unit[units]),
        "file_id": np.array([file.file_id for file in files], np.int64)[of_unit][units],
    }


def _stack_columns(opcodes: npt.NDArray[np.uint8], arguments: Numbers) -> Columns:
    off, on = stack_effects(opcodes, arguments, jumps=False)
    jumps = np.flatnonzero(JUMPS[opcodes])
    jump_off, jump_on = np.full((2, len(opcodes)), -1, np.int32)
    jump_off[jumps], jump_on[jumps] = stack_effects(opcodes[jumps], arguments[jumps], jumps=True)
    return {"pops": off, "pushes": on, "jump_pops": _known(jump_off), "jump_pushes": _known(jump_on)}


def _place_columns(decoded: Decoded) -> Columns:
    locations, spans, places = decoded.instructions.locations, decoded.spans, decoded.instructions.places
    columns = {
        "bstart": spans.starts,
        "bend": spans.ends,
        "line": locations.lines,
        "end_line": locations.end_lines,
        "col_utf8": locations.columns,
        "end_col_utf8": locations.end_columns,
    }
    return {name: _known(values[places]) for name, values in columns.items()}


def _line_ranges(program: Program) -> tuple[Numbers, Numbers]:
    """First and last line of each block's instructions; the last is not positive where none has a line."""
    instructions, firsts = program.decoded.instructions, program.blocks.firsts
    if not len(firsts):
        return firsts, firsts
    lines = instructions.locations.lines[instructions.places]
    ends = instructions.locations.end_lines[instructions.places]
    unknown = lines <= 0  # line 0 is the start of a module, before its first line
    return (
        np.minimum.reduceat(np.where(unknown, np.iinfo(np.int32).max, lines), firsts).astype(np.int32),
        np.maximum.reduceat(np.where(unknown, 0, ends), firsts).astype(np.int32),
    )


def _numbers(objects: CodeObjects, name: str) -> Numbers:
    return np.array(objects.column(name), np.int32)


def _known(numbers: Numbers) -> pa.Array:
    """Numbers, null where negative."""
    return masked(numbers, numbers < 0)


def _referred(ids: Ids, places: Numbers) -> pa.Array:
    """The ids at `places`, null where negative."""
    missing = places < 0
    return pa.array(np.append(ids, 0)[places], mask=missing)


def _among(places: Numbers, count: int) -> npt.NDArray[np.bool_]:
    """For each of `count` places whether it is one of `places`."""
    found = np.zeros(count, np.bool_)
    found[places[places >= 0]] = True
    return found
