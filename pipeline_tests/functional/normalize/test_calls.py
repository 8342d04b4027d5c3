"""Calls and their arguments are those that CPython compiles, and those that LibCST reads."""

from __future__ import annotations

import shutil
import sysconfig
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import pipeline_assets
from pipeline_assets.api import Graph

SAMPLE = ("functools.py", "enum.py", "argparse.py", "dataclasses.py", "textwrap.py", "inspect.py")

CALLS = """
    SELECT f.path, c.call_id, c.bstart, c.bend, c.positional + c.keywords AS given,
        c.has_star OR c.has_double_star AS is_unpacked, c.has_double_star OR c.keywords > 0 AS has_keywords
    FROM call_sites AS c JOIN files AS f USING (file_id)
    WHERE c.is_evaluated AND coalesce(c.callee_text, '') != 'super'
"""

COMPILED = """
    SELECT f.path, i.bstart, i.bend, i.opname, i.arg FROM instructions AS i JOIN files AS f USING (file_id)
    WHERE opname IN ('CALL', 'CALL_KW', 'CALL_FUNCTION_EX') AND i.bend IS NOT NULL
"""

ARGUMENTS = """
    SELECT f.path, call_id, kind, name FROM call_args JOIN files AS f USING (file_id)
    WHERE site = 'call' ORDER BY call_id, bstart
"""

READ = """
    SELECT f.path, call_id, kind, keyword AS name FROM cst_call_args JOIN files AS f USING (file_id)
    ORDER BY call_id, ordinal
"""

MOST_ON_STACK = 15
"""Keywords beyond which CPython passes a dictionary; positional arguments beyond twice as many, a tuple."""


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Graph]:
    root, source = tmp_path_factory.mktemp("library"), Path(sysconfig.get_path("stdlib"))
    for name in SAMPLE:
        shutil.copy(source / name, root / name)
    with pipeline_assets.build(root, layers="+cst,-pyrefly,-tree_sitter") as built:
        yield built


def test_as_many_arguments_are_bound_as_compiled_calls_take(graph: Graph) -> None:
    compiled: dict[tuple[str, int], list[dict[str, Any]]] = defaultdict(list)
    for row in graph.sql(COMPILED).to_pylist():
        compiled[row["path"], row["bend"]].append(row)
    rows = graph.sql(CALLS).to_pylist()
    found = [(row, [each for each in compiled[row["path"], row["bend"]] if inside(each, row)]) for row in rows]
    present = [(row, calls) for row, calls in found if calls]
    assert len(present) > 0.95 * len(rows) > 1000
    assert [row for row, calls in present if not any(binds(call, row) for call in calls)] == []


def inside(call: dict[str, Any], row: dict[str, Any]) -> bool:
    """Whether an instruction is that of a call: from 3.12 on it may begin at the attribute that is called."""
    return bool(row["bstart"] <= call["bstart"])


def binds(call: dict[str, Any], row: dict[str, Any]) -> bool:
    """Whether an instruction passes what a call site has."""
    if call["opname"] == "CALL_FUNCTION_EX":
        is_large = row["given"] > MOST_ON_STACK
        return bool((row["is_unpacked"] or is_large) and bool(call["arg"] & 1) == row["has_keywords"])
    return bool(not row["is_unpacked"] and call["arg"] == row["given"])


def test_arguments_are_those_that_libcst_reads(graph: Graph) -> None:
    ours, theirs = (signatures(graph.sql(query).to_pylist()) for query in (ARGUMENTS, READ))
    assert sum(calls.total() for calls in ours.values()) > 1000
    assert ours == theirs


def signatures(rows: list[dict[str, Any]]) -> dict[str, Counter[tuple[Any, ...]]]:
    """By file, how often each sequence of arguments is written."""
    calls: dict[tuple[str, int], list[tuple[str, str | None]]] = defaultdict(list)
    for row in rows:
        calls[row["path"], row["call_id"]].append((row["kind"], row["name"]))
    found: dict[str, Counter[tuple[Any, ...]]] = defaultdict(Counter)
    for (path, _), arguments in calls.items():
        found[path][tuple(arguments)] += 1
    return found
