"""The bytecode of the whole standard library, against `dis`, and its blocks against single instructions."""

from __future__ import annotations

import ast
import dis
import sys
import sysconfig
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import CodeType
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from pipeline_assets.extract.chunk import read_chunk
from pipeline_assets.extract.producers.bytecode.arguments import LONGEST_TEXT
from pipeline_assets.extract.text import Encoding, canonical_bytes, parser_input
from pipeline_assets.sources.tree import Tree, walk
from pipeline_assets.store.selection import Selection
from pipeline_tests.extracting import readable_rows, run

pytestmark = pytest.mark.filterwarnings("ignore")

STRIDE = 3
"""Every so many files are read in the suite; `python -m pipeline_tests.functional.extract.test_bytecode` reads all."""

Row = tuple[Any, ...]
Tables = dict[str, pa.Table]


@cache
def _tree() -> Tree:
    # with what git ignores: an interpreter may be kept in a repository that ignores it
    return walk(Path(sysconfig.get_path("stdlib")), "stdlib", Selection(exclude=("!*.py",)))


@cache
def _rows() -> pa.Table:
    return readable_rows(run("files", _tree(), _tree().table)["files"])


def _batches(stride: int) -> Iterator[tuple[pa.Table, Tables]]:
    chosen = _rows().take(np.arange(0, _rows().num_rows, stride))
    for start in range(0, chosen.num_rows, 100):
        rows = chosen.slice(start, 100)
        yield rows, run("bytecode", _tree(), rows)


def _compiled(rows: pa.Table) -> Iterator[tuple[int, CodeType | None]]:
    """File id and module code of each file; none where CPython refuses it."""
    for file in read_chunk(_tree().source, rows.to_pylist()).files:
        encoding = Encoding(file.row["encoding"], file.row["bom"])
        assert file.content is not None
        source = parser_input(canonical_bytes(file.content, encoding), encoding)
        try:
            yield file.file_id, compile(source, file.path, "exec", dont_inherit=True, optimize=0)
        except (SyntaxError, ValueError, RecursionError):
            yield file.file_id, None


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def test_everything_equals_what_dis_makes_of_it():
    assert check_dis(STRIDE) > 300_000


def test_blocks_and_edges_are_those_of_single_instructions_and_the_stack_agrees():
    checked, dead = check_blocks(STRIDE)
    assert checked > 20_000
    assert dead < checked / 500


def check_dis(stride: int) -> int:
    """Compare code objects, instructions and exception tables; the number of instructions."""
    checked = 0
    for rows, tables in _batches(stride):
        refused = {row["file_id"] for row in tables["bytecode_status"].to_pylist() if row["status"] == "failed"}
        units = iter(tables["code_units"].to_pylist())
        instructions = zip(*(tables["instructions"][name].to_pylist() for name in FOUND), strict=True)
        entries = zip(*(tables["exception_table"][name].to_pylist() for name in ENTRY), strict=True)
        for file_id, module in _compiled(rows):
            assert (module is None) == (file_id in refused)
            for code in _codes(module) if module else ():
                _check_unit(next(units), file_id, code)
                checked += _check_instructions(instructions, code)
                for ordinal, entry in enumerate(dis._parse_exception_table(code)):  # type: ignore[attr-defined]
                    assert next(entries) == (ordinal, entry.start, entry.end, entry.target, entry.depth, entry.lasti)
        assert (next(units, None), next(instructions, None), next(entries, None)) == (None, None, None)
    return checked


def _check_unit(row: dict[str, Any], file_id: int, code: CodeType) -> None:
    assert row["file_id"] == file_id
    assert (row["name"], row["qualname"], row["line"]) == (code.co_name, code.co_qualname, code.co_firstlineno)
    for name in ("argcount", "posonlyargcount", "kwonlyargcount", "nlocals", "stacksize", "flags"):
        assert row[name] == getattr(code, f"co_{name}")
    for name in ("varnames", "cellvars", "freevars", "names"):
        assert row[name] == ",".join(getattr(code, f"co_{name}"))


ENTRY = ("ordinal", "start_offset", "end_offset", "target_offset", "depth", "lasti")
FOUND = (
    *("offset", "opcode", "opname", "arg", "argval", "is_jump_target", "starts_line"),
    *("line", "end_line", "col_utf8", "end_col_utf8", "pops", "pushes", "jump_pops", "jump_pushes", "argval_length"),
)


