"""Where control goes from block to block, found by walking instructions as `dis` lists them; no code of the product.

Given is which blocks of bytecode evaluate something. From the end of such a block, control is followed from instruction
to instruction until it comes to another one, or leaves:

* what is walked through evaluates nothing, so only three things in it can raise: RERAISE, which always does, and tests
  and awaits, which do on behalf of the block walked from;
* an exception that arises in the block walked from may be handled by instructions that evaluate nothing and raise it
  again: then it goes on to the next handler; if there is none it leaves unseen, unless the block ends in `raise`;
* END_ASYNC_FOR ends the exception that says that there are no more items, and raises any other again;
* two tests of one value, one right after the other, have one outcome;
* of the two ways behind the end of an `except*` statement, a handler's exception takes the one that raises.
"""

from __future__ import annotations

import dis
import re
import sys
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from types import CodeType

EXIT = "exit"
Arrival = tuple[object, bool]
"""A block, by the offset where it starts, or EXIT; and whether by an exception."""

NEVER_RAISE = {"NOP", "EXTENDED_ARG", "POP_TOP", "PUSH_NULL", "COPY", "SWAP", "LOAD_CONST", "KW_NAMES", "RETURN_VALUE"}
NEVER_RAISE |= {"RETURN_CONST", "JUMP_FORWARD", "JUMP_BACKWARD_NO_INTERRUPT", "STORE_FAST", "STORE_DEREF", "IS_OP"}
NEVER_RAISE |= {"STORE_FAST_STORE_FAST", "LOAD_ASSERTION_ERROR", "PUSH_EXC_INFO", "POP_EXCEPT", "END_FOR", "END_SEND"}
NEVER_RAISE |= {
    "LIST_APPEND",
    "MATCH_MAPPING",
    "MATCH_SEQUENCE",
    "COPY_FREE_VARS",
    "RESUME",
    "JUMP_BACKWARD",
    "RERAISE",
}
if sys.version_info >= (3, 12):
    NEVER_RAISE |= {"LOAD_FAST", "LOAD_FAST_AND_CLEAR", "LOAD_FAST_LOAD_FAST", "STORE_FAST_LOAD_FAST"}
if sys.version_info >= (3, 13):
    NEVER_RAISE |= {"UNARY_NOT"}
TESTS_TRUTH = re.compile(r"(POP_)?JUMP_(FORWARD_|BACKWARD_)?IF_(TRUE|FALSE)(_OR_POP)?")
TESTS_NONE = re.compile(r"POP_JUMP_(FORWARD_|BACKWARD_)?IF_(NOT_)?NONE")


def never_raises(name: str) -> bool:
    is_boolean = sys.version_info >= (3, 13) and TESTS_TRUTH.fullmatch(name)
    return name in NEVER_RAISE or bool(is_boolean or TESTS_NONE.fullmatch(name))


@dataclass
class Code:
    """One code object's instructions by offset."""

    code: CodeType

    def __post_init__(self) -> None:
        self.at = {each.offset: each for each in dis.get_instructions(self.code)}
        self.offsets = sorted(self.at)
        self.after = dict(zip(self.offsets, self.offsets[1:], strict=False))
        self.table = dis._parse_exception_table(self.code)  # type: ignore[attr-defined]

    def handler(self, offset: int) -> int | None:
        return next((entry.target for entry in self.table if entry.start <= offset < entry.end), None)

    def ways(self, offset: int) -> Iterator[tuple[object, str]]:
        """Where control goes from an instruction that does not raise, and what a test's outcome is then."""
        each = self.at[offset]
        if each.opname in ("RETURN_VALUE", "RETURN_CONST"):
            yield EXIT, ""
        if each.opname in ("RETURN_VALUE", "RETURN_CONST", "RAISE_VARARGS", "RERAISE"):
            return
        jumps = "true" if "IF_TRUE" in each.opname else "false" if "IF_FALSE" in each.opname else ""
        jumps = "not_none" if "IF_NOT_NONE" in each.opname else "none" if "IF_NONE" in each.opname else jumps
        opposite = {"true": "false", "false": "true", "none": "not_none", "not_none": "none", "": ""}[jumps]
        if each.opcode in dis.hasjrel:
            yield next(start for start in self.offsets if start >= each.argval), jumps
        if each.opname == "SEND":
            yield EXIT, "suspended"
        elif not each.opname.startswith(("JUMP_FORWARD", "JUMP_BACKWARD")):
            if each.opname == "YIELD_VALUE":
                yield EXIT, "suspended"
            yield self.after[offset], opposite

    def raising(self, start: int, end: int) -> set[int]:
        """What may raise in a block; `e = None; del e` behind a handler evaluates nothing and does not count."""
        inside = [offset for offset in self.offsets if start <= offset < end and not self.is_extended(offset)]
        names = [self.at[offset].opname for offset in inside]
        if set(names) <= {"NOP", "RESUME", "JUMP_BACKWARD"}:
            return {inside[-1]}  # a loop that evaluates nothing can be interrupted
        found = {offset for offset, name in zip(inside, names, strict=True) if not never_raises(name)}
        for place, three in enumerate(zip(names, names[1:], names[2:], strict=False)):
            is_clearing = [name.split("_")[0] for name in three] == ["LOAD", "STORE", "DELETE"]
            if is_clearing and self.at[inside[place]].argval is None:
                found -= {inside[place + 1], inside[place + 2]}
        return found

    def is_extended(self, offset: int) -> bool:
        return self.at[offset].opname == "EXTENDED_ARG"


