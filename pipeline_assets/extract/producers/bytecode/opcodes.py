"""The running interpreter's opcodes as arrays indexed by opcode, taken from `opcode` and `dis` wherever they tell.

What they do not tell is in the tables of this module, by name: how far a name's index is shifted, which opcodes take
two locals, where control goes, and what cannot raise. The tests hold the first two to `dis` on the standard library.
"""

from __future__ import annotations

import dis
import opcode
import re
import sys
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

Bool = npt.NDArray[np.bool_]

OPCODES = 256
"""Code is bytes: pseudo-opcodes, which lie above, never reach a code object."""

NAMES = tuple(dis.opname[:OPCODES])
CACHE, EXTENDED_ARG = dis.opmap["CACHE"], dis.opmap["EXTENDED_ARG"]
HAVE_ARGUMENT = dis.HAVE_ARGUMENT

EDGE_KINDS = ("exception", "exhausted", "false", "item", "jump", "next", "none", "not_none", "resume", "true")
"""Why control goes from one block to another, in alphabetical order."""


def _members(numbers: Iterable[int]) -> Bool:
    members = np.zeros(OPCODES, np.bool_)
    members[[number for number in numbers if number < OPCODES]] = True
    return members


def opcodes_named(*names: str) -> Bool:
    """The opcodes of these names, where the interpreter has them."""
    return _members(dis.opmap[name] for name in names if name in dis.opmap)


def _cache_entries() -> npt.NDArray[np.int8]:
    told: Any = opcode._inline_cache_entries  # type: ignore[attr-defined]
    if isinstance(told, dict):  # by name, from 3.13
        told = [told.get(name, 0) for name in NAMES]
    return np.array(told[:OPCODES], np.int8)


CACHES = _cache_entries()
"""Inline cache entries after an instruction, in code units of two bytes."""

# without dis.hasarg (3.11), opcodes are in order
HAS_ARGUMENT = _members(dis.hasarg) if hasattr(dis, "hasarg") else np.arange(OPCODES) >= HAVE_ARGUMENT
HAS_CONSTANT = _members(dis.hasconst)
HAS_NAME = _members(dis.hasname)
HAS_LOCAL = _members([*dis.haslocal, *dis.hasfree])
JUMPS = _members(dis.hasjrel)
BACKWARD = np.array(["JUMP_BACKWARD" in name for name in NAMES])
if any(number < OPCODES for number in dis.hasjabs):
    raise ImportError("this interpreter has absolute jumps, which none of the supported versions has")

PAIRED = opcodes_named("LOAD_FAST_LOAD_FAST", "STORE_FAST_LOAD_FAST", "STORE_FAST_STORE_FAST")
"""Opcodes on two locals: the upper bits of the argument are the first one's index, these lower bits the second's."""
PAIR_BITS = 4

NAME_SHIFTS = np.zeros(OPCODES, np.int8)
"""By how much the argument is shifted to give the index of a name; the lower bits are flags."""
NAME_SHIFTS[opcodes_named("LOAD_GLOBAL")] = 1
NAME_SHIFTS[opcodes_named("LOAD_SUPER_ATTR")] = 2
NAME_SHIFTS[opcodes_named("LOAD_ATTR")] = 1 if sys.version_info >= (3, 12) else 0

DESCRIBED = HAS_ARGUMENT & ~(HAS_CONSTANT | HAS_NAME | HAS_LOCAL | JUMPS)
"""Opcodes whose argument means something by itself, such as an operator, if anything: `describe` tells what."""

RETURNS = opcodes_named("RETURN_VALUE", "RETURN_CONST")
RAISES = opcodes_named("RAISE_VARARGS", "RERAISE")
SUSPENDS = opcodes_named("RETURN_GENERATOR", "YIELD_VALUE")
"""Control goes out to the caller and, if it comes back, on with the next instruction."""
ALWAYS_JUMPS = np.array([bool(re.fullmatch(r"JUMP_(FORWARD|BACKWARD\w*)", name)) for name in NAMES])
ENDS_PATH = RETURNS | RAISES | ALWAYS_JUMPS
"""Control never goes on with the next instruction."""
ENDS_BLOCK = ENDS_PATH | JUMPS | SUSPENDS

