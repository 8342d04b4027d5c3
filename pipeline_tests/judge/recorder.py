"""What a process does while it runs: transitions, reads and the writes they see, calls and lines, by code object.

Everything is counted per code object, so millions of steps stay small. 3.12 and later tell through `sys.monitoring`,
3.11 through `sys.settrace`; either says so *before* an instruction runs.
"""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any

from pipeline_tests.judge import operations as ops

PARAMETER, UNBOUND, FOREIGN = -1, -2, -3
"""Writes that are no instruction of the frame: of a parameter by the call; none; by other code, or not known."""

ENTRY = -1
"""Where the first transition of a frame comes from."""


@dataclass(slots=True)
class Seen:
    """What was seen of one code object. Places are twice an offset, plus one for the second name of an instruction."""

    code: CodeType
    steps: Counter[tuple[int, int]] = field(default_factory=Counter)
    """From offset to offset of one frame."""
    leaps: Counter[tuple[int, int]] = field(default_factory=Counter)
    """The same over the instructions that are not overlooked."""
    reads: Counter[tuple[int, str, str, int]] = field(default_factory=Counter)
    """Place, variable, how it is kept (fast, cell, free, name), the place of the write."""
    names: Counter[tuple[int, str, str]] = field(default_factory=Counter)
    """Place, name, where it was found."""
    calls: Counter[tuple[int, int]] = field(default_factory=Counter)
    """Offset of the caller, id of the code object that then started."""
    ends: Counter[tuple[int, int, str]] = field(default_factory=Counter)
    """Offset where a frame ended, the last one that is not overlooked, return or unwind."""
    lines: set[int] = field(default_factory=set)


class Plan:
    """How one code object is watched."""

    __slots__ = ("actions", "first", "inner", "is_module", "left", "overlooked", "parameters", "seen", "whole")

    def __init__(self, code: CodeType, overlooked: Collection[int], most: int) -> None:
        self.seen = Seen(code)
        self.first = ops.first_traced(code)
        self.whole = ops.extended(code)
        self.actions = ops.operations(code)
        self.parameters = dict.fromkeys(ops.parameters(code), PARAMETER)
        self.inner = ops.inner_writes(code)
        self.is_module = code.co_name == "<module>"
        self.overlooked = frozenset(overlooked)
        self.left = most


class State:
    """One frame."""

    __slots__ = ("kept", "last", "plan", "saved", "writes")

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.last = self.kept = ENTRY
        self.writes: dict[str, int] = plan.parameters.copy()
        self.saved: dict[int, int] = {}


