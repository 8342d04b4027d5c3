"""The questions of the page on evidence, asked of a small repository as they are written there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import pipeline_assets
from pipeline_assets.api import Graph
from pipeline_assets.project import load_project
from pipeline_tests.extracting import write_files

PAGE = (Path(__file__).parents[2] / "docs" / "evidence.md").read_text()
QUESTIONS = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)
SHOP = """\
class Basket:
    def total(self):
        # TODO: the euro sign, \u20ac
        return sum(item.price for item in self.items)
"""


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Graph]:
    files = {"shop.py": SHOP, "broken.py": "def (:\n", "old.py": "print 1\n"}
    folder = write_files(tmp_path_factory.mktemp("page") / "shop", files)
    with pipeline_assets.build(folder, layers="-pyrefly") as built:
        yield built


def test_comments_are_told_with_the_function_they_stand_in(graph: Graph):
    assert graph.sql(QUESTIONS[0]).to_pylist() == [
        {"path": "shop.py", "line": 3, "qualname": "shop.Basket.total", "text": "# TODO: the euro sign, \u20ac"}
    ]


def test_instructions_are_told_with_their_source(graph: Graph):
    rows = graph.sql(QUESTIONS[1]).to_pylist()
    assert [row["offset"] for row in rows] == sorted(row["offset"] for row in rows)
    assert "sum(item.price for item in self.items)" in {row["source"] for row in rows}
    assert {row["source"] for row in rows if row["argval"] == "sum"} == {"sum"}


def test_failures_are_told_with_their_reason(graph: Graph):
    rows = graph.sql(QUESTIONS[2]).to_pylist()
    assert {row["path"] for row in rows} == {"broken.py", "old.py"}
    assert {row["layer"] for row in rows} >= {"ast", "symtable", "bytecode"}
    assert all(row["message"] for row in rows)


def test_contradictions_are_told_with_both_layers(graph: Graph):
    (row,) = graph.sql(QUESTIONS[3]).to_pylist()
    assert (row["path"], row["fact_kind"], row["evidence_a"], row["evidence_b"]) == (
        "old.py",
        "syntax",
        "ast",
        "tree_sitter",
    )


def test_every_layer_and_its_datasets_are_on_the_page():
    table = PAGE.partition("## Three")[0]
    layers = {name for name in load_project().layers if f"`{name}`" not in table and f"+{name}" not in table}
    assert not layers
    made = [task for task in load_project().tasks.values() if task.kind == "extract"]
    datasets = {contract.name for task in made for contract in task.outputs if contract.part_of is None}
    assert {name for name in datasets if f"`{name}`" not in table} == set()
