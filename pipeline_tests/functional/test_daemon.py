"""The real daemon beside real git repositories: a commit is built once, and goes no further than it has effects."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.execution.backfill import BulkActionStatus, PartitionBackfill
from dagster._core.remote_origin import ManagedGrpcPythonEnvCodeLocationOrigin
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import WorkspaceLoadTarget

from pipeline_assets.orchestration.assembly import assemble
from pipeline_assets.orchestration.instance import open_instance
from pipeline_assets.orchestration.launch import launch
from pipeline_assets.orchestration.partitions import REPOSITORIES, sync_repositories
from pipeline_assets.orchestration.serve import daemon
from pipeline_assets.settings import Settings
from pipeline_assets.store.warehouse import Warehouse
from pipeline_tests.functional.git_session import GitSession
from pipeline_tests.git_programs import Git, needs_git, new_repository
from pipeline_tests.unit.orchestration.toy import ToyProject

TOP = Path(__file__).parents[2]
PATIENCE = 150.0
SUMMARY = dg.AssetKey(["products", "summary"])
MADE = [
    dg.AssetKey(key.split("/")) for key in ("cpg/nodes", "extract/files", "extract/files_status", "normalize/modules")
]


class ToyLocation(WorkspaceLoadTarget):
    def create_origins(self) -> Sequence[ManagedGrpcPythonEnvCodeLocationOrigin]:
        target = LoadableTargetOrigin(module_name="pipeline_tests.functional.toy_location", working_directory=str(TOP))
        return [ManagedGrpcPythonEnvCodeLocationOrigin(target, "toy")]


@dataclass
class Night:
    """Two git repositories, and an instance that a daemon works on."""

    instance: dg.DagsterInstance
    context: WorkspaceProcessContext
    ours: Git
    other: Git

    def runs(self, job: str) -> list[dg.DagsterRun]:
        return [run for run in self.instance.get_runs() if run.job_name == job]

    def settled(self) -> bool:
        return all(run.is_finished for run in self.instance.get_runs())

    def ticks(self, sensor: str) -> int:
        states = [s for s in self.instance.all_instigator_state() if s.instigator_name == sensor]
        return sum(len(self.instance.get_ticks(s.instigator_origin_id, s.selector_id)) for s in states)

    def wait(self, what: str, happened: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not happened():
            assert time.monotonic() < deadline, f"{what} did not happen in {PATIENCE} s"
            time.sleep(0.5)

    def rest(self) -> None:
        """Wait until what was asked for is done, and both sensors have looked twice more and asked for nothing."""
        self.wait("the end of all runs", self.settled)
        before = {name: self.ticks(name) for name in ("changes", "platform_follows")}
        self.wait("more looks", lambda: all(self.ticks(name) >= count + 2 for name, count in before.items()))
        self.wait("the end of all runs", self.settled)


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    tmp_path = tmp_path_factory.mktemp("night")
    warehouse = Warehouse.create(tmp_path / "warehouse")
    ours, other = new_repository(tmp_path / "ours"), new_repository(tmp_path / "other")
    for git in (ours, other):
        git.commit({"a.py": "A = 1\n"})
        warehouse.register(git.folder.name, git.folder)
    environment = {"CPG_WAREHOUSE": str(warehouse.root), "DAGSTER_HOME": str(warehouse.dagster_home)}
    with ExitStack() as stack:
        monkeypatch = stack.enter_context(pytest.MonkeyPatch.context())
        for name, value in {**environment, "PYTHONPATH": str(TOP), "PYTHONWARNINGS": "ignore"}.items():
            monkeypatch.setitem(os.environ, name, value)
        instance = stack.enter_context(open_instance(warehouse.dagster_home))
        sync_repositories(instance, ["ours", "other"])
        build_all(instance, warehouse)
        context = stack.enter_context(WorkspaceProcessContext(instance, ToyLocation()))
        stack.enter_context(daemon(context, instance))
        yield Night(instance, context, ours, other)


def build_all(instance: dg.DagsterInstance, warehouse: Warehouse) -> None:
    """Build both repositories and the platform as `cpg build` does: in this process."""
    project, settings = ToyProject(), Settings(warehouse=warehouse.root)
    definitions = assemble(project, settings, lambda scope, run: GitSession(project, warehouse, scope, run).opened())
    for job, partition in (("build", "ours"), ("build", "other"), ("platform", None)):
        assert launch(definitions.resolve_job_def(job), instance, partition=partition).success


@needs_git
def test_a_commit_is_built_once_and_goes_no_further_than_its_effects(night: Night):
    night.rest()
    before = {run.run_id for run in night.instance.get_runs()}
    assert len(before) == 3, "what is as it was built rests"

    night.ours.commit({"a.py": "A = 2\n"})
    night.wait("a build", lambda: len(night.runs("build")) == 3)
    night.rest()
    (run,) = [run for run in night.instance.get_runs() if run.run_id not in before]
    assert run.status is dg.DagsterRunStatus.SUCCESS
    assert (run.job_name, run.tags["dagster/partition"]) == ("build", "ours"), "its partition, and nobody else's"
    assert run.tags["dagster/sensor_name"] == "changes"
    before.add(run.run_id)

    night.ours.commit({"b.py": "B = 1\n"})
    night.wait("a build and the platform", lambda: len({r.run_id for r in night.instance.get_runs()} - before) == 2)
    night.rest()
    after = {run.run_id: run for run in night.instance.get_runs() if run.run_id not in before}
    assert {run.status for run in after.values()} == {dg.DagsterRunStatus.SUCCESS}
    (built,) = [run for run in after.values() if run.job_name == "build"]
    (follows,) = [run for run in after.values() if run is not built]
    assert built.tags["dagster/partition"] == "ours"
    assert follows.asset_selection == {SUMMARY}, "there is one more node, so what counts them is made again"


@needs_git
def test_a_backfill_builds_every_repository_in_a_run_of_its_own(night: Night):
    graph = night.context.create_request_context().asset_graph
    backfill = PartitionBackfill.from_asset_partitions(
        backfill_id="everything",
        asset_graph=graph,
        partition_names=["ours", "other"],
        asset_selection=MADE,
        backfill_timestamp=time.time(),
        tags={},
        dynamic_partitions_store=night.instance,
        all_partitions=False,
        title="everything",
        description=None,
        run_config=None,
    )
    night.instance.add_backfill(backfill)

    def status() -> BulkActionStatus:
        held = night.instance.get_backfill("everything")
        assert held is not None
        return held.status

    night.wait("the end of the backfill", lambda: status() is not BulkActionStatus.REQUESTED)
    assert status() is BulkActionStatus.COMPLETED_SUCCESS
    runs = night.instance.get_runs(dg.RunsFilter(tags={"dagster/backfill": "everything"}))
    assert {run.tags["dagster/partition"]: run.status for run in runs} == {
        "ours": dg.DagsterRunStatus.SUCCESS,
        "other": dg.DagsterRunStatus.SUCCESS,
    }
    assert len(runs) == 2
    for key in MADE:
        subset = night.instance.get_status_by_partition(key, ["ours", "other"], REPOSITORIES)
        assert subset is not None and {s.value for s in subset.values()} == {"MATERIALIZED"}, key
