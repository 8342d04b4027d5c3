"""What can reach what in a code object, by running it in every way that its control flow allows.

One variable at a time: a state is an instruction, where the variable's value was given, and the stack, on which only
values that a comprehension has set aside are told apart. Every state that can be is visited, one after the other. This
is slow, only for tiny programs, and shares nothing with the product but which operations may raise and run other code.
"""

from __future__ import annotations

import dis
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from types import CodeType

from pipeline_assets.extract.producers.bytecode.opcodes import CAN_RAISE
from pipeline_assets.normalize.data_flow.operations import RUNS_CODE

Place = tuple[int, int]
"""An instruction's offset, and which of its parts."""
Value = str | Place
"""What a variable has: nothing, something from outside, a parameter, or what an instruction gave it."""
UNBOUND, OUTSIDE, PARAMETER = "unbound", "outside", "parameter"
State = tuple[int, Value, tuple[Value | None, ...]]

_PAIRS = {
    "LOAD_FAST_LOAD_FAST": ("use", "use"),
    "STORE_FAST_LOAD_FAST": ("def", "use"),
    "STORE_FAST_STORE_FAST": ("def", "def"),
}
_LOADS = ("LOAD_FAST", "LOAD_FAST_CHECK", "LOAD_DEREF", "LOAD_CLASSDEREF", "LOAD_FROM_DICT_OR_DEREF", "LOAD_NAME")
_SINGLE = {
    **dict.fromkeys((*_LOADS, "LOAD_GLOBAL", "LOAD_FROM_DICT_OR_GLOBALS"), "use"),
    **dict.fromkeys(("STORE_FAST", "STORE_DEREF", "STORE_NAME", "STORE_GLOBAL"), "def"),
    **dict.fromkeys(("DELETE_FAST", "DELETE_DEREF", "DELETE_NAME", "DELETE_GLOBAL"), "delete"),
}
_LEAVES = ("RETURN_VALUE", "RETURN_CONST", "RAISE_VARARGS", "RERAISE")


@dataclass
class Reached:
    """By place of a read or deletion: what the variable may have then."""

    uses: dict[Place, set[Value]] = field(default_factory=lambda: defaultdict(set))
    deletions: dict[Place, set[Value]] = field(default_factory=lambda: defaultdict(set))


