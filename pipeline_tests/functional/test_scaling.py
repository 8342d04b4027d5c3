"""Plans that hold for large repositories: files together make what files alone do, and no join is quadratic."""

from __future__ import annotations

import json
import shutil
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pyarrow as pa
import pytest

from pipeline_assets.execution import groups_of
from pipeline_assets.inference.task import Task
from pipeline_assets.project import load_project
from pipeline_tests.extracting import write_files
from pipeline_tests.golden.plan import run_plans

QUADRATIC = ("BLOCKWISE_NL_JOIN", "NESTED_LOOP_JOIN", "CROSS_PRODUCT", "IE_JOIN", "PIECEWISE_MERGE_JOIN")
"""DuckDB's joins without a key to hash; the last two sort, and still give every pair that fits."""
PACKAGES = ("asyncio", "concurrent", "json")
OTHERS = {
    "undecodable.py": b"x = '\xe4'\n",
    "mistaken.py": "def f(:\n",
    "mistaken_too.py": "x = (1,\ny = 2\n",
    "warned.py": "assert (x, 'never false')\n",
    "refused.py": "def f():\n    for x in y:\n        x if x else y\n    nonlocal z\n",
    "dead.py": "def f():\n    return\n    return [x for x in y if x]\n",
}
"""Files that layers report on, and scopes without bytecode."""


def batched() -> list[str]:
    return sorted(task.name for task in load_project().tasks.values() if task.batch)


def with_plans() -> list[str]:
    project = load_project()
    in_repository = {plan.name for plan in project.manifest.in_order() if plan.grain != "platform"}
    return sorted(name for name in in_repository if project.tasks[name].kind != "extract")


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    root = tmp_path_factory.mktemp("library")
    for package in PACKAGES:
        shutil.copytree(Path(sysconfig.get_path("stdlib")) / package, root / package)
    write_files(root, OTHERS)
    return run_plans({"library": root})


@pytest.mark.parametrize("name", batched())
def test_files_alone_and_together_give_the_same(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    task = load_project().tasks[name]
    expressions = load_project().compiled.traces[name].expressions
    inputs = {
        projected: connection.execute(f"{ibis.to_sql(table, dialect='duckdb')} ORDER BY ALL").to_arrow_table()
        for projected, table in expressions.items()
    }
    assert task.by
    together, alone = (made(task, groups_of(inputs, task.by, batch)) for batch in (1 << 40, 0))
    assert any(table.num_rows for table in together.values())
    for dataset, table in together.items():
        assert table.equals(alone[dataset]), dataset


@pytest.mark.parametrize("name", with_plans())
def test_no_join_compares_every_pair_of_rows(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    for table in load_project().compiled.traces[name].expressions.values():
        explained = connection.execute(f"EXPLAIN (FORMAT JSON) {ibis.to_sql(table, dialect='duckdb')}").fetchall()
        operators = [operator["name"] for root in json.loads(explained[0][1]) for operator in below(root)]
        assert not [operator for operator in operators if operator in QUADRATIC]


def below(operator: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield operator
    for child in operator["children"]:
        yield from below(child)


def made(task: Task, groups: list[dict[str, pa.Table]]) -> dict[str, pa.Table]:
    """Every output over all groups, in the order of its key."""
    parts = [staged(task, group) for group in groups]
    return {
        contract.name: pa.concat_tables([part[contract.name].select(contract.names) for part in parts])
        .combine_chunks()
        .unify_dictionaries()
        .cast(contract.schema.to_pyarrow())
        .sort_by([(key, "ascending") for key in contract.key])
        for contract in task.outputs
    }


def staged(task: Task, value: object) -> dict[str, pa.Table]:
    for stage in task.stages[1:]:
        value = stage.function(value, **stage.config)
    return {task.outputs[0].name: value} if isinstance(value, pa.Table) else value
