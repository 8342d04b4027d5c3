"""The edges of every block are exactly where instructions lead, walked one by one by a program of the test's own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from random import Random
from types import CodeType

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_tests.functional.normalize.control_flow.lifted import lifted
from pipeline_tests.functional.normalize.control_flow.oracle import EXIT, Arrival, Code, arrivals, nested
from pipeline_tests.functional.normalize.control_flow.writer import Writer

GOLDEN = Path(__file__).parents[3] / "golden" / "normalize" / "control_flow"
Blocks = dict[int, tuple[int, int]]
"""Start of a block and its end; by id of the block."""


def compiled(text: str) -> CodeType | None:
    try:
        return compile(text, "sample", "exec", dont_inherit=True, optimize=0)
    except SyntaxError:
        return None


def programs(seeds: list[int]) -> dict[str, str]:
    """Random programs that compile, by file name."""
    texts = {f"m{place}_{seed}.py": Writer(Random(seed)).text for place, seed in enumerate(seeds)}
    return {name: text for name, text in texts.items() if compiled(text)}


def golden_programs() -> dict[str, str]:
    return {f"{file.parent.name}.py": file.read_text() for file in sorted(GOLDEN.glob("*/main.py"))}


def differences(files: Mapping[str, str]) -> list[str]:
    """Blocks whose edges are not those that the instructions lead along."""
    connection = lifted(files, "control_flow")
    found = []
    for path, text in files.items():
        code = compiled(text)
        assert code is not None
        units = connection.execute(
            "SELECT code_unit_id FROM code_units JOIN files USING (file_id) WHERE path = ? ORDER BY 1", [path]
        ).fetchall()
        for (unit,), inner in zip(units, nested(code), strict=True):
            found += [
                f"{path} {inner.co_qualname} {told}\n{text}" for told in unit_differences(connection, unit, inner)
            ]
    return found


def unit_differences(connection: duckdb.DuckDBPyConnection, unit: int, code: CodeType) -> list[str]:
    blocks, edges = kept_blocks(connection, unit), product_edges(connection, unit)
    walked, kept = Code(code), dict(blocks.values())
    told = []
    for block, (start, end) in blocks.items():
        wanted = arrivals(walked, start, end, kept, walked.raising(start, end))
        if edges[block] != wanted:
            told.append(f"block {start}: missing {wanted - edges[block]}, too many {edges[block] - wanted}")
    return told


def kept_blocks(connection: duckdb.DuckDBPyConnection, unit: int) -> Blocks:
    rows = connection.execute(
        "SELECT cfg_block_id, start_offset, end_offset FROM cfg_blocks AS c "
        "JOIN blocks AS b ON b.block_id = c.cfg_block_id WHERE b.code_unit_id = ?",
        [unit],
    ).fetchall()
    return {block: (start, end) for block, start, end in rows}


def product_edges(connection: duckdb.DuckDBPyConnection, unit: int) -> dict[int, set[Arrival]]:
    rows = connection.execute(
        "SELECT src_block_id, b.start_offset, is_exceptional FROM cfg_edges AS e "
        "JOIN blocks AS s ON s.block_id = src_block_id LEFT JOIN blocks AS b ON b.block_id = dst_block_id "
        "WHERE s.code_unit_id = ?",
        [unit],
    ).fetchall()
    found: dict[int, set[Arrival]] = defaultdict(set)
    for source, target, is_exceptional in rows:
        found[source].add((EXIT if target is None else target, is_exceptional))
    return found


def test_golden_programs() -> None:
    assert differences(golden_programs()) == []


def test_random_programs() -> None:
    files = programs(list(range(150)))
    assert len(files) > 140
    assert differences(files) == []


@settings(max_examples=3, deadline=None)
@given(st.lists(st.integers(0, 1 << 32), min_size=20, max_size=20))
def test_more_random_programs(seeds: list[int]) -> None:
    assert differences(programs(seeds)) == []


@pytest.mark.parametrize("left_out", ["exception", "false"])
def test_a_missing_edge_is_found(left_out: str) -> None:
    files = {"sample.py": "def f():\n    try:\n        a\n    except E:\n        b\n    if c: d\n    e\n"}
    connection = lifted(files, "control_flow")
    connection.execute("DELETE FROM cfg_edges WHERE kind = ?", [left_out])
    unit = connection.execute("SELECT max(code_unit_id) FROM code_units").fetchall()[0][0]
    code = compiled(files["sample.py"])
    assert code is not None
    assert unit_differences(connection, unit, list(nested(code))[1]) != []
