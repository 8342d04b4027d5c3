"""What each instruction of a code object does to names: which variable it reads, writes, sets aside or brings back."""

from __future__ import annotations

import dis
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType

READ, READ_CELL, READ_NAME, READ_GLOBAL, READ_MAPPED, WRITE, DELETE, SAVE, RESTORE, NEW_CELL, FORGET = range(11)
"""What is done to a variable.

SAVE and RESTORE: a comprehension that runs in the scope around it (3.12) sets aside what the variable held, and brings
it back, which is no new value. NEW_CELL: such a comprehension's own cell. FORGET: a star import may write any name.
"""

READ_AND_WRITE = {
    "LOAD_FAST": (READ,),
    "LOAD_FAST_CHECK": (READ,),
    "LOAD_FAST_LOAD_FAST": (READ, READ),
    "STORE_FAST_LOAD_FAST": (WRITE, READ),
    "STORE_FAST_STORE_FAST": (WRITE, WRITE),
    "STORE_FAST": (WRITE,),
    "DELETE_FAST": (DELETE,),
    "LOAD_FAST_AND_CLEAR": (SAVE,),
    "LOAD_DEREF": (READ_CELL,),
    "STORE_DEREF": (WRITE,),
    "DELETE_DEREF": (DELETE,),
    "LOAD_CLASSDEREF": (READ_MAPPED,),
    "LOAD_FROM_DICT_OR_DEREF": (READ_MAPPED,),
    "LOAD_NAME": (READ_NAME,),
    "STORE_NAME": (WRITE,),
    "DELETE_NAME": (DELETE,),
    "LOAD_GLOBAL": (READ_GLOBAL,),
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that an instruction does to a variable; `place` is twice the offset, plus one for a second name."""

    kind: int
    variable: str
    place: int
    saved_at: int = -1
    """Of RESTORE: the place where the value was set aside."""


def operations(code: CodeType) -> dict[int, tuple[Operation, ...]]:
    """What instructions do, by offset, in the order in which they do it."""
    found: dict[int, list[Operation]] = {}
    closed = {*code.co_cellvars, *code.co_freevars}
    restored = restores(code) if "LOAD_FAST_AND_CLEAR" in dis.opmap else {}
    body = first_traced(code)
    for each in dis.get_instructions(code):
        for part, (kind, variable) in enumerate(_done(each, body)):
            place = 2 * each.offset + part
            if kind == READ and variable in closed:
                continue  # the cell itself is taken, for a closure
            operation = Operation(kind, variable, place)
            if place in restored:
                operation = Operation(RESTORE, variable, place, restored[place])
            found.setdefault(each.offset, []).append(operation)
    return {offset: tuple(done) for offset, done in found.items()}


def _done(each: dis.Instruction, body: int) -> Iterator[tuple[int, str]]:
    if each.opname in READ_AND_WRITE:
        kinds = READ_AND_WRITE[each.opname]
        variables = each.argval if isinstance(each.argval, tuple) else (each.argval,)
        yield from zip(kinds, variables, strict=True)
    elif each.opname == "MAKE_CELL" and each.offset > body:
        yield NEW_CELL, each.argval
    elif each.opname == "IMPORT_STAR" or each.argrepr == "INTRINSIC_IMPORT_STAR":
        yield FORGET, "*"


def first_traced(code: CodeType) -> int:
    """Offset of the first instruction that tracing sees: what is before it sets the frame up."""
    return next(each.offset for each in dis.get_instructions(code) if each.opname == "RESUME")


def extended(code: CodeType) -> dict[int, int]:
    """Offset of the operation for each offset of an instruction that EXTENDED_ARG makes longer, its own included."""
    found: dict[int, int] = {}
    pending: list[int] = []
    for each in dis.get_instructions(code):
        if each.opname == "EXTENDED_ARG":
            pending.append(each.offset)
        elif pending:
            found |= dict.fromkeys([*pending, each.offset], each.offset)
            pending = []
    return found


def parameters(code: CodeType) -> tuple[str, ...]:
    """The variables that have a value when the code starts."""
    stars = sum(bool(code.co_flags & flag) for flag in (inspect.CO_VARARGS, inspect.CO_VARKEYWORDS))
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount + stars]


def inner_writes(code: CodeType) -> frozenset[str]:
    """Variables of the code that code inside it may write: cells through `nonlocal`, a module's through `global`."""
    found = set()
    for inner in (each for each in code.co_consts if isinstance(each, CodeType)):
        written = {
            each.argval for each in dis.get_instructions(inner) if each.opname in ("STORE_DEREF", "DELETE_DEREF")
        }
        below = inner_writes(inner)
        found |= (written | below) & {*inner.co_freevars}
        found |= {name for name in below if name.startswith(":")}
        found |= {
            f":{each.argval}"
            for each in dis.get_instructions(inner)
            if each.opname in ("STORE_GLOBAL", "DELETE_GLOBAL")
        }
    return frozenset(found)


def restores(code: CodeType) -> dict[int, int]:
    """Place of each write that brings a value back → place where that was set aside, by following the stack.

    Only values set aside are told apart, and nothing but SWAP and the write back ever touches them.
    """
    instructions = list(dis.get_instructions(code))
    if not any(each.opname == "LOAD_FAST_AND_CLEAR" for each in instructions):
        return {}
    at = {each.offset: place for place, each in enumerate(instructions)}
    handlers = dis._parse_exception_table(code)  # type: ignore[attr-defined]
    found: dict[int, int] = {}
    # before 3.13 CPython does not count the value that a generator is first sent
    sent = any(i.opname == "RETURN_GENERATOR" for i in instructions) and not dis.stack_effect(
        dis.opmap["RETURN_GENERATOR"]
    )
    pending: list[tuple[int, tuple[int, ...]]] = [(0, (-1,) * sent)]
    seen: set[int] = set()
    while pending:
        place, stack = pending.pop()
        if place in seen:
            continue
        seen.add(place)
        each = instructions[place]
        pending += [
            (at[entry.target], stack[: entry.depth] + (-1,) * (1 + entry.lasti))
            for entry in handlers
            if entry.start <= each.offset < entry.end
        ]
        if each.opcode in dis.hasjrel:
            pending.append((at[each.argval], _after(each, stack, True, found)))
        if not each.opname.startswith(
            ("RETURN_VALUE", "RETURN_CONST", "RAISE_", "RERAISE", "JUMP_FORWARD", "JUMP_BACKWARD")
        ):
            pending.append((place + 1, _after(each, stack, False, found)))
    return found


def _after(each: dis.Instruction, stack: tuple[int, ...], jumps: bool, found: dict[int, int]) -> tuple[int, ...]:
    """The stack after an instruction: places where what it holds was set aside, -1 for anything else."""
    if each.opname == "LOAD_FAST_AND_CLEAR":
        return (*stack, 2 * each.offset)
    if each.opname == "SWAP":
        assert each.arg is not None
        changed = list(stack)
        changed[-1], changed[-each.arg] = changed[-each.arg], changed[-1]
        return tuple(changed)
    if each.opname.startswith("STORE_FAST"):
        writes = [kind == WRITE for kind in READ_AND_WRITE[each.opname]]
        for part in range(sum(writes)):
            if stack[-1 - part] >= 0:
                found[2 * each.offset + part] = stack[-1 - part]
        return stack[: -sum(writes)] + (-1,) * writes.count(False)
    effect = dis.stack_effect(each.opcode, each.arg, jump=jumps)
    return stack[:effect] if effect < 0 else stack + (-1,) * effect
