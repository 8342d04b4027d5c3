"""What guards let go shows in the UI: a warning on each asset of the task, and on the record of violations."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import dagster as dg
import pytest
from ibis.expr.types import Table

from pipeline_assets.inference.errors import CompileError
from pipeline_assets.inference.policy import PolicyMode
from pipeline_assets.orchestration.assembly import assemble
from pipeline_assets.orchestration.instance import open_instance
from pipeline_assets.orchestration.partitions import sync_repositories
from pipeline_assets.pipes import task
from pipeline_assets.project import Project
from pipeline_assets.settings import Settings
from pipeline_tests.unit.orchestration import toy_tasks
from pipeline_tests.unit.orchestration.conftest import REPOSITORY, Bench
from pipeline_tests.unit.orchestration.toy import ToySessions, toy_warehouse

RECORD = "products/policy_violations"


def _number(modules: Table) -> Table:
    """Give ids, and look at a file meanwhile."""
    open("/dev/null").close()  # noqa: PTH123
    return modules.select("repository", "file_id", node_id=modules.file_id)


def _peek(nodes: Table, files: Table) -> Table:
    """Keep nodes of files, which the task does not declare."""
    return nodes.semi_join(files, nodes.file_id == files.file_id)


@task(toy_tasks.NODES, stages=(_number, _peek))
def nodes(modules: Table) -> Table:
    """One node per file."""


def let_go(mode: PolicyMode) -> Project:
    """The toy tasks with one that two guards refuse."""
    others, own = ModuleType(toy_tasks.__name__), ModuleType(__name__)
    vars(others).update({name: made for name, made in vars(toy_tasks).items() if name != "nodes"})
    vars(own).update(nodes=nodes)
    return Project([others, own], (toy_tasks.TREE,), (toy_tasks.INVARIANT,), mode=mode)


@pytest.fixture
def logged(tmp_path: Path) -> Iterator[Bench]:
    project, warehouse = let_go("log"), toy_warehouse(tmp_path / "warehouse", REPOSITORY)
    sessions = ToySessions(project, warehouse)
    definitions = assemble(project, Settings(warehouse=warehouse.root), sessions)
    with open_instance(warehouse.dagster_home) as instance:
        sync_repositories(instance, [REPOSITORY])
        yield Bench(project, warehouse, instance, sessions, definitions)


def shown(found: dg.AssetCheckEvaluation) -> list[tuple[object, ...]]:
    rows = found.metadata["violations"].value.records
    return [tuple(row.data[name] for name in ("task_name", "stage", "rule", "name")) for row in rows]


def test_what_is_let_go_is_a_warning_on_the_asset_and_on_the_record(logged: Bench):
    assert logged.run().success and logged.run("platform", None).success
    for name in ("cpg/nodes", RECORD):
        found = logged.check(name, "policy")
        assert (found.passed, found.severity) == (False, dg.AssetCheckSeverity.WARN)
        assert shown(found) == [
            ("nodes", "number", "pure", "open"),
            ("nodes", "peek", "evidence-pure", "files"),
        ]
        assert found.description.startswith("CPG_POLICY=log let go: nodes.number: open opens files")
        assert "; nodes.peek: reads files, which nodes does not declare; add it" in found.description


def test_other_assets_have_no_such_check(logged: Bench):
    graph = logged.definitions.get_repository_def().asset_graph
    having = {key.asset_key.to_user_string() for key in graph.asset_check_keys if key.name == "policy"}
    assert having == {"cpg/nodes", RECORD}


def test_where_guards_refuse_the_record_is_found_empty(bench: Bench):
    bench.run()
    assert bench.run("platform", None).success
    found = bench.check(RECORD, "policy")
    assert (found.passed, found.description, shown(found)) == (True, "the guards found nothing", [])
    with pytest.raises(CompileError, match="evidence-pure"):
        let_go("reject")
