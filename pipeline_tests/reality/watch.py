"""The child process: runs tests while it watches a package's code, and writes down which function called which.

    python watch.py JOB RESULT

Both are JSON; see `Job` and `Call` in `observing.py`. It imports nothing but the standard library before the tests do,
for the package under test may be one that a library of ours uses.
"""

from __future__ import annotations

import ast
import dis
import importlib
import json
import os
import sys
import threading
import time
import unittest
from collections import Counter
from pathlib import Path
from types import CodeType, FrameType, FunctionType, MethodType
from typing import Any

DRIVEN = 0x20 | 0x80 | 0x200
"""Flags of generators, coroutines and asynchronous generators: their frames start when they are driven."""
FUNCTION = 0x1
"""Flag of code that is neither a module's nor a class's."""
ENOUGH = 5_000
INSIDE_OUT = ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>")


class Watch:
    """Counts calls from watched code to watched code: caller, offset, callee, how."""

    def __init__(self, files: dict[str, str]) -> None:
        self.files = files
        self.calls: Counter[tuple[CodeType, int, CodeType, str]] = Counter()
        self.called: dict[tuple[CodeType, int], Any] = {}
        """What each call instruction last called, where the interpreter tells."""
        self.idle: Counter[object] = Counter()
        """Events that told nothing new, by what they are of."""

    def is_watched(self, code: CodeType) -> bool:
        return code.co_filename in self.files

    def started(self, frame: FrameType) -> None:
        """A frame of watched code starts."""
        code, caller = frame.f_code, frame.f_back
        if caller is None or not self.is_watched(caller.f_code) or code.co_flags & DRIVEN:
            return
        if code.co_flags & FUNCTION and code.co_name not in INSIDE_OUT:
            offset = caller.f_lasti
            called = self.called.get((caller.f_code, offset))
            if called is None and self._is_interruption(caller.f_code, offset, code):
                return
            self._count((caller.f_code, offset, code, _how(called, code)), code)

    def _is_interruption(self, caller: CodeType, offset: int, code: CodeType) -> bool:
        """Whether the interpreter runs code at a call's end on its own, as the garbage collector does, or a signal."""
        at = offset
        while at > 0 and dis.opname[caller.co_code[at]] == "CACHE":
            at -= 2
        called = self.called.get((caller, at))
        function = called.__func__ if isinstance(called, MethodType) else called
        is_heard = at != offset and not self.is_worn((caller, at))
        return is_heard and isinstance(function, FunctionType) and function.__code__ is not code

    def calls_driven(self, caller: CodeType, offset: int, called: object) -> None:
        """A call instruction; a generator's or coroutine's frame will start elsewhere."""
        self.called[caller, offset] = type(called) if not isinstance(called, PLAIN) else called
        function = called.__func__ if isinstance(called, MethodType) else called
        if isinstance(function, FunctionType):
            code = function.__code__
            if code.co_flags & DRIVEN and self.is_watched(code) and code.co_name not in INSIDE_OUT:
                self._count((caller, offset, code, "direct"), (caller, offset))
                return
        self.idle[caller, offset] += 1

    def is_worn(self, source: object) -> bool:
        """Whether a function or call instruction has told nothing new for so long that it need not be heard."""
        return self.idle[source] > ENOUGH

    def _count(self, call: tuple[CodeType, int, CodeType, str], source: object) -> None:
        self.idle[source] = self.idle[source] + 1 if call in self.calls else 0
        self.calls[call] += 1

    def told(self) -> list[list[Any]]:
        """Every call with the place of its instruction."""
        rows = []
        for (caller, offset, callee, how), count in list(self.calls.items()):
            places = list(caller.co_positions())
            place = places[offset // 2]
            earlier = (2 * at for at in range(offset // 2) if places[at] == place)
            operation = _operation(caller, offset)
            if operation == "CALL" and any(_is_call(caller, at) for at in earlier if caller.co_code[at]):
                operation = "CALL again"
            rows.append([*self._named(caller), *place, operation, *self._named(callee), how, count])
        return rows

    def _named(self, code: CodeType) -> tuple[str, str, int]:
        return self.files[code.co_filename], code.co_qualname, code.co_firstlineno


PLAIN = (FunctionType, MethodType, type)


def _how(called: Any, code: CodeType) -> str:
    """`direct` if the thing called is the function; else what kind of thing called it in turn."""
    function = called.__func__ if isinstance(called, MethodType) else called
    if called is None or (isinstance(function, FunctionType) and function.__code__ is code):
        return "direct"
    if isinstance(called, type) and any(getattr(method, "__code__", None) is code for method in _run_by(called)):
        return "direct"
    return f"through {called.__name__ if isinstance(called, type) else type(called).__name__}"


def _run_by(called: type) -> list[object]:
    """The methods that calling a class, or an object of it, runs at once."""
    of_class = [getattr(called, name, None) for name in ("__init__", "__new__", "__call__")]
    return [*of_class, getattr(type(called), "__call__", None)]  # noqa: B004 - the method is what is asked for


def _operation(code: CodeType, offset: int) -> str:
    while dis.opname[code.co_code[offset]] == "CACHE":  # 3.11 stands behind the instruction while Python code runs
        offset -= 2
    name = dis.opname[code.co_code[offset]]
    return "CALL" if name.startswith(("CALL", "PRECALL")) and "INTRINSIC" not in name else name


def _is_call(code: CodeType, offset: int) -> bool:
    return dis.opname[code.co_code[offset]] in ("CALL", "CALL_KW", "CALL_FUNCTION_EX")


class Monitoring:
    """Events of 3.12 and later."""

    TOOL = 4

    def __init__(self, watch: Watch) -> None:
        monitoring = sys.monitoring  # type: ignore[attr-defined]
        events, seen = monitoring.events, set[CodeType]()

        def start(code: CodeType, offset: int) -> Any:
            if not watch.is_watched(code):
                return monitoring.DISABLE
            if code not in seen:
                seen.add(code)
                monitoring.set_local_events(self.TOOL, code, events.CALL)
            watch.started(sys._getframe(1))
            return monitoring.DISABLE if watch.is_worn(code) else None

        def call(code: CodeType, offset: int, called: object, first: object) -> Any:
            watch.calls_driven(code, offset, called)
            return monitoring.DISABLE if watch.is_worn((code, offset)) else None

        monitoring.use_tool_id(self.TOOL, "reality")
        monitoring.register_callback(self.TOOL, events.PY_START, start)
        monitoring.register_callback(self.TOOL, events.CALL, call)
        monitoring.set_events(self.TOOL, events.PY_START)


class NamedClasses:
    """Classes that call expressions call by name: no event tells that `frozenset(…)` is what runs a function."""

    def __init__(self) -> None:
        self._places: dict[str, dict[tuple[int | None, ...], str]] = {}
        self._names: dict[tuple[CodeType, int], str | None] = {}

    def called(self, frame: FrameType) -> type | None:
        """The class that a frame is calling, if the name of one is what it calls."""
        key = frame.f_code, frame.f_lasti
        if key not in self._names:
            place = list(frame.f_code.co_positions())[frame.f_lasti // 2]
            self._names[key] = self._read(frame.f_code.co_filename).get(place)
        name = self._names[key]
        spaces = (frame.f_locals, frame.f_globals, frame.f_builtins) if name else ()
        found = next((space[name] for space in spaces if name in space), None)
        return found if isinstance(found, type) else None

    def _read(self, path: str) -> dict[tuple[int | None, ...], str]:
        """Names that are called, by where the call is."""
        if path not in self._places:
            calls = (each for each in ast.walk(ast.parse(Path(path).read_bytes())) if isinstance(each, ast.Call))
            self._places[path] = {
                (each.lineno, each.end_lineno, each.col_offset, each.end_col_offset): each.func.id
                for each in calls
                if isinstance(each.func, ast.Name)
            }
        return self._places[path]


class Profiling:
    """Events of 3.11: of what is called only C functions are told, so calls of generators are left out."""

    def __init__(self, watch: Watch) -> None:
        classes = NamedClasses()

        def start(frame: FrameType) -> None:
            caller = frame.f_back
            key = (caller.f_code, caller.f_lasti) if caller is not None else None
            if caller is None or key in watch.called or not watch.is_watched(caller.f_code):
                watch.started(frame)
                return
            watch.called[caller.f_code, caller.f_lasti] = classes.called(caller)
            watch.started(frame)
            del watch.called[caller.f_code, caller.f_lasti]

        def heard(frame: FrameType, event: str, argument: object) -> None:
            code = frame.f_code
            if not watch.is_watched(code):
                return
            if event == "call":
                start(frame)
            elif event == "c_call":
                watch.called[code, frame.f_lasti] = argument
            else:
                watch.called.pop((code, frame.f_lasti), None)

        threading.setprofile(heard)
        sys.setprofile(heard)


def _run_pytest(arguments: list[str], until: float, counts: Counter[str]) -> None:
    pytest = importlib.import_module("pytest")

    class Bounded:
        def pytest_runtest_logreport(self, report: Any) -> None:
            if report.when == "call":
                counts[report.outcome] += 1

        def pytest_runtest_logfinish(self, nodeid: str, location: object) -> None:
            if time.process_time() > until:
                self.session.shouldstop = "time is up"

        def pytest_sessionstart(self, session: Any) -> None:
            self.session = session

    pytest.main(["-q", "-p", "no:cacheprovider", "--continue-on-collection-errors", *arguments], plugins=[Bounded()])


class _BoundedResult(unittest.TestResult):
    def __init__(self, until: float, counts: Counter[str]) -> None:
        super().__init__()
        self.until, self.counts = until, counts

    def stopTest(self, test: unittest.TestCase) -> None:
        super().stopTest(test)
        bad = len(self.failures) + len(self.errors)
        self.counts.update(passed=self.testsRun - bad - self.counts["passed"], failed=bad - self.counts["failed"])
        if time.process_time() > self.until:
            self.stop()


def _run_unittest(arguments: list[str], until: float, counts: Counter[str]) -> None:
    unittest.defaultTestLoader.loadTestsFromNames(arguments).run(_BoundedResult(until, counts))


RUNNERS = {"pytest": _run_pytest, "unittest": _run_unittest}


def main(job_file: str, result_file: str) -> None:
    """Do the job; after the time limit, at the end of a test, or at twice that, in its midst."""
    job = json.loads(Path(job_file).read_text())
    watch, process, counts = Watch(job["files"]), os.getpid(), Counter[str]()

    def tell(why: str) -> None:
        told = {"calls": watch.told(), "tests": counts, "ended": why}
        aside = Path(result_file + ".part")
        aside.write_text(json.dumps(told))
        aside.rename(result_file)

    def give_up() -> None:
        if os.getpid() == process:
            tell("hung")
            os._exit(0)

    alarm = threading.Timer(2 * job["seconds"] + 30, give_up)
    alarm.daemon = True
    alarm.start()
    (Monitoring if sys.version_info >= (3, 12) else Profiling)(watch)
    RUNNERS[job["runner"]](job["arguments"], time.process_time() + job["seconds"], counts)
    if os.getpid() == process:
        tell("")
    os._exit(0)  # threads that the tests left must not keep it


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    main(*sys.argv[1:])
