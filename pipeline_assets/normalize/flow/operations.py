"""What the running interpreter's instructions mean for the flow of control, as arrays indexed by opcode."""

from __future__ import annotations

import dis
import opcode
import re

import numpy as np

from pipeline_assets.extract.producers.bytecode.opcodes import NAMES, opcodes_named
from pipeline_assets.normalize.flow.arrays import Bool


def _like(pattern: str) -> Bool:
    return np.array([bool(re.fullmatch(pattern, name)) for name in NAMES])


TRUTH_JUMPS = _like(r"(POP_)?JUMP_(FORWARD_|BACKWARD_)?IF_(TRUE|FALSE)(_OR_POP)?")
NONE_JUMPS = _like(r"POP_JUMP_(FORWARD_|BACKWARD_)?IF_(NOT_)?NONE")
"""Jumps that compare with None themselves: the comparison is their work."""

TESTS = TRUTH_JUMPS | opcodes_named("TO_BOOL")
"""Instructions that ask for the truth of a value which another one made."""

SILENT = TESTS | _like(r"JUMP_(FORWARD|BACKWARD\w*)")
SILENT |= opcodes_named("CACHE", "EXTENDED_ARG", "NOP", "RESUME", "PUSH_NULL", "KW_NAMES", "POP_TOP", "SWAP", "COPY")
SILENT |= opcodes_named("RETURN_GENERATOR", "MAKE_CELL", "COPY_FREE_VARS")
SILENT |= opcodes_named("PUSH_EXC_INFO", "POP_EXCEPT", "RERAISE", "CLEANUP_THROW")
SILENT |= opcodes_named("SEND", "END_SEND", "END_FOR", "END_ASYNC_FOR")
"""Instructions that evaluate nothing: they only move control or tidy the stack."""

STORES = _like(r"STORE_\w+")
DELETES = _like(r"DELETE_\w+")
GATHERS = opcodes_named("LIST_APPEND", "SET_ADD", "MAP_ADD")
"""Instructions that add to a collection below the top of the stack: to a display's if it lies right below."""
TIDIES = opcodes_named("POP_TOP", "SWAP")
LEAVES_NOTHING = STORES | DELETES | opcodes_named("POP_TOP", "NOP", "POP_EXCEPT", "RERAISE", "JUMP_FORWARD")
"""Instructions that leave no new value on the stack."""
LENDS = opcodes_named("SEND", "SET_ADD", "MAP_ADD")
"""Instructions that may fail for what an earlier one made: an object to await, an item that cannot be hashed."""
ENDS_LOOP = opcodes_named("END_FOR", "END_ASYNC_FOR")
ITERATES = opcodes_named("FOR_ITER", "GET_ANEXT")
ENTERS_WITH = opcodes_named("BEFORE_WITH", "BEFORE_ASYNC_WITH")
GROUPS = opcodes_named("BUILD_LIST", "LIST_APPEND")
"""How `except*` collects what its handlers leave."""
COPIES = opcodes_named("COPY")
NEGATABLE = opcodes_named("IS_OP", "CONTAINS_OP")
"""Comparisons whose argument says whether the outcome is negated."""
AWAITS = opcodes_named("GET_AWAITABLE", "GET_ANEXT")
DELEGATES = opcodes_named("GET_YIELD_FROM_ITER")

WRAPS = opcodes_named("ASYNC_GEN_WRAP", "CALL_INTRINSIC_1")
"""What an asynchronous generator does with a value before it yields it: an operation of its own in 3.11."""
WRAPPING = [
    number for number, name in enumerate(getattr(opcode, "_intrinsic_1_descs", ())) if name.endswith("ASYNC_GEN_WRAP")
]
"""The argument that tells wrapping from other operations of the same opcode."""
COPY, EXTENDED_ARG = dis.opmap["COPY"], dis.opmap["EXTENDED_ARG"]
TO_BOOL, CALL_KW = dis.opmap.get("TO_BOOL", -1), dis.opmap.get("CALL_KW", -1)
UNARY_NOT, SEND, YIELD_VALUE = (dis.opmap[name] for name in ("UNARY_NOT", "SEND", "YIELD_VALUE"))
RERAISE, RAISE_VARARGS = dis.opmap["RERAISE"], dis.opmap["RAISE_VARARGS"]
WITH_EXCEPT_START, GET_ANEXT = dis.opmap["WITH_EXCEPT_START"], dis.opmap["GET_ANEXT"]
END_ASYNC_FOR, RETURN_GENERATOR = dis.opmap["END_ASYNC_FOR"], dis.opmap["RETURN_GENERATOR"]
