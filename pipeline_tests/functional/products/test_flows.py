"""Flows are held against programs that run: what arrives at a sink must be found, and nothing else."""

from __future__ import annotations

import re
import runpy
import sys
import types
from pathlib import Path

import duckdb
import pytest

from pipeline_tests.flow_questions import asked_of, flows

CASES = Path(__file__).parents[2] / "golden" / "flows" / "cases"
MARK = "7041776"
"""What `source` gives; a text with it comes from there. Digits, so that `upper`, `repr` and `encode` leave it alone."""
EXPECTED = re.compile(r"#\s(?P<what>flow|none|imprecise: .+|unseen flow|unseen)$")
NAMES = sorted(path.stem for path in CASES.glob("*.py") if path.stem != "shared")


def expected(name: str) -> dict[int, str]:
    """What each line with a sink says of itself."""
    lines = (CASES / f"{name}.py").read_text().splitlines()
    found = {}
    for number, line in enumerate(lines, 1):
        if re.search(r"\bsink\(", line):
            match = EXPECTED.search(line)
            assert match, f"{name}.py:{number} does not say what is expected"
            found[number] = match["what"].split(":")[0]
    return found


@pytest.fixture(scope="module")
def cases() -> duckdb.DuckDBPyConnection:
    return asked_of({path.name: path.read_text() for path in sorted(CASES.glob("*.py"))})


@pytest.fixture(scope="module")
def found(cases: duckdb.DuckDBPyConnection) -> set[tuple[str, int]]:
    answer = flows(cases, barriers=("call:probe.clean",), limit=10_000)
    assert answer.is_complete and answer.found == len(answer.flows)
    return {(flow.steps[-1].path, flow.steps[-1].line) for flow in answer.flows}


@pytest.fixture
def observed(monkeypatch: pytest.MonkeyPatch):
    """Runs a case; gives for each line with a sink whether the mark arrived there."""

    def run(name: str) -> dict[int, bool]:
        seen: dict[int, bool] = {}

        def sink(value: object) -> None:
            frame = sys._getframe(1)
            if frame.f_code.co_filename.endswith(f"{name}.py"):
                seen[frame.f_lineno] = seen.get(frame.f_lineno, False) or MARK in repr(value)

        probe = types.ModuleType("probe")
        vars(probe).update(source=lambda: MARK, sink=sink, clean=lambda value: "clean", yes=lambda: True)
        monkeypatch.setitem(sys.modules, "probe", probe)
        monkeypatch.syspath_prepend(str(CASES))
        runpy.run_path(str(CASES / f"{name}.py"))
        monkeypatch.delitem(sys.modules, "shared", raising=False)
        return seen

    return run


@pytest.mark.parametrize("name", NAMES)
def test_a_program_does_what_its_lines_say(observed, name: str):
    says = {line: what for line, what in expected(name).items() if not what.startswith("unseen")}
    assert observed(name) == {line: what == "flow" for line, what in says.items()}


@pytest.mark.parametrize("name", NAMES)
def test_what_arrives_is_found_and_nothing_else(found, name: str):
    says = {line for line, what in expected(name).items() if what in ("flow", "imprecise", "unseen flow")}
    assert {line for path, line in found if path == f"{name}.py"} == says
