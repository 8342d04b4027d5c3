"""The recorder sees what runs, exactly: held to `dis`, and to programs whose steps are known."""

from __future__ import annotations

import dis
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path
from types import CodeType

import pytest

from pipeline_tests.judge import operations as ops
from pipeline_tests.judge.observed import Counts, Job, Observed, code_objects
from pipeline_tests.judge.recorder import ENTRY, FOREIGN, PARAMETER, UNBOUND
from pipeline_tests.judge.running import run


class Ran:
    """One program that was run under the recorder."""

    def __init__(self, folder: Path, text: str, **choices: int) -> None:
        path = folder / "program.py"
        path.write_text(text)
        self.observed: Observed = run(Job({str(path): "program.py"}, (str(path),), **choices))  # type: ignore[arg-type]
        self.codes = {code.co_qualname: code for code in code_objects(compile(text, "program.py", "exec"))}

    def counts(self, qualname: str) -> Counts:
        """What was seen of a code object."""
        return next((counts for key, counts in self.observed.codes.items() if key[1] == qualname), Counts())

    def reads(self, qualname: str, variable: str) -> Counter[tuple[str, object]]:
        """How a variable is kept, and the line of the write that each read saw, or why there is none."""
        found: Counter[tuple[str, object]] = Counter()
        lines = _lines(self.codes[qualname])
        for (_, name, kept, write), count in self.counts(qualname).reads.items():
            if name == variable:
                found[kept, lines[write // 2] if write >= 0 else write] += count
        return found


def _lines(code: CodeType) -> dict[int, int | None]:
    return {each.offset: each.positions.lineno for each in dis.get_instructions(code) if each.positions}


def test_straight_code_is_seen_instruction_by_instruction(tmp_path: Path) -> None:
    ran = Ran(tmp_path, "def f(x):\n    y = x + 1\n    return y * 2\nfor i in range(3):\n    f(i)\n")
    body = [each.offset for each in dis.get_instructions(ran.codes["f"]) if each.opname != "RESUME"]
    steps = Counter({pair: n for pair, n in ran.counts("f").steps.items() if pair[1] in body and pair[0] in body})
    assert steps == dict.fromkeys(pairwise(body), 3)
    assert sum(n for (start, _), n in ran.counts("f").steps.items() if start == ENTRY) == 3
    assert ran.counts("f").ends == {(body[-1], body[-1], "return"): 3}


def test_reads_see_the_write_of_their_own_frame(tmp_path: Path) -> None:
    text = "def f(n):\n    x = n\n    if n:\n        f(n - 1)\n        x = x\n    return x\nf(2)\n"
    ran = Ran(tmp_path, text)
    assert ran.reads("f", "x") == {("fast", 2): 3, ("fast", 5): 2}
    assert set(ran.reads("f", "n")) == {("fast", PARAMETER)}


def test_suspended_frames_keep_their_place_and_their_writes(tmp_path: Path) -> None:
    text = """\
def g():
    x = 1
    try:
        yield x
    except KeyError:
        yield x
    x = 2
    yield x

a, b = g(), g()
next(a), next(b)
a.throw(KeyError)
next(b)
b.close()
next(a)
"""
    ran = Ran(tmp_path, text)
    assert ran.reads("g", "x") == {("fast", 2): 3, ("fast", 7): 2}
    offsets = {each.offset: each.opname for each in dis.get_instructions(ran.codes["g"])}
    from_yield = {offsets[end] for (start, end) in ran.counts("g").steps if offsets.get(start) == "YIELD_VALUE"}
    assert "PUSH_EXC_INFO" in from_yield


def test_unbound_and_deleted_names_are_told(tmp_path: Path) -> None:
    text = """\
def f(how):
    if how:
        x = 1
    if how == 2:
        del x
    try:
        return x
    except NameError:
        pass

for how in range(3):
    f(how)
"""
    assert Ran(tmp_path, text).reads("f", "x") == {("fast", 3): 1, ("fast", UNBOUND): 2}


def test_comprehensions_bring_back_what_they_set_aside(tmp_path: Path) -> None:
    text = """\
def f(x):
    y = [x for x in (1, 2)]
    print(x)
    x = y
    try:
        [x.no for x in (1,)]
    except AttributeError:
        return x

f(0)
"""
    inside = {("fast", 2): 2, ("fast", 6): 1} if sys.version_info >= (3, 12) else {}
    assert Ran(tmp_path, text).reads("f", "x") == {("fast", PARAMETER): 1, ("fast", 4): 1} | inside


@pytest.mark.skipif(sys.version_info < (3, 12), reason="comprehensions have frames of their own")
def test_restores_are_the_last_writes_of_what_was_set_aside() -> None:
    code = code_objects(compile("def f(a, b):\n    a = [a for a in b for b in a]\n    return a, b\n", "f", "exec"))[1]
    by_offset = {each.offset: each for each in dis.get_instructions(code)}
    restored, saved = Counter(), Counter()
    for place, saved_at in ops.restores(code).items():
        value = by_offset[place // 2].argval
        name = value if isinstance(value, str) else value[place % 2]
        assert name == by_offset[saved_at // 2].argval
        restored[name] += 1
    saved.update(each.argval for each in by_offset.values() if each.opname == "LOAD_FAST_AND_CLEAR")
    assert restored == {name: 2 * count for name, count in saved.items()}, "once when it ends, once when it raises"


def test_cells_that_others_may_write_are_foreign(tmp_path: Path) -> None:
    text = """\
def f():
    own, shared = 1, 2
    def read():
        return own
    def write():
        nonlocal shared
        shared += 1
    read(), write()
    return own, shared

f()
"""
    ran = Ran(tmp_path, text)
    assert ran.reads("f", "own") == {("cell", 2): 1}
    assert ran.reads("f", "shared") == {("cell", FOREIGN): 1}
    assert ran.reads("f.<locals>.read", "own") == {("free", FOREIGN): 1}


def test_names_are_told_with_their_namespace(tmp_path: Path) -> None:
    text = """\
g = 1
class A:
    a = g
    b = a, len
    try:
        c = missing
    except NameError:
        pass
def f():
    return g, len
f()
"""
    ran = Ran(tmp_path, text)
    assert {(name, found) for _, name, found in ran.counts("A").names} >= {
        ("g", "globals"),
        ("a", "class"),
        ("len", "builtins"),
        ("missing", "missing"),
        ("NameError", "builtins"),
    }
    assert {(name, found) for _, name, found in ran.counts("f").names} == {("g", "globals"), ("len", "builtins")}
    assert ran.reads("A", "a") == {("name", 3): 1}


def test_what_runs_often_is_let_go(tmp_path: Path) -> None:
    ran = Ran(tmp_path, "def f():\n    for i in range(10_000):\n        pass\nf()\n", most_of_one=100)
    assert 90 < sum(ran.counts("f").steps.values()) <= 100


def test_long_arguments_are_one_instruction(tmp_path: Path) -> None:
    names = "".join(f"    v{number} = {number}\n" for number in range(300))
    ran = Ran(tmp_path, f"def f():\n{names}    return v299\nf()\n")
    assert ran.reads("f", "v299") == {("fast", 301): 1}
    prefixes = [each.offset for each in dis.get_instructions(ran.codes["f"]) if each.opname == "EXTENDED_ARG"]
    assert prefixes
    assert not {offset for pair in ran.counts("f").steps for offset in pair} & {*prefixes}


def test_code_of_no_file_is_counted_and_programs_that_raise_are_told(tmp_path: Path) -> None:
    ran = Ran(tmp_path, "exec('x = 1')\nraise KeyError('meant')\n")
    assert ran.observed.elsewhere >= 1
    assert ran.observed.failed == ["program.py: KeyError('meant')"]


def test_threads_are_watched(tmp_path: Path) -> None:
    text = "import threading\ndef f():\n    return 1\nt = threading.Thread(target=f)\nt.start()\nt.join()\n"
    assert Ran(tmp_path, text).counts("f").steps
