"""Which node CPython's bytecode evaluates after which, read with `dis` alone.

Only instructions whose node is beyond doubt count (names, attributes, calls, operators, subscripts, found by operation,
span and name); the others are passed through. Nothing of the product is used.
"""

from __future__ import annotations

import ast
import dis
import sys
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

Key = tuple[Any, ...]
"""A node, told by its kind and its span; of an attribute only the end of it counts."""

FUSES = sys.version_info >= (3, 13)
"""Whether one instruction may do the work of two local names; there locals are passed through."""

NAMES = ("LOAD_NAME", "LOAD_GLOBAL", "LOAD_FAST", "LOAD_FAST_CHECK", "LOAD_DEREF", "LOAD_CLASSDEREF")
NAMES += ("LOAD_FROM_DICT_OR_GLOBALS", "LOAD_FROM_DICT_OR_DEREF")
NAMES += tuple(f"{way}_{kind}" for way in ("STORE", "DELETE") for kind in ("NAME", "GLOBAL", "FAST", "DEREF"))
OPERATIONS = {
    **dict.fromkeys(("CALL", "CALL_KW", "CALL_FUNCTION_EX"), "Call"),
    **dict.fromkeys(("BINARY_SUBSCR", "STORE_SUBSCR", "DELETE_SUBSCR", "BINARY_SLICE", "STORE_SLICE"), "Subscript"),
    **dict.fromkeys(("COMPARE_OP", "IS_OP", "CONTAINS_OP"), "Compare"),
    **dict.fromkeys(("UNARY_NEGATIVE", "UNARY_INVERT", "UNARY_POSITIVE", "UNARY_NOT", "CALL_INTRINSIC_1"), "UnaryOp"),
    "BINARY_OP": "Operation",
}
ATTRIBUTES = ("LOAD_ATTR", "LOAD_METHOD", "STORE_ATTR", "DELETE_ATTR", "LOAD_SUPER_ATTR")
QUIET = ("PUSH_EXC_INFO", "POP_EXCEPT", "COPY", "SWAP", "POP_TOP", "NOP", "LOAD_CONST", "STORE_FAST", "STORE_DEREF")
QUIET += ("PUSH_NULL", "KW_NAMES", "RETURN_VALUE", "RETURN_CONST", "JUMP_FORWARD", "JUMP_BACKWARD_NO_INTERRUPT")
QUIET += ("LOAD_ASSERTION_ERROR", "END_FOR", "END_SEND", "BUILD_LIST", "BUILD_MAP", "BUILD_SET", "LOAD_FAST")
QUIET += ("LIST_APPEND", "STORE_NAME", "STORE_GLOBAL", "DELETE_FAST", "DELETE_NAME", "DELETE_GLOBAL", "DELETE_DEREF")
QUIET += ("LOAD_FAST_CHECK", "TO_BOOL") if FUSES else ()
"""Operations that do not raise but for want of memory; what others may raise is compared for some kinds of nodes."""
ENDS = ("RETURN_VALUE", "RETURN_CONST", "RAISE_VARARGS", "RERAISE", "JUMP_FORWARD")
AWAITS_ITEM = ("SEND", "GET_ANEXT")

EXIT = -1


@dataclass
class Compiled:
    """The instructions of a code object as a graph; `EXIT` is where it returns."""

    keys: list[Key | None] = field(default_factory=list)
    onward: list[list[int]] = field(default_factory=list)
    handlers: list[list[int]] = field(default_factory=list)
    """Where an instruction's exceptions go: one place or none."""

    def reached(self) -> set[int]:
        """The instructions that control may reach, by exceptions too."""
        seen, stack = {0}, [0]
        while stack:
            place = stack.pop()
            ahead = [p for p in self.onward[place] + self.handlers[place] if p != EXIT and p not in seen]
            seen.update(ahead)
            stack += ahead
        return seen


def key_of(node: ast.AST) -> Key | None:
    """What tells a node; None for nodes that are not compared."""
    if isinstance(node, ast.Attribute):
        return "Attribute", node.end_lineno, node.end_col_offset
    if isinstance(node, ast.BinOp | ast.AugAssign):
        return "Operation", *_span(node)
    if isinstance(node, ast.Name | ast.Call | ast.Subscript | ast.Compare | ast.UnaryOp):
        return type(node).__name__, *_span(node)
    return None


def short_key(node: ast.AST) -> Key | None:
    """The key that the compiler gives to a call on an attribute that starts on a later line than its object."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None
    name = node.func
    assert name.end_col_offset is not None
    return "Call", name.end_lineno, name.end_col_offset - len(name.attr), node.end_lineno, node.end_col_offset


def compiled_flow(code: CodeType) -> Compiled:
    """The graph of a code object."""
    instructions = [each for each in dis.get_instructions(code) if each.opname not in ("EXTENDED_ARG", "CACHE")]
    offsets = [each.offset for each in instructions]
    entries = dis._parse_exception_table(code)  # type: ignore[attr-defined]
    found = Compiled()
    for place, each in enumerate(instructions):
        inside = [bisect_left(offsets, entry.target) for entry in entries if entry.start <= each.offset < entry.end]
        found.keys.append(_key(each))
        found.handlers.append(inside if each.opname not in QUIET else [])
        found.onward.append([*_onward(each, place, offsets)])
        if inside and each.opname in AWAITS_ITEM and instructions[inside[0]].opname == "END_ASYNC_FOR":
            found.onward[-1] += inside  # that there are no more items is told by an exception
    return found


def _onward(each: dis.Instruction, place: int, offsets: list[int]) -> Iterator[int]:
    if each.opname.startswith("RETURN_") and each.opname != "RETURN_GENERATOR":
        yield EXIT
    elif each.opname not in ENDS and not each.opname.startswith("JUMP_BACKWARD"):
        yield place + 1
    if each.opcode in dis.hasjrel:
        yield bisect_left(offsets, each.argval)


def _key(each: dis.Instruction) -> Key | None:
    position = each.positions
    if position is None or position.col_offset is None:
        return None
    if each.opname in ATTRIBUTES:
        return "Attribute", position.end_lineno, position.end_col_offset
    kind = "Name" if each.opname in NAMES else OPERATIONS.get(each.opname)
    if kind is None or (FUSES and "_FAST" in each.opname):
        return None
    return kind, position.lineno, position.col_offset, position.end_lineno, position.end_col_offset


def _span(node: Any) -> tuple[int, ...]:
    return node.lineno, node.col_offset, node.end_lineno, node.end_col_offset