def _check_instructions(found: Iterator[Row], code: CodeType) -> int:
    checked = 0
    for each in dis.get_instructions(code):
        row = next(found)
        assert row[0] == each.offset
        assert row[1] == each.opcode
        assert row[2] == each.opname
        assert row[3] == each.arg
        assert _says(row[4], row[15], each, code), (row, each)
        assert row[5] == each.is_jump_target
        assert row[6] == (each.starts_line if sys.version_info >= (3, 13) else each.starts_line is not None)
        assert row[7:11] == tuple(each.positions)  # type: ignore[arg-type]
        assert row[12] - row[11] == dis.stack_effect(each.opcode, each.arg, jump=False)
        if row[13] is not None:
            assert row[14] - row[13] == dis.stack_effect(each.opcode, each.arg, jump=True)
        assert (row[13] is not None) == (each.opcode in dis.hasjrel)
        assert row[11] >= 0
        assert row[12] >= 0
        checked += 1
    return checked


def _says(text: str | None, length: int | None, told: dis.Instruction, code: CodeType) -> bool:
    """Whether the text is what `dis` says."""
    value = told.argval
    if told.opcode in dis.hasconst:
        value = code.co_consts[told.arg]  # before 3.12 `dis` looks up LOAD_CONST only, not KW_NAMES
        return _says_constant(text or "", length, value)
    if isinstance(value, tuple) and isinstance(value[0], str):
        return text == ", ".join(value)
    if isinstance(value, str) or told.opcode in dis.hasjrel:
        return text == str(value)
    return (text or "") == told.argrepr


def _says_constant(text: str, length: int | None, value: object) -> bool:
    if isinstance(value, CodeType):
        return text == f"<code object {value.co_name}>"
    if isinstance(value, frozenset) and length is None:
        return frozenset(ast.literal_eval(text.removeprefix("frozenset(").removesuffix(")"))) == value
    whole = repr(value)
    if isinstance(value, frozenset):
        return length == len(whole) and len(text) == LONGEST_TEXT
    return text == whole[:LONGEST_TEXT] and length == (len(whole) if len(whole) > LONGEST_TEXT else None)


def check_blocks(stride: int) -> tuple[int, int]:
    """Compare blocks and edges with steps between single instructions, and follow the stack.

    Returns the numbers of blocks and of those that nothing leads to.
    """
    checked, dead = 0, 0
    for rows, tables in _batches(stride):
        blocks = _by_unit(tables["blocks"])
        edges = _by_unit(tables["block_edges"])
        effects = _by_unit(tables["instructions"].select(["code_unit_id", *EFFECTS]))
        units = iter(tables["code_units"]["code_unit_id"].to_pylist())
        for _, module in _compiled(rows):
            for code in _codes(module) if module else ():
                unit = next(units)
                _check_steps(code, blocks[unit], edges.get(unit, []))
                dead += _check_stack(code, blocks[unit], edges.get(unit, []), effects[unit])
                checked += len(blocks[unit])
    return checked, dead


EFFECTS = ("pops", "pushes", "jump_pops", "jump_pushes")
LEAVES = {"RETURN_VALUE", "RETURN_CONST", "RAISE_VARARGS", "RERAISE"}
HARMLESS = {
    *("NOP", "POP_TOP", "PUSH_NULL", "COPY", "SWAP", "EXTENDED_ARG", "LOAD_CONST", "RETURN_VALUE", "RETURN_CONST"),
    *("JUMP_FORWARD", "JUMP_BACKWARD_NO_INTERRUPT", "STORE_FAST", "STORE_FAST_STORE_FAST", "STORE_DEREF", "IS_OP"),
    *("POP_JUMP_IF_NONE", "POP_JUMP_IF_NOT_NONE", "POP_JUMP_FORWARD_IF_NONE", "POP_JUMP_FORWARD_IF_NOT_NONE"),
    *("PUSH_EXC_INFO", "POP_EXCEPT", "END_FOR", "END_SEND", "MATCH_MAPPING", "MATCH_SEQUENCE", "KW_NAMES"),
    *("LOAD_ASSERTION_ERROR", "COPY_FREE_VARS"),
}
if sys.version_info >= (3, 12):
    HARMLESS |= {"LOAD_FAST", "LOAD_FAST_AND_CLEAR", "LOAD_FAST_LOAD_FAST", "STORE_FAST_LOAD_FAST"}
if sys.version_info >= (3, 13):
    HARMLESS |= {"POP_JUMP_IF_TRUE", "POP_JUMP_IF_FALSE", "UNARY_NOT"}


def _by_unit(table: pa.Table) -> dict[int, list[dict[str, Any]]]:
    grouped: dict[int, list[dict[str, Any]]] = {}
    for row in table.to_pylist():
        grouped.setdefault(row["code_unit_id"], []).append(row)
    return grouped


