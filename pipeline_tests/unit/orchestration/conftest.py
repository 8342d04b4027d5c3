"""A toy project assembled on a real Dagster instance in a temporary folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest

from pipeline_assets.orchestration.assembly import assemble
from pipeline_assets.orchestration.instance import open_instance
from pipeline_assets.orchestration.launch import launch
from pipeline_assets.orchestration.partitions import sync_repositories
from pipeline_assets.settings import Settings
from pipeline_assets.store.warehouse import Warehouse
from pipeline_tests.unit.orchestration.toy import ToyProject, ToySession, ToySessions, toy_warehouse

REPOSITORY = "github.com/a/b c"


@dataclass
class Bench:
    """Everything a test of a run needs."""

    project: ToyProject
    warehouse: Warehouse
    instance: dg.DagsterInstance
    sessions: ToySessions
    definitions: dg.Definitions

    def run(self, job: str = "build", partition: str | None = REPOSITORY, only: set[str] | None = None):
        keys = None if only is None else {dg.AssetKey(name.split("/")) for name in only}
        return launch(self.definitions.resolve_job_def(job), self.instance, partition=partition, selection=keys)

    def session(self, scope: str, run_id: str) -> ToySession:
        made = ToySession(self.project, self.warehouse, scope, run_id)
        self.sessions.opened.append(made)
        return made

    def check(self, name: str, check: str) -> dg.AssetCheckEvaluation:
        key = dg.AssetCheckKey(dg.AssetKey(name.split("/")), check)
        record = self.instance.get_latest_asset_check_evaluation_record(key)
        assert record is not None and record.evaluation is not None, f"{name} has no {check} evaluation"
        return record.evaluation

    def metadata(self, name: str) -> dict[str, dg.MetadataValue]:
        event = self.instance.get_latest_materialization_event(dg.AssetKey(name.split("/")))
        assert event is not None and event.asset_materialization is not None
        return dict(event.asset_materialization.metadata)


@pytest.fixture(scope="session")
def project() -> ToyProject:
    return ToyProject()


@pytest.fixture
def bench(project: ToyProject, tmp_path: Path) -> Iterator[Bench]:
    warehouse = toy_warehouse(tmp_path / "warehouse", REPOSITORY, "other")
    sessions = ToySessions(project, warehouse)
    definitions = assemble(project, Settings(warehouse=warehouse.root), sessions)
    with open_instance(warehouse.dagster_home) as instance:
        sync_repositories(instance, [repository.name for repository in warehouse.repositories()])
        yield Bench(project, warehouse, instance, sessions, definitions)
