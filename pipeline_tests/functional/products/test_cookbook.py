"""The cookbook is a golden: every query of the page gives the rows that the page shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline_assets.products.views import QUESTIONS, VIEWS
from pipeline_assets.project import load_project
from pipeline_assets.store.query import Session, open_session
from pipeline_assets.store.warehouse import Warehouse

DOCS = Path(__file__).parents[3] / "docs"
RECIPE = re.compile(
    r"^### (?P<question>[^\n]+)\n\n```sql\n(?P<sql>.+?)\n```\n\n(?P<table>(?:\|[^\n]*\n)+)", re.DOTALL | re.MULTILINE
)


@dataclass(frozen=True)
class Recipe:
    question: str
    sql: str
    columns: list[str]
    rows: list[list[str]]


def cells(line: str) -> list[str]:
    return [cell.replace("\\|", "|").strip() for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]


def recipes() -> list[Recipe]:
    found = []
    for match in RECIPE.finditer((DOCS / "cookbook.md").read_text(encoding="utf-8")):
        head, rule, *rows = match["table"].strip().split("\n")
        assert set(rule) <= set("|-")
        found.append(Recipe(match["question"], match["sql"], cells(head), [cells(row) for row in rows]))
    return found


def shown(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


@pytest.fixture(scope="module")
def session(shop, warehouse) -> Iterator[Session]:
    with open_session(Warehouse.open(warehouse), load_project().catalog) as opened:
        yield opened


@pytest.mark.parametrize("recipe", recipes(), ids=lambda recipe: recipe.question)
def test_a_recipe_gives_what_the_page_shows(session: Session, recipe: Recipe):
    answer = session.table(recipe.sql)
    assert answer.column_names == recipe.columns
    rows = [[shown(value) for value in row.values()] for row in answer.to_pylist()]
    ordered = "ORDER BY" in recipe.sql or re.search(r"FROM \w+\('", recipe.sql)
    assert (rows if ordered else sorted(rows)) == (recipe.rows if ordered else sorted(recipe.rows))


def test_no_query_of_the_page_is_left_out():
    text = (DOCS / "cookbook.md").read_text(encoding="utf-8")
    assert text.count("```sql") == len(recipes()) >= 25
    assert all(recipe.rows for recipe in recipes()), "an answer without rows shows nothing"


def test_every_macro_and_view_of_the_product_is_asked():
    asked = " ".join(recipe.sql for recipe in recipes())
    missing = {item.name for item in (*QUESTIONS, *VIEWS) if not re.search(rf"\b{item.name}\b", asked)}
    assert missing == {"resolution_rate"}, "a test of the summary asks for that"


@pytest.mark.parametrize("item", (*QUESTIONS, *VIEWS), ids=lambda item: item.name)
def test_every_macro_and_view_is_described_in_the_docs(item):
    text = (DOCS / "queries.md").read_text(encoding="utf-8")
    section = text.split(f"\n## {item.name}", 1)[1].split("\n## ", 1)[0]
    given = ", ".join(f"{p.name} := {p.default}" if p.default else p.name for p in item.parameters)
    assert section.startswith(f"({given})\n" if item.parameters else "\n")
    for name in (*(p.name for p in item.parameters), *item.columns):
        assert f"| `{name}` |" in section