class Recorder:
    """Watches the code of `files`, which are given with their paths in the repository."""

    def __init__(
        self,
        files: Mapping[str, str],
        overlooked: Mapping[tuple[str, str, int, bytes], Collection[int]],
        most_of_one: int,
    ) -> None:
        self._files = files
        self._overlooked = overlooked
        self._most = most_of_one
        self.plans: dict[int, Plan | None] = {}
        self._kept: list[CodeType] = []
        self._states: dict[int, State] = {}
        self.elsewhere = 0
        """Code objects that are of no file: made by `exec`, `namedtuple` and the like."""

    # -- events

    def start(self, frame: FrameType) -> Plan | None:
        """A frame starts."""
        code = frame.f_code
        plan = self.plans[id(code)] if id(code) in self.plans else self._found(code)
        if plan is None or plan.left <= 0:
            return plan
        self._states[id(frame)] = State(plan)
        caller = frame.f_back
        state = caller and self._states.get(id(caller))
        if state and state.plan.seen.code is caller.f_code:  # type: ignore[union-attr]
            state.plan.seen.calls[state.last, id(code)] += 1
        return plan

    def step(self, frame: FrameType, offset: int) -> bool:
        """An instruction is about to run; false when no more is to be seen of its code."""
        state = self._states.get(id(frame))
        if state is None or state.plan.seen.code is not frame.f_code:
            return True  # it started before it was watched
        plan = state.plan
        if offset in plan.whole:
            if plan.whole[offset] == state.last:
                return True  # 3.12 and 3.13 tell of both, 3.11 of the first
            offset = plan.whole[offset]
        plan.left -= 1
        if plan.left <= 0:
            return False
        plan.seen.steps[state.last, offset] += 1
        state.last = offset
        if offset not in plan.overlooked:
            plan.seen.leaps[state.kept, offset] += 1
            state.kept = offset
        for operation in plan.actions.get(offset, ()):
            self._act(state, frame, operation)
        return True

    def end(self, frame: FrameType, offset: int, how: str) -> None:
        """A frame ends."""
        state = self._states.pop(id(frame), None)
        if state is not None and state.plan.seen.code is frame.f_code and state.plan.left > 0:
            state.plan.seen.ends[offset, state.kept, how] += 1

    # -- helpers, in the order they are used

    def _found(self, code: CodeType) -> Plan | None:
        path = self._files.get(code.co_filename)
        plan = None
        if path is not None:
            plan = Plan(code, self._overlooked.get(identity(path, code), ()), self._most)
        self.elsewhere += code.co_filename.startswith("<")
        self._kept.append(code)  # its id stays its own
        self.plans[id(code)] = plan
        return plan

    def _act(self, state: State, frame: FrameType, done: ops.Operation) -> None:
        """Note a read, or remember a write."""
        kind, variable, writes = done.kind, done.variable, state.writes
        if kind == ops.WRITE:
            writes[variable] = done.place
        elif kind == ops.READ:
            state.plan.seen.reads[done.place, variable, "fast", writes.get(variable, UNBOUND)] += 1
        elif kind == ops.READ_GLOBAL:
            state.plan.seen.names[done.place, variable, _beyond(frame, variable)] += 1
        elif kind == ops.READ_CELL:
            self._read_cell(state, done)
        elif kind in (ops.READ_NAME, ops.READ_MAPPED):
            self._read_mapping(state, frame, done)
        elif kind == ops.DELETE:
            writes[variable] = UNBOUND
        elif kind == ops.SAVE:
            state.saved[done.place] = writes.pop(variable, UNBOUND)
        elif kind == ops.RESTORE:
            writes[variable] = state.saved.get(done.saved_at, FOREIGN)
        elif kind == ops.NEW_CELL:
            writes.pop(variable, None)
        else:
            state.writes = dict.fromkeys(writes, FOREIGN)

    def _read_cell(self, state: State, done: ops.Operation) -> None:
        code = state.plan.seen.code
        is_own = done.variable not in code.co_freevars
        seen = state.writes.get(done.variable, UNBOUND)
        if not is_own or done.variable in state.plan.inner:
            seen = FOREIGN
        state.plan.seen.reads[done.place, done.variable, "cell" if is_own else "free", seen] += 1

    def _read_mapping(self, state: State, frame: FrameType, done: ops.Operation) -> None:
        """A read of a class's or module's own names, then of what is around it."""
        seen, variable = state.plan.seen, done.variable
        if frame.f_code.co_flags & 1:
            seen.names[done.place, variable, "unknown"] += 1  # annotation scopes look into a class from outside
            return
        own: Any = frame.f_locals
        if state.plan.is_module and own is not frame.f_globals:
            return  # run by `exec` in names of its own
        if type(own) is not dict:
            seen.names[done.place, variable, "unknown"] += 1
            return
        if variable not in own:
            found = "free" if done.kind == ops.READ_MAPPED else _beyond(frame, variable)
            seen.names[done.place, variable, found] += 1
            return
        seen.names[done.place, variable, "globals" if state.plan.is_module else "class"] += 1
        foreign = f":{variable}" in state.plan.inner or state.writes.get(variable, UNBOUND) == UNBOUND
        seen.reads[done.place, variable, "name", FOREIGN if foreign else state.writes[variable]] += 1


def identity(path: str, code: CodeType) -> tuple[str, str, int, bytes]:
    """What tells a code object from others, in any process of the same interpreter."""
    return path, code.co_qualname, code.co_firstlineno, code.co_code + b"\0" + code.co_linetable