def _check_steps(code: CodeType, blocks: list[dict[str, Any]], edges: list[dict[str, Any]]) -> None:
    """Every step from an instruction to another is inside a block or an edge; nothing else is an edge."""
    instructions = list(dis.get_instructions(code))
    starts = {block["start_offset"]: block["block_id"] for block in blocks}
    entries = dis._parse_exception_table(code)  # type: ignore[attr-defined]
    handler = {at: entry.target for entry in entries for at in range(entry.start, entry.end, 2)}
    steps: set[tuple[int, int, bool]] = set()
    block = -1
    for place, each in enumerate(instructions):
        block = starts.get(each.offset, block)
        if each.opcode in dis.hasjrel:
            steps.add((block, starts[each.argval], False))
        if each.opname not in LEAVES and not each.opname.startswith(("JUMP_FORWARD", "JUMP_BACKWARD")):
            following = instructions[place + 1].offset
            if following in starts:
                steps.add((block, starts[following], False))
            else:
                assert each.opcode not in dis.hasjrel
                assert handler.get(each.offset) == handler.get(following)
        elif place + 1 < len(instructions):
            assert instructions[place + 1].offset in starts
        if each.offset in handler and each.opname not in HARMLESS:
            steps.add((block, starts[handler[each.offset]], True))
    assert {(e["src_block_id"], e["dst_block_id"], e["kind"] == "exception") for e in edges} == steps
    targets = {starts[target] for target in handler.values()}
    assert {b["block_id"] for b in blocks if b["is_handler"]} == targets
    assert [b["block_id"] for b in blocks if b["is_entry"]] == [starts[0]]


def _check_stack(
    code: CodeType, blocks: list[dict[str, Any]], edges: list[dict[str, Any]], effects: list[dict[str, Any]]
) -> int:
    """Each block is entered with one depth, on whatever way; handlers with the depth that their table says.

    Returns the number of blocks that nothing leads to: handlers of bodies that the compiler found empty.
    """
    first = blocks[0]["first_instruction_id"]
    depths = {blocks[0]["block_id"]: _entry_depth(code)}
    handled = {}
    for entry in dis._parse_exception_table(code):  # type: ignore[attr-defined]
        handled[entry.target] = entry.depth + 1 + entry.lasti
    leaving: dict[int, list[dict[str, Any]]] = {}
    for edge in edges:
        leaving.setdefault(edge["src_block_id"], []).append(edge)
    by_id = {block["block_id"]: block for block in blocks}
    for block in blocks:
        if block["is_handler"]:
            depths[block["block_id"]] = handled[block["start_offset"]]
    pending, deepest = list(depths), 0
    while pending:
        block = by_id[pending.pop()]
        depth = depths[block["block_id"]]
        rows = effects[block["first_instruction_id"] - first : block["last_instruction_id"] - first + 1]
        for row in rows:
            before = depth
            assert row["pops"] <= depth
            depth += row["pushes"] - row["pops"]
            deepest = max(deepest, depth)
        last = rows[-1]
        for edge in leaving.get(block["block_id"], ()):
            if edge["kind"] == "exception":
                assert edge["dst_block_id"] in depths
                continue
            jumps = last["jump_pops"] is not None and _is_jump(edge, blocks, block)
            after = before + last["jump_pushes"] - last["jump_pops"] if jumps else depth
            deepest = max(deepest, after)
            if edge["dst_block_id"] not in depths:
                depths[edge["dst_block_id"]] = after
                pending.append(edge["dst_block_id"])
            assert depths[edge["dst_block_id"]] == after, (code, block, edge)
    assert deepest <= code.co_stacksize
    return len(blocks) - len(depths)


def _is_jump(edge: dict[str, Any], blocks: list[dict[str, Any]], block: dict[str, Any]) -> bool:
    """Whether an edge is the one of the jump, not the one to the next instruction."""
    return edge["kind"] in ("jump", "exhausted") or edge["dst_block_id"] != block["block_id"] + 1


def _entry_depth(code: CodeType) -> int:
    """Before 3.13 CPython does not count the value that a generator is first sent."""
    is_generator = any(each.opname == "RETURN_GENERATOR" for each in dis.get_instructions(code))
    return int(is_generator and dis.stack_effect(dis.opmap["RETURN_GENERATOR"]) == 0)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print(f"{check_dis(1):,} instructions without a difference")
    print("{:,} blocks without a difference, {:,} of them dead".format(*check_blocks(1)))
