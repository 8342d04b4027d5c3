"""One connection with every graph case computed."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb
import pytest

from pipeline_tests.golden import callees
from pipeline_tests.golden.plan import run_plans

CASES = Path(__file__).parent / "cpg"


def case_names() -> list[str]:
    """Every case that this interpreter's grammar can read: `requires.txt` holds the lowest minor version, if any."""
    return [folder.name for folder in sorted(CASES.iterdir()) if folder.is_dir() and _can_read(folder)]


def _can_read(folder: Path) -> bool:
    requires = folder / "requires.txt"
    return not requires.exists() or sys.version_info >= tuple(map(int, requires.read_text().split(".")))


@pytest.fixture(scope="session")
def graph() -> duckdb.DuckDBPyConnection:
    """Every dataset of every case."""
    called = {name: callees.CASES / name for name in callees.case_names()}
    return run_plans({name: CASES / name for name in case_names()} | called)