def all_codes(code: CodeType) -> Iterator[CodeType]:
    """A code object and those inside it, outer ones first."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from all_codes(constant)


def reach(code: CodeType, module: CodeType, name: str) -> list[Reached]:
    """What reaches each access to a name in one code object of a module, by where it may be kept."""
    return [Machine(code, module, name, storage).run() for storage in ("fast", "hidden", "name", "global")]


class Machine:
    """One variable of one code object."""

    def __init__(self, code: CodeType, module: CodeType, name: str, storage: str) -> None:
        self.code, self.name, self.storage = code, name, storage
        self.is_module = code is module
        shown = list(dis.get_instructions(code))
        self.at = {each.offset: each for each in shown}
        self.next = {each.offset: after.offset for each, after in pairwise(shown)}
        self.captures = _captures(shown)
        self.endings = _endings(shown)
        self.entries = dis.Bytecode(code).exception_entries
        self.is_shared = self._is_shared(module)
        self.found = Reached()

    def run(self) -> Reached:
        """Visit every state."""
        # Before 3.13 the value that RETURN_GENERATOR leaves on the stack is not counted.
        is_generator = self.code.co_flags & 0x2A0 and sys.version_info < (3, 13)
        start: State = (min(self.at), self._initial(), (None,) * bool(is_generator))
        seen, waiting = {start}, [start]
        while waiting:
            for state in self._steps(*waiting.pop()):
                if state not in seen:
                    seen.add(state)
                    waiting.append(state)
        return self.found

    def _initial(self) -> Value:
        code = self.code
        count = code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & 4) + bool(code.co_flags & 8)
        if self.storage == "fast" and self.name in code.co_varnames[:count]:
            return PARAMETER
        is_free = self.storage == "fast" and self.name in code.co_freevars
        return OUTSIDE if is_free or (self.storage == "global" and not self.is_module) else UNBOUND

    def _is_shared(self, module: CodeType) -> bool:
        """Whether other code of the module may give the variable another value while this code runs."""
        if self.storage == "fast":
            if self.name in self.code.co_freevars:
                return True
            inner = _lent_to(self.code, self.name)
            return self.name in self.code.co_cellvars and any(_writes_free(each, self.name) for each in inner)
        others = [each for each in all_codes(module) if each is not self.code or self.storage == "global"]
        writes = ("STORE_GLOBAL", "DELETE_GLOBAL")
        return (self.is_module or self.storage == "global") and (
            self.storage == "global" or any(_does(each, self.name, writes) for each in others)
        )

    def _steps(self, offset: int, value: Value, stack: tuple[Value | None, ...]) -> Iterator[State]:
        instruction = self.at[offset]
        opcode = dis.opmap[instruction.opname]
        values = [value]
        if RUNS_CODE[opcode] and self.is_shared and not any(stack):  # what is set aside is not what others see
            values.append(OUTSIDE)
        for each in values:
            if CAN_RAISE[opcode] and offset not in self.endings:
                for entry in self.entries:
                    if entry.start <= offset < entry.end:
                        # Out of memory in the middle of setting a variable aside is no way that programs take.
                        lost = [saved for saved in stack[entry.depth :] if saved is not None]
                        kept = (*stack[: entry.depth], *(None,) * (1 + entry.lasti))
                        yield entry.target, lost[0] if lost else each, kept
            for target, jumps in self._targets(instruction):
                yield target, *self._apply(instruction, each, stack, jumps)

    def _targets(self, instruction: dis.Instruction) -> Iterator[tuple[int, bool]]:
        name = instruction.opname
        if name in _LEAVES:
            return
        if instruction.opcode in dis.hasjrel:
            yield instruction.argval, True
        if not name.startswith("JUMP_") or "IF" in name:
            yield self.next[instruction.offset], False

    def _apply(
        self, instruction: dis.Instruction, value: Value, before: tuple[Value | None, ...], jumps: bool
    ) -> tuple[Value, tuple[Value | None, ...]]:
        stack, name, argument = list(before), instruction.opname, instruction.arg
        if name == "LOAD_FAST_AND_CLEAR":
            is_own = (self.storage, self.name) == (self._slot(name, argument, instruction.argval), instruction.argval)
            return (UNBOUND, (*before, value)) if is_own else (value, (*before, None))
        if name == "SWAP" and argument:
            stack[-1], stack[-argument] = stack[-argument], stack[-1]
            return value, tuple(stack)
        effect = dis.stack_effect(instruction.opcode, argument, jump=jumps)
        for part, (action, storage, variable) in enumerate(self._actions(instruction)):
            top = stack.pop() if action == "def" else None
            effect += action == "def"
            if (storage, variable) != (self.storage, self.name):
                continue
            place = (instruction.offset, part)
            if action == "def":
                value = place if top is None else top
            elif action == "use":
                self.found.uses[place].add(value)
            else:
                self.found.deletions[place].add(value)
                value = UNBOUND
        return value, tuple(stack[:effect] if effect < 0 else [*stack, *(None,) * effect])

    def _actions(self, instruction: dis.Instruction) -> list[tuple[str, str, str]]:
        """What an instruction does, part by part, to which variables."""
        name = instruction.opname
        if instruction.offset in self.captures:
            return []
        if name in _PAIRS:
            pairs = zip(_PAIRS[name], instruction.argval, strict=True)
            return [(do, self._slot(name, None, each), each) for do, each in pairs]
        if name not in _SINGLE:
            return []
        return [(_SINGLE[name], self._slot(name, instruction.arg, instruction.argval), instruction.argval)]

    def _slot(self, operation: str, argument: int | None, name: str) -> str:
        """Where an operation keeps a name: a comprehension's own variable lies beside a free one of the same name."""
        if operation.endswith("_NAME") or ("GLOBAL" in operation and self.is_module):
            return "name"
        if "GLOBAL" in operation:
            return "global"
        is_own = "FAST" in operation or (argument or 0) < _first_lent(self.code)
        return "hidden" if is_own and name in self.code.co_freevars else "fast"


def _lent_to(code: CodeType, name: str) -> Iterator[CodeType]:
    """Code inside that uses a cell of this one."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType) and name in constant.co_freevars:
            yield from (constant, *_lent_to(constant, name))


def _writes_free(code: CodeType, name: str) -> bool:
    """Whether code writes a variable that it is lent: a cell of its own may have the same name (class bodies, 3.12)."""
    writes = (each for each in dis.get_instructions(code) if each.opname in ("STORE_DEREF", "DELETE_DEREF"))
    return any(each.argval == name and (each.arg or 0) >= _first_lent(code) for each in writes)


def _first_lent(code: CodeType) -> int:
    """The index of the first variable that comes from an enclosing function: locals and cells come before."""
    return code.co_nlocals + len({*code.co_cellvars} - {*code.co_varnames})


def _captures(shown: list[dis.Instruction]) -> set[int]:
    """Loads of cells that are given to an inner function: one for each of its free variables, right before its code."""
    work = [each for each in shown if each.opname != "EXTENDED_ARG"]
    found: set[int] = set()
    for place, instruction in enumerate(work):
        free = instruction.argval.co_freevars if isinstance(instruction.argval, CodeType) else ()
        loads = work[place - 1 - len(free) : place - 1] if free else []
        if [each.argval for each in loads] == list(free) and work[place - 1].opname == "BUILD_TUPLE":
            found.update(each.offset for each in loads)
    return found


def _endings(shown: list[dis.Instruction]) -> set[int]:
    """Deletions of a handler's name: right behind `e = None` and from the same place in the source, so they succeed."""
    work = [each for each in shown if each.opname != "EXTENDED_ARG"]
    return {
        each.offset
        for before, each in pairwise(work)
        if each.opname.startswith("DELETE_") and before.opname == each.opname.replace("DELETE", "STORE")
        if (before.argval, before.positions) == (each.argval, each.positions)
    }


def _does(code: CodeType, name: str, operations: tuple[str, ...]) -> bool:
    return any(each.opname in operations and each.argval == name for each in dis.get_instructions(code))
