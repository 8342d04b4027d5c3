"""What instructions take off the stack and put on it.

CPython tells the difference only (`dis.stack_effect`), so the values put on are in a table of ours and those taken off
follow. A value that an instruction looks at and leaves where it is counts neither way: COPY puts one on, LIST_APPEND
takes one off, FOR_ITER leaves its iterator. SWAP takes off and puts back all it moves.

Where CPython's account is not the whole story it is kept all the same: in 3.11 a call's effect is divided between
PRECALL (the arguments) and CALL; before 3.13 the value that RETURN_GENERATOR leaves is not counted, so a generator's
code is entered with one value; from 3.12 an exhausted FOR_ITER leaves a value that END_FOR removes.
"""

from __future__ import annotations

import dis
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline_assets.extract.producers.bytecode.opcodes import HAS_ARGUMENT, JUMPS, NAMES, OPCODES

Counts = npt.NDArray[np.int32]
Formula = Callable[[Any], Any]

ARGUMENTS = 256
"""Arguments that the tables hold; larger ones need EXTENDED_ARG and are rare."""
_PROBES = (0, 1, 2, 3, 4, 7, 8, 255)
"""An opcode with one effect for all of these has it for every argument."""

_NOTHING = (
    *("CACHE", "NOP", "RESERVED", "EXTENDED_ARG", "RESUME", "KW_NAMES", "PRECALL", "MAKE_CELL", "COPY_FREE_VARS"),
    *("POP_TOP", "POP_EXCEPT", "END_FOR", "END_ASYNC_FOR", "EXIT_INIT_CHECK", "INTERPRETER_EXIT", "ENTER_EXECUTOR"),
    *("STORE_NAME", "STORE_GLOBAL", "STORE_FAST", "STORE_DEREF", "STORE_ATTR", "STORE_SUBSCR", "STORE_SLICE"),
    *("STORE_FAST_STORE_FAST", "DELETE_NAME", "DELETE_GLOBAL", "DELETE_FAST", "DELETE_DEREF", "DELETE_ATTR"),
    *("DELETE_SUBSCR", "LIST_APPEND", "SET_ADD", "MAP_ADD", "LIST_EXTEND", "SET_UPDATE", "DICT_MERGE", "DICT_UPDATE"),
    *("SETUP_ANNOTATIONS", "IMPORT_STAR", "PRINT_EXPR", "RETURN_VALUE", "RETURN_CONST", "RAISE_VARARGS", "RERAISE"),
    *("JUMP_FORWARD", "JUMP_BACKWARD", "JUMP_BACKWARD_NO_INTERRUPT", "JUMP_IF_TRUE_OR_POP", "JUMP_IF_FALSE_OR_POP"),
    *(
        f"POP_JUMP_{way}IF_{test}"
        for way in ("", "FORWARD_", "BACKWARD_")
        for test in ("TRUE", "FALSE", "NONE", "NOT_NONE")
    ),
)
_ONE = (
    *("PUSH_NULL", "COPY", "LOAD_CONST", "LOAD_NAME", "LOAD_FAST", "LOAD_FAST_CHECK", "LOAD_FAST_AND_CLEAR"),
    *("LOAD_DEREF", "LOAD_CLOSURE", "LOAD_CLASSDEREF", "LOAD_LOCALS", "LOAD_FROM_DICT_OR_DEREF"),
    *("LOAD_FROM_DICT_OR_GLOBALS", "LOAD_BUILD_CLASS", "LOAD_ASSERTION_ERROR", "STORE_FAST_LOAD_FAST"),
    *("UNARY_POSITIVE", "UNARY_NEGATIVE", "UNARY_NOT", "UNARY_INVERT", "TO_BOOL", "BINARY_OP", "BINARY_SUBSCR"),
    *("BINARY_SLICE", "COMPARE_OP", "IS_OP", "CONTAINS_OP", "CHECK_EXC_MATCH"),
    *("BUILD_TUPLE", "BUILD_LIST", "BUILD_SET", "BUILD_MAP", "BUILD_CONST_KEY_MAP", "BUILD_STRING", "BUILD_SLICE"),
    *("LIST_TO_TUPLE", "FORMAT_VALUE", "FORMAT_SIMPLE", "FORMAT_WITH_SPEC", "CONVERT_VALUE"),
    *("CALL", "CALL_KW", "CALL_FUNCTION_EX", "CALL_INTRINSIC_1", "CALL_INTRINSIC_2"),
    *("MAKE_FUNCTION", "SET_FUNCTION_ATTRIBUTE", "IMPORT_NAME", "IMPORT_FROM", "WITH_EXCEPT_START"),
    *("GET_ITER", "GET_YIELD_FROM_ITER", "GET_AWAITABLE", "GET_AITER", "GET_ANEXT", "GET_LEN"),
    *("MATCH_CLASS", "MATCH_KEYS", "MATCH_MAPPING", "MATCH_SEQUENCE"),
    *("YIELD_VALUE", "ASYNC_GEN_WRAP", "SEND", "END_SEND", "PREP_RERAISE_STAR"),
)
_TWO = ("BEFORE_WITH", "BEFORE_ASYNC_WITH", "PUSH_EXC_INFO", "CHECK_EG_MATCH", "CLEANUP_THROW", "LOAD_METHOD")

