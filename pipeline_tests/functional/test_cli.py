"""`cpg` as a user runs it: a process of its own, the whole product, a repository with files that cannot be read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline_assets.cli.build import TRY, UNREADABLE

CART = """
class Cart:
    def add(self, item):
        self.check(item)

    def check(self, item):
        len(item)
        item.price()
"""
FILES = {
    "shop/__init__.py": b"from shop.cart import Cart\n",
    "shop/cart.py": CART.encode(),
    "shop/latin.py": "name = 'caf\u00e9'\n".encode("latin-1"),
    "shop/broken.py": b"def f(:\n",
    "shop/notes.txt": b"not Python\n",
}
Cpg = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cli")


@pytest.fixture(scope="module")
def cpg(place: Path) -> Cpg:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CPG_")}
    environment |= {"CPG_WAREHOUSE": str(place / "warehouse")}

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from pipeline_assets.cli import main; main()", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, cwd=place, env=environment, timeout=300)

    return run


@pytest.fixture(scope="module")
def built(cpg: Cpg, place: Path) -> dict[str, object]:
    """What the last line of `cpg build --json` says."""
    for path, content in FILES.items():
        (place / "shop" / path).parent.mkdir(parents=True, exist_ok=True)
        (place / "shop" / path).write_bytes(content)
    ran = cpg("build", place / "shop", "--json")
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout.splitlines()[-1])


def test_a_build_with_unreadable_files_succeeds_and_counts_them(built: dict[str, object]):
    assert (built["repository"], built["files"], built["errors"]) == ("shop", 3, 2)
    assert built["rows"]["definitions"] == 5, "two modules that parse, a class and its two methods"  # type: ignore[index]


def test_every_file_that_cannot_be_read_is_a_row_with_its_reason(cpg: Cpg, built: dict[str, object]):
    rows = json.loads(
        cpg("query", f"SELECT DISTINCT path, layer, line FROM ({UNREADABLE}) ORDER BY ALL", "--json").stdout
    )
    assert {row["path"] for row in rows} == {"shop/broken.py", "shop/latin.py"}
    assert {row["line"] for row in rows if row["path"] == "shop/broken.py" and row["layer"] == "ast"} == {1}


def test_the_call_graph_is_exported_as_pycg_writes_it(cpg: Cpg, built: dict[str, object]):
    graph = json.loads(cpg("export", "pycg").stdout)
    assert graph["shop.cart.Cart.add"] == ["shop.cart.Cart.check"]
    assert graph["shop.cart.Cart.check"] == ["<builtin>.len"]


@pytest.mark.parametrize("sql", TRY)
def test_the_queries_to_try_run(cpg: Cpg, built: dict[str, object], sql: str):
    ran = cpg("query", sql, "--json")
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)


def test_everything_published_passes_its_checks(cpg: Cpg, built: dict[str, object]):
    ran = cpg("check", "--json")
    failed = [row for row in json.loads(ran.stdout) if not row["passed"]]
    assert (ran.returncode, failed) == (0, [])


def test_the_plan_agrees_with_hamilton_dagster_and_duckdb(cpg: Cpg):
    ran = cpg("plan", "--check", "--json")
    assert (json.loads(ran.stdout)["differences"], ran.returncode) == ([], 0)


def test_output_without_colour_when_asked_and_where_nobody_looks(cpg: Cpg, built: dict[str, object]):
    for arguments in (["--help"], ["repositories"], ["plan"], ["query", "nonsense"]):
        ran = cpg(*arguments)
        assert "\x1b" not in ran.stdout + ran.stderr


def test_a_reader_that_leaves_early_is_no_defect(built: dict[str, object], place: Path):
    environment = os.environ | {"CPG_WAREHOUSE": str(place / "warehouse")}
    python = f"{sys.executable} -c 'from pipeline_assets.cli import main; main()'"
    command = f"{python} query 'FROM range(200000)' --csv | head -1"
    ran = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, env=environment, cwd=place, timeout=300
    )
    assert ran.stdout == "range\n" and "unexpected" not in ran.stderr and "Traceback" not in ran.stderr
