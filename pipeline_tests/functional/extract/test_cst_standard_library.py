"""LibCST's facts about the standard library against CPython's own; all of it with CPG_TEST_WHOLE set."""

from __future__ import annotations

import ast
import os
import re
import sysconfig
import warnings
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline_assets.extract.chunk import read_chunk
from pipeline_assets.extract.text import Encoding, canonical_bytes, parser_input
from pipeline_assets.sources.tree import Tree, walk
from pipeline_assets.store.selection import Selection
from pipeline_tests.cst_extracting import Row, concrete, expected, told
from pipeline_tests.extracting import readable_rows, run

EVERY = 1 if "CPG_TEST_WHOLE" in os.environ else 20
"""One file in so many is looked at."""

PARENTHESISED = re.compile(rb"\s*\(\w+\)\s*:")
"""The only valid code of the standard library that LibCST refuses: `(name): annotation`."""

pytestmark = pytest.mark.filterwarnings("ignore")


@cache
def _tree() -> Tree:
    return walk(Path(sysconfig.get_path("stdlib")), "stdlib", Selection(exclude=("!*",)))


@cache
def _rows() -> tuple[Row, ...]:
    rows = readable_rows(run("files", _tree(), _tree().table)["files"]).to_pylist()
    own = [row for row in rows if not row["path"].startswith("site-packages/")]
    return tuple(sorted(own, key=lambda row: str(row["path"]))[::EVERY])


def test_facts_equal_those_of_cpython_and_every_tree_holds_its_text():
    compared = 0
    for start in range(0, len(_rows()), 50):
        rows = pa.Table.from_pylist(list(_rows()[start : start + 50]))
        tables = concrete(_tree(), rows)
        refused = {row["file_id"]: row for row in tables["cst_status"].to_pylist() if row["status"] != "ok"}
        said = _by_file(tables)
        nodes = _by_file({"ast_nodes": run("syntax", _tree(), rows)["ast_nodes"]})
        for file_id, path, canonical, parsed in _parsed(rows):
            if file_id in refused:
                assert PARENTHESISED.match(canonical.split(b"\n")[refused[file_id]["line"] - 1]), refused[file_id]
                continue
            facts, wanted = told(said[file_id]), expected(nodes[file_id]["ast_nodes"], parsed, canonical)
            assert {name: (facts[name] - rows, rows - facts[name]) for name, rows in wanted.items()} == {
                name: ({}, {}) for name in wanted
            }, path
            compared += 1
    assert compared > 1000 / EVERY


def _parsed(rows: pa.Table) -> Iterator[tuple[int, str, bytes, ast.Module]]:
    """Every file that CPython parses."""
    for file in read_chunk(_tree().source, rows.to_pylist()).files:
        encoding = Encoding(file.row["encoding"], file.row["bom"])
        assert file.content is not None
        canonical = canonical_bytes(file.content, encoding)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield file.file_id, file.path, canonical, ast.parse(parser_input(canonical, encoding))
        except SyntaxError:
            continue


def _by_file(tables: dict[str, pa.Table]) -> dict[int, dict[str, list[Row]]]:
    found: dict[int, dict[str, list[Row]]] = defaultdict(lambda: {name: [] for name in tables})
    for name, table in tables.items():
        if name != "cst_nodes":
            for row in table.to_pylist():
                found[row["file_id"]][name].append(row)
    return found
