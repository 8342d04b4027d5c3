"""Pyrefly's callees beside ours: what both have, what only one has, and where they contradict each other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline_assets.api import Graph
from pipeline_tests.partial import built

PROGRAM = """
class Shop:
    def open(self) -> "Shop": ...
    def shut(self): ...

def direct(): ...
def replaced(): ...

direct()

def typed(shop: Shop, texts: list[str]):
    shop.open().shut()
    texts.append("")

def rebound():
    return replaced

replaced = direct
replaced()
list(map(direct, []))

class Own: ...

class Till(Shop): ...

def fits(shop: Shop, price: float, name: str | None) -> Shop:
    wide = 1  # type: float
    kept = Till()  # type: Shop
    return kept

wrong = "text"  # type: int
other = Own()  # type: Shop
one_of = ""  # type: int | bytes
loose = Own()  # type: object
"""
CONTRADICTED = {
    "variable: int | str",
    "variable: Shop | main.Own",
    "variable: int | bytes | str",
}
TARGETS = """
    SELECT s.line, s.callee_name, t.target_name, t.by_names OR t.by_points_to AS ours, t.by_pyrefly, t.rank
    FROM call_targets AS t JOIN call_sites AS s USING (repository, file_id, call_id)
"""


@pytest.fixture(scope="module", params=["-tree_sitter,-git", "-tree_sitter,-git,-pyrefly"])
def graph(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Graph]:
    folder: Path = tmp_path_factory.mktemp("shops")
    (folder / "main.py").write_text(PROGRAM)
    with built(folder, "call_targets", "conflicts", layers=request.param) as graph:
        yield graph


def test_evidence_is_merged(graph: Graph) -> None:
    found = {(row["line"], row["target_name"]): row for row in graph.sql(TARGETS).to_pylist()}
    is_on = any(row["by_pyrefly"] for row in found.values())
    assert is_on == bool(graph.sql("SELECT * FROM pyrefly_candidates").num_rows)
    direct = found[9, "main.direct"]
    assert direct["ours"] and direct["by_pyrefly"] == is_on
    assert found[12, "main.Shop.open"]["by_pyrefly"] == is_on
    # What is handed to a builtin is not what the call calls.
    assert not found.get((20, "main.direct"), {"by_pyrefly": False})["by_pyrefly"]
    if is_on:
        assert {row["rank"] for row in found.values()} >= {0}
        assert all(row["ours"] or row["by_pyrefly"] for row in found.values())


def test_types_that_exclude_each_other_are_conflicts(graph: Graph) -> None:
    found = graph.sql("FROM conflicts WHERE fact_kind = 'type'").to_pylist()
    is_on = bool(graph.sql("SELECT * FROM pyrefly_types LIMIT 1").num_rows)
    assert {row["detail"] for row in found} == (CONTRADICTED if is_on else set())
    assert all((row["evidence_a"], row["resolution"]) == ("annotations", "ranked") for row in found)
    assert {row["key"] for row in found} <= set(graph.sql("SELECT entity_id FROM types").to_pydict()["entity_id"])


def test_conflicts_are_calls_without_a_common_callee(graph: Graph) -> None:
    stated = graph.sql("SELECT key FROM conflicts WHERE fact_kind = 'call'").to_pydict()["key"]
    expected = graph.sql(
        """
        SELECT call_id FROM call_targets GROUP BY call_id
        HAVING bool_or(by_names OR by_points_to) AND bool_or(by_pyrefly)
           AND NOT bool_or((by_names OR by_points_to) AND by_pyrefly)
        """
    ).to_pydict()["call_id"]
    assert sorted(stated) == sorted(expected)
