"""Figures on anchors: how many instructions have a node, by which rule, and what the oracle contradicts.

    python -m pipeline_tests.functional.normalize.anchor_report [FOLDER] [--examples 5]

Without FOLDER it reads the running interpreter's standard library, its tests included.
"""

from __future__ import annotations

import argparse
import ast
import shutil
import sys
import sysconfig
import tempfile
import warnings
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import duckdb

from pipeline_tests.functional.normalize.anchor_oracle import Anchor, Tree, copy_verdicts, read_unit, verdict
from pipeline_tests.functional.normalize.anchored import anchored

ORDINALS = (1 << 23) - 1

ANCHORED = """
    SELECT path, a.code_unit_id, i.opname, i.argval, a.part, a.node_id, a.rule, a.copy,
        i.loaded_unit_id IS NOT NULL AS loads_code, i.line
    FROM anchors AS a JOIN instructions AS i USING (instruction_id) JOIN files ON files.file_id = a.file_id
    WHERE a.node_id IS NOT NULL ORDER BY instruction_id, part
"""
UNITS = """
    SELECT u.code_unit_id, u.varnames, u.cellvars, u.freevars, s.scope_node
    FROM code_units AS u JOIN unit_scopes AS s USING (code_unit_id)
"""
FETCHED = 50_000
COVERAGE = """
    SELECT count(*) FILTER (part = 0) AS instructions, count(*) FILTER (part = 0 AND node_id IS NOT NULL) AS anchored,
        count(*) FILTER (reason IN ('no_columns', 'no_node', 'no_scope')) AS missed
    FROM anchors
"""
RULES = "SELECT coalesce(rule, 'none: ' || reason), count(*) FROM anchors GROUP BY 1 ORDER BY 2 DESC"
SILENT = "SELECT kind, count(*) FROM silent_statements GROUP BY 1 ORDER BY 2 DESC"


class Findings:
    """What the oracle said, by operation."""

    def __init__(self) -> None:
        self.checked: Counter[str] = Counter()
        self.wrong: list[str] = []

    def add(self, path: str, line: int | None, anchor: Anchor, name: str, agrees: bool | None) -> None:
        """Count one verdict."""
        if agrees is not None:
            self.checked[name] += 1
        if agrees is False:
            node = f"{type(anchor.node).__name__} at line {getattr(anchor.node, 'lineno', '?')}"
            said = f"{anchor.opname} {anchor.argval} (line {line}, part {anchor.part}, copy {anchor.copy})"
            self.wrong.append(f"{name}: {path}: {said} -> {node}, {anchor.rule}")


def judged(connection: duckdb.DuckDBPyConnection) -> Findings:
    """Hold every anchor against the source."""
    findings = Findings()
    texts = dict(connection.execute("SELECT path, text FROM file_texts JOIN files USING (file_id)").fetchall())
    units = {row["code_unit_id"]: row for row in connection.execute(UNITS).to_arrow_table().to_pylist()}
    for path, rows in groupby(streamed(connection, ANCHORED), key=itemgetter(0)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = Tree(ast.parse(texts[path]))
        for unit_id, listed in groupby(rows, key=itemgetter(1)):
            _judge_unit(findings, tree, units[unit_id], [*listed])
    return findings


def streamed(connection: duckdb.DuckDBPyConnection, query: str) -> Iterator[tuple[Any, ...]]:
    """The rows of a query, some at a time."""
    found = connection.cursor().execute(query)
    while rows := found.fetchmany(FETCHED):
        yield from rows


def _judge_unit(findings: Findings, tree: Tree, row: dict[str, Any], listed: list[tuple[Any, ...]]) -> None:
    unit = read_unit(row, private_class(tree, row["scope_node"] & ORDINALS))
    anchors = {
        Anchor(name, value, part, node & ORDINALS, rule, copy, loads, tree, unit): (path, line)
        for path, _, name, value, part, node, rule, copy, loads, line in listed
    }
    for anchor, (path, line) in anchors.items():
        findings.add(path, line, anchor, "argument", verdict(anchor))
    for anchor, agrees in copy_verdicts([*anchors]):
        findings.add(*anchors[anchor], anchor, "copy", agrees)


def private_class(tree: Tree, place: int) -> str:
    """The name of the innermost class around a scope, the scope itself included."""
    while place >= 0 and not isinstance(tree.nodes[place], ast.ClassDef):
        place = tree.parents[place]
    return getattr(tree.nodes[place], "name", "") if place >= 0 else ""


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--examples", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.folder or standard_library(Path(scratch) / "library")
        connection = anchored(folder)
        show(connection, judged(connection), options.examples)


def standard_library(target: Path) -> Path:
    """A copy of the standard library without installed packages."""
    ignored = shutil.ignore_patterns("site-packages", "__pycache__")
    return Path(shutil.copytree(sysconfig.get_path("stdlib"), target, ignore=ignored))


def show(connection: duckdb.DuckDBPyConnection, findings: Findings, examples: int) -> None:
    """Print every figure, and some contradictions."""
    instructions, found, missed = connection.execute(COVERAGE).fetchall()[0]
    print(f"Python {sys.version.split()[0]}: {instructions:,} instructions")
    print(
        f"anchored {100 * found / instructions:.4f} %, of those with a position {100 * found / (found + missed):.4f} %"
    )
    for query in (RULES, SILENT):
        for name, count in connection.execute(query).fetchall():
            print(f"  {name:26} {count:>9,} {100 * count / instructions:8.3f} %")
    for name, count in findings.checked.items():
        wrong = [line for line in findings.wrong if line.startswith(name)]
        print(f"{name}: {count:,} checked, {len(wrong)} contradicted", *wrong[:examples], sep="\n    ")


if __name__ == "__main__":
    main()