@dataclass(frozen=True)
class State:
    """Control at an instruction, the exception that travels with it, and the outcome of the test just before."""

    offset: int
    exception: str = ""
    """'': none; 'any': a node of the block raised it; 'lent': testing the block's value did; 'own': its end did."""
    outcome: str = ""


def arrivals(code: Code, start: int, end: int, kept: Mapping[int, int], raising: Set[int]) -> set[Arrival]:
    """Where control comes to from the block of the offsets from `start` to before `end`.

    `kept` are the blocks that evaluate something, start by start; `raising` are offsets of what may raise in this one.
    """
    last = max(offset for offset in code.offsets if start <= offset < end)
    is_raise = code.at[last].opname == "RAISE_VARARGS"
    waiting: list[State | Arrival] = list(_onward(code, State(last)))
    for offset in raising:
        waiting += _raised(code, offset, "own" if is_raise and offset == last else "any")
    found: set[Arrival] = set()
    seen: set[State] = set()
    while waiting:
        state = waiting.pop()
        if isinstance(state, tuple):
            found.add(state)
        elif state.exception and code.at[state.offset].opname == "END_ASYNC_FOR":
            waiting += [State(state.offset), *_raised(code, state.offset, state.exception)]
        elif state.offset in kept:
            found.add((state.offset, bool(state.exception)))
        elif state not in seen:
            seen.add(state)
            waiting += _through(code, state)
    return found


def _through(code: Code, state: State) -> Iterator[State | Arrival]:
    """From an instruction in a block that evaluates nothing."""
    each = code.at[state.offset]
    is_test = bool(TESTS_TRUTH.fullmatch(each.opname))
    asks = (is_test and sys.version_info < (3, 13)) or each.opname in ("TO_BOOL", "SEND")
    if asks and not state.exception:
        yield from _raised(code, state.offset, "lent")
    yield from _onward(code, state)


def _onward(code: Code, state: State) -> Iterator[State | Arrival]:
    """From an instruction that is done."""
    each = code.at[state.offset]
    if each.opname == "RERAISE":
        yield from _raised(code, state.offset, state.exception or "own")
    elif each.opname == "RAISE_VARARGS" and code.handler(state.offset) is None:
        yield EXIT, True
    is_truth = bool(TESTS_TRUTH.fullmatch(each.opname))
    for target, outcome in code.ways(state.offset):
        if is_truth and state.outcome in ("true", "false") and outcome != state.outcome:
            continue
        if state.exception and outcome == "none":
            continue
        if target == EXIT:
            if outcome != "suspended" or not state.exception:
                yield EXIT, bool(state.exception)
        else:
            told = outcome if outcome in ("true", "false") else state.outcome
            yield State(target, state.exception, told)  # type: ignore[arg-type]


def _raised(code: Code, offset: int, exception: str) -> Iterator[State | Arrival]:
    """An exception arises or goes on at an instruction."""
    handler = code.handler(offset)
    if handler is not None:
        yield State(handler, exception)
    elif exception == "own":
        yield EXIT, True


def nested(code: CodeType) -> Iterator[CodeType]:
    """A code object and those in its constants, each before those inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from nested(constant)