_TESTS = {"IF_TRUE": ("true", "false"), "IF_FALSE": ("false", "true")}
_TESTS |= {"IF_NOT_NONE": ("not_none", "none"), "IF_NONE": ("none", "not_none")}
_ITERATES = ("FOR_ITER", "SEND")


def _outcomes(name: str) -> tuple[str, str]:
    """The kinds of the edges of an opcode when it jumps and when control goes on behind it."""
    tested = re.search(r"IF_(?:NOT_)?(?:TRUE|FALSE|NONE)", name)
    if tested:
        return _TESTS[tested[0]]
    if name in _ITERATES:
        return "exhausted", "item"
    return "jump", "resume" if SUSPENDS[dis.opmap.get(name, CACHE)] else "next"


JUMP_KINDS, NEXT_KINDS = np.array(
    [[EDGE_KINDS.index(kind) for kind in _outcomes(name)] for name in NAMES], np.int8
).T.copy()
"""Positions in `EDGE_KINDS`."""

_NEVER_RAISING = (
    *("CACHE", "NOP", "EXTENDED_ARG", "POP_TOP", "PUSH_NULL", "COPY", "SWAP", "LOAD_CONST", "KW_NAMES"),
    *("RETURN_VALUE", "RETURN_CONST", "JUMP_FORWARD", "JUMP_BACKWARD_NO_INTERRUPT"),
    *("STORE_FAST", "STORE_DEREF", "STORE_FAST_STORE_FAST", "IS_OP", "LOAD_ASSERTION_ERROR"),
    *("POP_JUMP_IF_NONE", "POP_JUMP_IF_NOT_NONE", "POP_JUMP_FORWARD_IF_NONE", "POP_JUMP_FORWARD_IF_NOT_NONE"),
    *("PUSH_EXC_INFO", "POP_EXCEPT", "END_FOR", "END_SEND", "MATCH_MAPPING", "MATCH_SEQUENCE", "COPY_FREE_VARS"),
)
_UNCHECKED_LOCALS = ("LOAD_FAST", "LOAD_FAST_AND_CLEAR", "LOAD_FAST_LOAD_FAST", "STORE_FAST_LOAD_FAST")
_ON_BOOLEANS = ("POP_JUMP_IF_TRUE", "POP_JUMP_IF_FALSE", "UNARY_NOT")


def _raising() -> Bool:
    """All opcodes but those that are known not to raise in this version."""
    harmless = [*_NEVER_RAISING]
    if sys.version_info >= (3, 12):
        harmless += _UNCHECKED_LOCALS  # a name that may be unbound is loaded by LOAD_FAST_CHECK
    if sys.version_info >= (3, 13):
        harmless += _ON_BOOLEANS  # a truth value is asked for by TO_BOOL, before
    return ~opcodes_named(*harmless)


CAN_RAISE = _raising()
"""Whether an exception can arise at an instruction.

A signal's handler may raise wherever the interpreter looks for signals (RESUME, calls, backward jumps), so these can.
Left out is what raises anywhere: trace functions and `PyThreadState_SetAsyncExc`.
"""


def describe(number: int, argument: int) -> str | None:
    """What `dis` says about an argument that stands for itself: an operator, a conversion, flags; None if nothing.

    A comparison's sign is given without the conversion to bool that 3.13 folds into it.
    """
    code = compile("", "", "exec").replace(co_code=bytes([number, argument]))
    try:
        told = next(dis.get_instructions(code))
    except (IndexError, KeyError):  # no compiler makes such an argument
        return None
    return told.argval if isinstance(told.argval, str) else told.argrepr or None
