"""What the normalize layer says of small programs: a folder a language feature, in it a folder a case.

`expected.json` argues in `why` (mostly from the language reference) and then says, per view of `readable.py` or per
dataset, which `columns` are meant and all the `rows` there must be, in any order; `of` narrows the rows to given values
of a column.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipeline_assets.checks.contract import check_contract
from pipeline_assets.extract.producers.program import installed_version
from pipeline_assets.inference.contract import Contract
from pipeline_assets.project import Project, load_project
from pipeline_assets.store.columns import quote
from pipeline_tests.every_layer import every_layer
from pipeline_tests.golden.decoration import idle_stages
from pipeline_tests.golden.plan import Seen, run_plans, watching
from pipeline_tests.golden.readable import READABLE

CASES = Path(__file__).parent / "normalize"
LIMIT = CASES.parent / "cpg" / "completeness_limit"


def expectation(case: str) -> dict[str, Any]:
    return json.loads((CASES / case / "expected.json").read_text())


def cases() -> list[str]:
    """Every case whose grammar this interpreter reads: `requires` is the lowest minor version, if any."""
    names = sorted(str(found.parent.relative_to(CASES)) for found in CASES.glob("*/*/expected.json"))
    return [name for name in names if sys.version_info >= tuple(expectation(name).get("requires", (3, 11)))]


def contracts() -> list[Contract]:
    project = load_project()
    return [project.contracts[name] for name in sorted(project.contracts) if name in held(project)]


def held(project: Project) -> set[str]:
    """The datasets that a case has: all but those of the platform."""
    plans = (plan for plan in project.manifest.in_order() if plan.grain != "platform")
    return {output for plan in plans for output in plan.outputs}


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> tuple[duckdb.DuckDBPyConnection, Seen]:
    """Every dataset of every case, of a program with too many callees and of one with every layer."""
    whole, chosen = every_layer(tmp_path_factory.mktemp("whole"))
    roots = {case: CASES / case for case in cases()} | {"every layer": whole, "limit": LIMIT}
    with watching(is_boxed=False) as seen:
        connection = run_plans(roots, {"every layer": chosen})
    return connection, seen


@pytest.fixture(scope="module")
def connection(watched: tuple[duckdb.DuckDBPyConnection, Seen]) -> duckdb.DuckDBPyConnection:
    return watched[0]


@pytest.mark.parametrize("case", cases())
def test_case(connection: duckdb.DuckDBPyConnection, case: str) -> None:
    expected = expectation(case)
    assert expected.pop("why")
    expected.pop("requires", None)
    assert expected, "the case expects nothing"
    for view, wanted in expected.items():
        found = rows(connection, case, view, wanted["columns"], wanted.get("of", {}))
        assert found == Counter(map(frozen, wanted["rows"])), view


def test_no_stage_is_decoration(watched: tuple[duckdb.DuckDBPyConnection, Seen]) -> None:
    """A stage whose output equals its input on all cases does nothing, or wants a case that shows what it does."""
    without_ruff = set() if installed_version("ruff") else {"diagnostic_reports__from_ruff"}
    assert idle_stages(*watched, load_project()) == without_ruff


def test_every_stage_in_python_is_seen(watched: tuple[duckdb.DuckDBPyConnection, Seen]) -> None:
    in_python = {
        stage.artifact
        for task in load_project().manifest.tasks
        if task.kind != "relational"
        for stage in task.stages[1:]
    }
    assert in_python - watched[1].changing == set()


def test_a_stage_that_does_nothing_is_seen(watched: tuple[duckdb.DuckDBPyConnection, Seen]) -> None:
    """Without the program that has every layer, stages that need one are idle; one in Python is forged to be."""
    connection, seen = watched
    project = load_project()
    connection.begin()
    for dataset in ("pyrefly_types", "ruff_issues"):
        connection.execute(f"DELETE FROM {dataset}")
    forged = Seen(seen.run, seen.changing - {"mro__linearize"})
    idle = idle_stages(connection, forged, project, of=("mro", "types", "diagnostic_reports"))
    connection.rollback()
    assert idle == {"mro__linearize", "types__add_inferred", "diagnostic_reports__from_ruff"}


def test_every_dataset_has_a_case() -> None:
    asked = {view for case in cases() for view in expectation(case)} - {"why", "requires"}
    assert asked >= READABLE.keys() and asked - READABLE.keys() <= held(load_project())


@pytest.mark.parametrize("contract", contracts(), ids=lambda contract: contract.name)
def test_contracts_hold_over_all_cases(connection: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    verdict = check_contract(connection, contract, "")
    assert verdict.passed, (verdict.message, verdict.sample)


def rows(
    connection: duckdb.DuckDBPyConnection, case: str, view: str, columns: list[str], of: dict[str, list[Any]]
) -> Counter[Any]:
    chosen = ", ".join(f'"{column}"' for column in columns)
    narrowed = "".join(f' AND list_contains(${column}, "{column}")' for column in of)
    query = f"SELECT {chosen} FROM ({READABLE.get(view, f'FROM {quote(view)}')}) WHERE repository = $case{narrowed}"
    return Counter(map(frozen, connection.execute(query, {"case": case} | of).fetchall()))


def frozen(value: Any) -> Any:
    return tuple(map(frozen, value)) if isinstance(value, list | tuple) else value
