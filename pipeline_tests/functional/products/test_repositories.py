"""Two repositories that import each other's packages: what only both together explain."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pipeline_assets.api import run_tasks
from pipeline_assets.extract.layers import chosen_layers
from pipeline_assets.project import load_project
from pipeline_assets.runner import Session
from pipeline_assets.settings import load_settings
from pipeline_assets.store.names import PLATFORM
from pipeline_assets.store.publish import head
from pipeline_assets.store.warehouse import Warehouse

SHOP = {
    "shop/__init__.py": "from shop.prices import total\n",
    "shop/prices.py": "import tax.rates\n\n\ndef total(net):\n    return tax.rates.rate() * net\n",
    "shop/base.py": "class Store:\n    def __init__(self):\n        self.open = True\n",
}
TAX = {
    "tax/__init__.py": "",
    "tax/rates.py": "import os\nimport numpy\n\n\ndef rate():\n    return 2\n",
    "tax/report.py": (
        "from shop import total\nfrom shop.base import Store\nfrom shop import missing\n\n\n"
        "class Office(Store):\n    pass\n\n\ndef report():\n    Store()\n    return total(1)\n"
    ),
}
EDGES = """
    SELECT e.repository || '>' || e.dst_repository, e.kind, s.kind || ' ' || s.name, d.kind || ' ' || d.name
    FROM cross_repository_edges AS e
    JOIN nodes AS s ON s.repository = e.repository AND s.node_id = e.src
    JOIN nodes AS d ON d.repository = e.dst_repository AND d.node_id = e.dst
"""


def write(folder: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    place = tmp_path_factory.mktemp("repositories")
    warehouse, project = Warehouse.create(place / "warehouse"), load_project()
    layers = chosen_layers("-pyrefly,-ruff,-git,-tree_sitter", project.layers)
    for name, files in {"shop": SHOP, "tax": TAX}.items():
        warehouse.register(name, write(place / name, files), layers=layers)
    connection = duckdb.connect()
    for scope in ("shop", "tax", PLATFORM):
        with Session(project, warehouse, scope, load_settings(()), uuid.uuid4().hex) as session:
            list(run_tasks(session))
    parts: dict[str, list[str]] = {}
    for scope in ("shop", "tax", PLATFORM):
        snapshot = head(warehouse, scope)
        assert snapshot is not None
        for name, held in snapshot.datasets.items():
            parts.setdefault(name, []).extend(str(warehouse.root / part.path) for part in held.parts)
    for name in ("nodes", "package_dependencies", "cross_repository_edges"):
        connection.execute(f"CREATE VIEW {name} AS FROM read_parquet({parts[name]})")
    yield connection
    connection.close()


def test_edges_lead_to_what_the_other_repository_has(both: duckdb.DuckDBPyConnection) -> None:
    assert sorted(both.execute(EDGES).fetchall()) == sorted(
        [
            ("shop>tax", "PY_RESOLVES_TO", "IMPORT tax.rates", "NAMESPACE_BLOCK rates"),
            ("shop>tax", "CALL", "CALL rate", "METHOD rate"),
            ("tax>shop", "PY_RESOLVES_TO", "IMPORT total", "METHOD total"),
            ("tax>shop", "PY_RESOLVES_TO", "IMPORT Store", "TYPE_DECL Store"),
            ("tax>shop", "CALL", "CALL Store", "METHOD __init__"),
            ("tax>shop", "CALL", "CALL total", "METHOD total"),
            ("tax>shop", "INHERITS_FROM", "TYPE_DECL Office", "TYPE Store"),
        ]
    )


def test_no_end_is_lost_and_ids_are_keys(both: duckdb.DuckDBPyConnection) -> None:
    (edges,) = both.execute("SELECT count(*) FROM cross_repository_edges").fetchone()
    (ids,) = both.execute(
        "SELECT count(DISTINCT (src, edge_id, dst_repository)) FROM cross_repository_edges"
    ).fetchone()
    assert edges == ids == len(both.execute(EDGES).fetchall())


def test_packages_are_told_with_who_has_them(both: duckdb.DuckDBPyConnection) -> None:
    columns = "repository, package, kind, dst_repository, modules, imports, files"
    assert sorted(both.execute(f"SELECT {columns} FROM package_dependencies").fetchall()) == [
        ("shop", "tax", "external", "tax", 1, 1, 1),
        ("tax", "numpy", "external", "", 1, 1, 1),
        ("tax", "os", "standard_library", "", 1, 1, 1),
        ("tax", "shop", "external", "shop", 2, 3, 1),
    ]