def _beyond(frame: FrameType, name: str) -> str:
    if name in frame.f_globals:
        return "globals"
    return "builtins" if name in frame.f_builtins else "missing"


class Monitoring:
    """Events of 3.12 and later."""

    TOOL = 4

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder

    def __enter__(self) -> None:
        monitoring = sys.monitoring  # type: ignore[attr-defined]
        events, recorder, frame_at = monitoring.events, self.recorder, sys._getframe
        each = events.INSTRUCTION | events.LINE | events.PY_RETURN

        def start(code: CodeType, offset: int) -> Any:
            is_new = id(code) not in recorder.plans
            plan = recorder.start(frame_at(1))
            if plan is None:
                return monitoring.DISABLE
            if is_new:
                monitoring.set_local_events(self.TOOL, code, each)
            return None

        def step(code: CodeType, offset: int) -> None:
            if not recorder.step(frame_at(1), offset):
                monitoring.set_local_events(self.TOOL, code, 0)

        def line(code: CodeType, number: int) -> None:
            # not disabled when seen: 3.12 and 3.13 then leave out the event of the instruction as well
            plan = recorder.plans.get(id(code))
            if plan is not None:
                plan.seen.lines.add(number)

        def returned(code: CodeType, offset: int, value: object) -> None:
            recorder.end(frame_at(1), offset, "return")

        def unwound(code: CodeType, offset: int, error: BaseException) -> None:
            recorder.end(frame_at(1), offset, "unwind")

        monitoring.use_tool_id(self.TOOL, "judge")
        heard = {"PY_START": start, "INSTRUCTION": step, "LINE": line, "PY_RETURN": returned, "PY_UNWIND": unwound}
        for name, function in heard.items():
            monitoring.register_callback(self.TOOL, getattr(events, name), function)
        monitoring.set_events(self.TOOL, events.PY_START | events.PY_UNWIND)

    def __exit__(self, *error: object) -> None:
        monitoring = sys.monitoring  # type: ignore[attr-defined]
        monitoring.set_events(self.TOOL, 0)
        for plan in filter(None, self.recorder.plans.values()):
            monitoring.set_local_events(self.TOOL, plan.seen.code, 0)
        monitoring.free_tool_id(self.TOOL)


class Tracing:
    """Events of 3.11."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder

    def __enter__(self) -> None:
        threading.settrace(self._call)
        sys.settrace(self._call)

    def __exit__(self, *error: object) -> None:
        sys.settrace(None)
        threading.settrace(None)  # type: ignore[arg-type]

    def _call(self, frame: FrameType, event: str, argument: Any) -> Any:
        plan = self.recorder.plans.get(id(frame.f_code))
        if plan is None or frame.f_lasti <= plan.first:  # a generator that goes on is further
            plan = self.recorder.start(frame)
        if plan is None or plan.left <= 0:
            return None
        frame.f_trace_opcodes = True
        return self._local

    def _local(self, frame: FrameType, event: str, argument: Any) -> Any:
        if event == "opcode":
            return self._local if self.recorder.step(frame, frame.f_lasti) else None
        if event == "line":
            plan = self.recorder.plans[id(frame.f_code)]
            assert plan is not None
            plan.seen.lines.add(frame.f_lineno)
        elif event == "return":
            self._return(frame)
        return self._local

    def _return(self, frame: FrameType) -> None:
        ending = ops.dis.opname[frame.f_code.co_code[frame.f_lasti]]
        if ending != "YIELD_VALUE" or not frame.f_code.co_flags & GENERATES:
            self.recorder.end(frame, frame.f_lasti, "return" if ending == "RETURN_VALUE" else "unwind")


GENERATES = 0x20 | 0x80 | 0x200
"""Flags of generators, coroutines and asynchronous generators."""


def watching(recorder: Recorder) -> Monitoring | Tracing:
    """The interpreter's way to tell a recorder."""
    return Monitoring(recorder) if sys.version_info >= (3, 12) else Tracing(recorder)
