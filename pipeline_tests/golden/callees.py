"""Call-graph cases: a folder a language feature, in it a folder a case, with `callees.txt` beside its programs.

Its lines argue (`# …`) and list every call that can happen on some path of the program as written:

* `LINE CALLER -> CALLEE`: a call expression on that line runs the callee;
* `LINE CALLER ~> CALLEE`: Python makes the call without call syntax (operators, properties, decorators, …), or code
  outside the repository makes it (`sorted(…, key=f)`).

`(not run)` behind it says that the path is not taken when `main.py` is run. Implicit calls of what is outside the
repository are not listed, nor are classes that have no initialiser here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import duckdb

CASES = Path(__file__).parent / "calls"
IMPRECISE = CASES / "imprecise.txt"

Edge = tuple[int, str, str]
"""Line, caller, callee."""

_LINE = re.compile(r"(?P<line>\d+) (?P<caller>\S+) (?P<arrow>->|~>) (?P<callee>\S+)(?P<not_run> \(not run\))?")

FOUND = """
    SELECT DISTINCT line, caller, callee FROM call_graph
    WHERE repository = $case AND callee IS NOT NULL
        AND callee NOT IN (
            SELECT pycg_name FROM definitions WHERE repository = $case
            GROUP BY pycg_name HAVING bool_and(kind = 'class')
        )
"""


@dataclass(frozen=True)
class Expected:
    """One line of `callees.txt`."""

    edge: Edge
    is_implicit: bool
    is_run: bool


def case_names() -> list[str]:
    """Every case, as `feature/case`."""
    return sorted(path.parent.relative_to(CASES).as_posix() for path in CASES.glob("*/*/callees.txt"))


def expectation(case: str) -> list[Expected]:
    """What `callees.txt` lists."""
    lines = (CASES / case / "callees.txt").read_text().splitlines()
    return [_read(line) for line in lines if not line.startswith("#")]


def argument(case: str) -> str:
    """Why the expectation is what it is."""
    lines = (CASES / case / "callees.txt").read_text().splitlines()
    return " ".join(line.removeprefix("# ") for line in lines if line.startswith("#"))


def expected_edges(case: str) -> set[Edge]:
    return {expected.edge for expected in expectation(case)}


def found_edges(graph: duckdb.DuckDBPyConnection, case: str) -> set[Edge]:
    """What the product says of the case."""
    return set(graph.execute(FOUND, {"case": case}).fetchall())


def imprecise() -> dict[str, str]:
    """Cases for which the product is known to be wrong or less precise, with the reason."""
    lines = IMPRECISE.read_text().splitlines()
    return dict(line.split(": ", 1) for line in lines if line and not line.startswith("#"))


def _read(line: str) -> Expected:
    found = _LINE.fullmatch(line)
    assert found, line
    edge = (int(found["line"]), found["caller"], found["callee"])
    return Expected(edge, found["arrow"] == "~>", not found["not_run"])
