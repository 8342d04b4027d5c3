"""`cpg check`: everything that is published, held against what was promised; nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from pipeline_assets.checks.contract import check_contract, check_expression
from pipeline_assets.cli.context import bound_connection, open_warehouse, scopes_of, title
from pipeline_assets.cli.failures import FAILED, OK
from pipeline_assets.cli.terminal import emit_json, say, show, show_table
from pipeline_assets.project import Project, load_project
from pipeline_assets.settings import Settings
from pipeline_assets.store.errors import CorruptPart
from pipeline_assets.store.names import PLATFORM
from pipeline_assets.store.parquet import verify_part
from pipeline_assets.store.publish import head, read
from pipeline_assets.store.snapshot import DatasetVersion, Snapshot, Verdict, inconsistencies
from pipeline_assets.store.warehouse import Warehouse


@dataclass(frozen=True)
class Result:
    """One check of one dataset (or of a whole snapshot) in one repository."""

    check: str
    dataset: str | None
    repository: str
    passed: bool
    severity: str = "error"
    """`error` fails the command, `warning` does not."""
    violations: int = 0
    sample: list[Any] = field(default_factory=list)
    message: str = ""


def run_checks(repository: str | None, as_json: bool, warehouse: Path | None) -> int:
    """Check every scope and print the results; returns the exit code."""
    place, settings = open_warehouse(warehouse)
    project = load_project()
    results = [
        result for scope in scopes_of(place, repository) for result in _scope_results(project, place, scope, settings)
    ]
    if as_json:
        emit_json([asdict(result) for result in results])
    else:
        _show(results)
    return FAILED if any(not r.passed and r.severity == "error" for r in results) else OK


def _scope_results(project: Project, warehouse: Warehouse, scope: str, settings: Settings) -> Iterator[Result]:
    snapshot = read(warehouse, scope) or head(warehouse, scope)
    if snapshot is None:
        if scope != PLATFORM:
            yield Result("published", None, scope, False, "warning", message="it was never built")
        return
    yield from _order_results(snapshot)
    yield from _plan_results(project, snapshot)
    yield _policy_result(project, scope)
    intact = {}
    for name, version in snapshot.datasets.items():
        result = _storage_result(warehouse, scope, version)
        yield result
        if result.passed:
            intact[name] = version
    yield from _data_results(project, warehouse, scope, settings, intact)


def _order_results(snapshot: Snapshot) -> Iterator[Result]:
    """Every recorded input must be the version that is held, and every blocking verdict be about what is held."""
    problems = list(inconsistencies(snapshot))
    yield Result(
        "order",
        None,
        snapshot.repository,
        not problems,
        violations=len(problems),
        sample=[{"problem": problem} for problem in problems[:5]],
        message="; ".join(problems[:3]),
    )


def _plan_results(project: Project, snapshot: Snapshot) -> Iterator[Result]:
    """Whether today's plan made what is held: an older plan's rows are right, but answer to an older question."""
    today = project.catalog.fingerprints
    for name, version in snapshot.datasets.items():
        if today.get(name) != version.fingerprint:
            message = "made by an older plan; build again" if name in today else "today's plan has no such dataset"
            yield Result(f"plan:{name}", name, snapshot.repository, False, "warning", 1, message=message)


def _policy_result(project: Project, scope: str) -> Result:
    """What the guards found in the plan: nothing where they reject, rows where `CPG_POLICY=log` let them go on."""
    found = [dict(row) for row in project.manifest.violations]
    message = "; ".join(f"{row['task_name']}.{row['stage']}: {row['message']}" for row in found[:3])
    return Result("policy", None, scope, not found, "warning", len(found), found[:5], message)


def _storage_result(warehouse: Warehouse, scope: str, version: DatasetVersion) -> Result:
    try:
        for part in version.parts:
            verify_part(part, warehouse.root)
    except CorruptPart as error:
        sample = [{"path": error.path, "reason": error.reason}]
        return Result(f"storage:{version.dataset}", version.dataset, scope, False, "error", 1, sample, str(error))
    return Result(f"storage:{version.dataset}", version.dataset, scope, True)


def _data_results(
    project: Project, warehouse: Warehouse, scope: str, settings: Settings, held: dict[str, DatasetVersion]
) -> Iterator[Result]:
    """Contracts of the datasets that are intact, and the invariants whose inputs all are."""
    with bound_connection(warehouse, held.values(), settings) as connection:
        for name, version in held.items():
            contract = project.contracts.get(name)
            if contract is not None and contract.names == tuple(column.name for column in version.columns):
                yield _result(check_contract(connection, contract, version.data_version), name, scope)
        yield from _invariant_results(project, connection, scope, held)


def _invariant_results(
    project: Project, connection: duckdb.DuckDBPyConnection, scope: str, held: dict[str, DatasetVersion]
) -> Iterator[Result]:
    for plan in project.manifest.checks:
        reads = [read.dataset for read in plan.inputs]
        if all(name in held for name in reads):
            versions = {name: held[name].data_version for name in reads}
            verdict = check_expression(connection, plan, project.check_sql(plan.name), versions)
            yield _result(verdict, plan.dataset, scope)


def _result(verdict: Verdict, dataset: str, scope: str) -> Result:
    return Result(
        verdict.check,
        dataset,
        scope,
        verdict.passed,
        "error" if verdict.blocking else "warning",
        verdict.violations,
        [dict(row) for row in verdict.sample],
        verdict.message,
    )


def _show(results: list[Result]) -> None:
    failed = [result for result in results if not result.passed]
    if failed:
        columns = ("check", "repository", "severity", "violations", "message", "sample")
        show_table(columns, (_cells(result) for result in failed))
    for scope in dict.fromkeys(result.repository for result in results):
        mine = [result for result in results if result.repository == scope]
        show(f"{title(scope)}: {sum(result.passed for result in mine)} of {len(mine)} checks passed")
    if not results:
        say("there is nothing to check; `cpg build PATH` builds a repository")


def _cells(result: Result) -> tuple[object, ...]:
    sample = "; ".join(str(row) for row in result.sample[:2])
    return result.check, result.repository, result.severity, result.violations, result.message, sample
