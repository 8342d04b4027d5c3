"""One built sample: the shop that the cookbook asks about."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import pipeline_assets
from pipeline_assets.api import Graph

SHOP = Path(__file__).parents[2] / "golden" / "products" / "shop"


@pytest.fixture(scope="session")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("products") / "warehouse"


@pytest.fixture(scope="session")
def shop(warehouse: Path) -> Iterator[Graph]:
    with pipeline_assets.build(SHOP, warehouse=warehouse, layers="-pyrefly") as graph:
        yield graph


@pytest.fixture
def ask(shop: Graph):
    """Rows of a query as tuples, in the order that the query gives."""

    def run(sql: str) -> list[tuple]:
        return [tuple(row.values()) for row in shop.sql(sql).to_pylist()]

    return run
