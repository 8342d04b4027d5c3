"""Anchors agree with the source on a part of the standard library; `anchor_report` shows the same for all of it."""

from __future__ import annotations

import shutil
import sysconfig
from pathlib import Path

import duckdb
import pytest

from pipeline_tests.functional.normalize.anchor_report import COVERAGE, judged
from pipeline_tests.functional.normalize.anchored import anchored

SAMPLE = ("asyncio", "importlib", "argparse.py", "ast.py", "typing.py", "dataclasses.py")
SAMPLE += ("test/test_patma.py", "test/test_contextlib.py", "test/test_grammar.py", "test/test_coroutines.py")
SAMPLE += ("test/test_fstring.py", "test/test_except_star.py", "test/test_with.py", "test/test_compile.py")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A part of the standard library that has every kind of syntax."""
    source, folder = Path(sysconfig.get_path("stdlib")), tmp_path_factory.mktemp("library")
    for name in SAMPLE:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (source / name).is_dir() else shutil.copy
        copy(source / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def connection(library: Path) -> duckdb.DuckDBPyConnection:
    return anchored(library)


def test_anchors_agree_with_the_source(connection: duckdb.DuckDBPyConnection) -> None:
    findings = judged(connection)
    assert findings.checked["argument"] > 80_000
    assert findings.checked["copy"] > 30_000
    assert findings.wrong == []


def test_instructions_with_a_position_have_a_node(connection: duckdb.DuckDBPyConnection) -> None:
    instructions, anchors, missed = connection.execute(COVERAGE).fetchall()[0]
    assert anchors > 0.96 * instructions
    assert missed < 5e-4 * instructions


def test_every_instruction_is_anchored_or_has_a_reason(connection: duckdb.DuckDBPyConnection) -> None:
    assert connection.execute(MISSING).fetchall() == [(0,)]
    assert connection.execute(
        "SELECT count(*) FROM anchors WHERE (node_id IS NULL) != (reason IS NOT NULL)"
    ).fetchall() == [(0,)]


MISSING = """
    SELECT count(*) FROM instructions ANTI JOIN anchors USING (instruction_id) WHERE opname != 'EXTENDED_ARG'
"""
