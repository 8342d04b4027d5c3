"""Nodes and edges of small programs.

`tree.txt` is the AST of `main.py`, one node a line: kind and name, indented below what holds it.
`edges.txt` lists every edge of the kinds that its first line names: kind, ends, place and variable; an end is its kind,
its name (full name outside any file) and its line. Lines with `#` argue for the expectation.
"""

from __future__ import annotations

import duckdb
import pytest

from pipeline_assets.cpg.kinds import NODE_KINDS, TREELESS_KINDS, edge_kinds
from pipeline_assets.project import load_project
from pipeline_tests.golden.conftest import CASES, case_names
from pipeline_tests.golden.plan import violations

LABEL = "concat(kind, ' ' || CASE WHEN file_id IS NULL THEN qualname ELSE name END, ':' || line)"
BESIDE = tuple(kind for kind in TREELESS_KINDS if kind.startswith("PY_") or kind == "FINDING")
"""Nodes beside the syntax tree: `pipeline_tests/functional/cpg` shows them, and the edges to them."""
EDGES = f"""
    WITH labels AS (SELECT node_id, {LABEL} AS label FROM nodes WHERE repository = $case AND kind NOT IN {BESIDE})
    SELECT concat_ws(' ', kind, s.label, '->', d.label, ord, variable)
    FROM edges JOIN labels AS s ON s.node_id = src JOIN labels AS d ON d.node_id = dst
    WHERE repository = $case AND list_contains($kinds, kind) AND edges.file_id IS NOT NULL
"""
_TREELESS = ", ".join(f"'{kind}'" for kind in TREELESS_KINDS if kind != "FILE")
TREE = f"""
    SELECT e.src, n.node_id, concat_ws(' ', n.kind, n.name)
    FROM nodes AS n LEFT JOIN edges AS e ON e.dst = n.node_id AND e.kind = 'AST' AND e.repository = n.repository
    JOIN files AS f ON f.file_id = n.file_id
    WHERE n.repository = $case AND f.path = 'main.py' AND n.kind NOT IN ({_TREELESS})
    ORDER BY CASE
            WHEN n.kind IN ('METHOD', 'TYPE_DECL') THEN 1 WHEN n.kind IN ('LOCAL', 'MEMBER') THEN 2
            WHEN n.kind = 'METHOD_RETURN' THEN 3 ELSE 0 END,
        n.kind <> 'PY_WITH_ITEM', CASE WHEN n.kind NOT IN ('LOCAL', 'MEMBER') THEN n.bstart END,
        (n.node_id >> 23) & 15, n.name
"""
"""Text order, then definitions, variables and the return; an item of `with` has no position and comes first."""


def lines_of(name: str, file: str) -> list[str]:
    text = (CASES / name / file).read_text()
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


def cases_with(file: str) -> list[str]:
    return [name for name in case_names() if (CASES / name / file).exists()]


def drawn(graph: duckdb.DuckDBPyConnection, name: str) -> list[str]:
    children: dict[int | None, list[tuple[int, str]]] = {}
    for holder, node, label in graph.execute(TREE, {"case": name}).fetchall():
        children.setdefault(holder, []).append((node, label))
    lines: list[str] = []

    def draw(holder: int | None, depth: int) -> None:
        for node, label in children.get(holder, []):
            lines.append("  " * depth + label)
            draw(node, depth + 1)

    draw(None, 0)
    return lines


@pytest.mark.parametrize("name", cases_with("tree.txt"))
def test_tree(graph: duckdb.DuckDBPyConnection, name: str) -> None:
    assert drawn(graph, name) == lines_of(name, "tree.txt")


@pytest.mark.parametrize("name", cases_with("edges.txt"))
def test_edges(graph: duckdb.DuckDBPyConnection, name: str) -> None:
    head, *expected = lines_of(name, "edges.txt")
    kinds = head.removeprefix("kinds: ").split()
    found = [row[0] for row in graph.execute(EDGES, {"case": name, "kinds": kinds}).fetchall()]
    assert sorted(found) == sorted(expected)


@pytest.mark.parametrize("invariant", sorted(load_project().compiled.checks))
def test_invariants_hold(graph: duckdb.DuckDBPyConnection, invariant: str) -> None:
    assert violations(graph, invariant) == []


def test_every_kind_of_the_syntax_tree_is_drawn(graph: duckdb.DuckDBPyConnection) -> None:
    """A kind that the goldens do not show is a defect; those beside the tree have programs of their own."""
    drawn_kinds = {line.split()[0] for name in cases_with("tree.txt") for line in lines_of(name, "tree.txt")}
    named = [line.split() for name in cases_with("edges.txt") for line in lines_of(name, "edges.txt")[1:]]
    shown = drawn_kinds | {word.partition(":")[0] for words in named for word in words}
    emitted = {row[0] for row in graph.execute("SELECT DISTINCT kind FROM nodes WHERE file_id IS NOT NULL").fetchall()}
    assert emitted - shown - set(TREELESS_KINDS) == set()
    assert emitted - set(NODE_KINDS) == set()
    found = {row[0] for row in graph.execute("SELECT DISTINCT kind FROM edges").fetchall()}
    assert found - set(edge_kinds()) == set()