_PUSHED: dict[str, Formula] = {
    **dict.fromkeys(_NOTHING, lambda argument: 0),
    **dict.fromkeys(_ONE, lambda argument: 1),
    **dict.fromkeys((*_TWO, "LOAD_FAST_LOAD_FAST"), lambda argument: 2),
    "SWAP": lambda argument: argument,
    "UNPACK_SEQUENCE": lambda argument: argument,
    "UNPACK_EX": lambda argument: (argument & 0xFF) + (argument >> 8) + 1,
    "LOAD_GLOBAL": lambda argument: 1 + (argument & 1),
}
_WITH_METHOD = ("LOAD_ATTR", "LOAD_SUPER_ATTR")
"""They put two values on where the lowest bit asks for a method; LOAD_ATTR does so from 3.12."""
_AS_COUNTED = ("RETURN_GENERATOR", "FOR_ITER")
"""They only put values on, or only take them off, by CPython's account of the version."""


def pushed(number: int, argument: int | None, effect: int) -> int | None:
    """How many values an instruction with this net effect puts on the stack; None for an opcode that is not known."""
    name = NAMES[number]
    if name in _AS_COUNTED:
        return max(effect, 0)
    if name in _WITH_METHOD:
        return 1 + (_net(number, 1, False) != _net(number, 0, False)) * ((argument or 0) & 1)
    formula = _PUSHED.get(name)
    return None if formula is None else int(formula(argument or 0))


def split(number: int, argument: int | None, jumps: bool) -> tuple[int, int]:
    """Values taken off and put on by one instruction, when it jumps or not.

    An opcode that is not in the table is taken to do the least that its net effect needs.
    """
    effect = _net(number, argument, jumps)
    on = pushed(number, argument, effect)
    return (max(-effect, 0), max(effect, 0)) if on is None else (on - effect, on)


def stack_effects(opcodes: npt.NDArray[np.uint8], arguments: Counts, jumps: bool) -> tuple[Counts, Counts]:
    """Values taken off and put on by each instruction: when all that can do so jump, or when none does."""
    table, varies = _tables(jumps)
    places = opcodes.astype(np.int32) * ARGUMENTS + (arguments & (ARGUMENTS - 1))
    off, on = table[0][places], table[1][places]
    for row in np.flatnonzero((arguments >= ARGUMENTS) & varies[opcodes]).tolist():
        off[row], on[row] = _split_large(int(opcodes[row]), int(arguments[row]), jumps)
    return off, on


@cache
def _tables(jumps: bool) -> tuple[tuple[Counts, Counts], npt.NDArray[np.bool_]]:
    """Values off and on by opcode and argument, and the opcodes that the argument makes a difference to."""
    splits = np.zeros((2, OPCODES, ARGUMENTS), np.int32)
    varies = np.zeros(OPCODES, np.bool_)
    for number in filter(is_compiled, range(OPCODES)):
        probes = _PROBES if HAS_ARGUMENT[number] else (None,)
        found = {split(number, each, jumps) for each in probes}
        varies[number] = len(found) > 1
        all_found = [split(number, each, jumps) for each in range(ARGUMENTS)] if varies[number] else [*found]
        splits[:, number] = np.array(all_found).T
    return (splits[0].ravel(), splits[1].ravel()), varies


@cache
def _split_large(number: int, argument: int, jumps: bool) -> tuple[int, int]:
    return split(number, argument, jumps)


def is_compiled(number: int) -> bool:
    """Whether compiled code may hold the opcode: not one that only a running interpreter puts there."""
    name = NAMES[number]
    return dis.opmap.get(name) == number and not name.startswith("INSTRUMENTED_") and name != "RESERVED"


def _net(number: int, argument: int | None, jumps: bool) -> int:
    return dis.stack_effect(number, argument, jump=jumps and bool(JUMPS[number]))
