"""The plan lock: read back as written, never another project's, harmless when damaged or unwritable."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline_assets.plan_lock import KEPT, Locked, PlanLock
from pipeline_assets.project import Project
from pipeline_tests.unit.inference.project import SOURCE
from pipeline_tests.unit.pipes import sample


@pytest.fixture(scope="module")
def project() -> Project:
    return Project([sample], sources=(SOURCE,), invariants=())


def test_it_gives_back_what_was_kept(project, tmp_path):
    lock = PlanLock(["a"], tmp_path)
    lock.write(Locked(project.manifest, {"titles": {"titles": "SELECT 1"}}))
    assert PlanLock(["a"], tmp_path).read() == Locked(project.manifest, {"titles": {"titles": "SELECT 1"}})


def test_a_locked_project_has_the_same_plan_sql_and_graph_without_compiling(project, tmp_path):
    first = Project([sample], sources=(SOURCE,), invariants=(), lock=PlanLock(["sample"], tmp_path))
    first.sql("titles")
    first.keep()
    second = Project([sample], sources=(SOURCE,), invariants=(), lock=PlanLock(["sample"], tmp_path))
    assert "compiled" not in vars(second)
    assert second.manifest == project.manifest
    assert second.sql("titles") == project.sql("titles")
    assert second.graph.edges() == project.compiled.graph.edges() == second.driver.edges()


def test_another_projects_lock_is_not_read(project, tmp_path):
    PlanLock(["a"], tmp_path).write(Locked(project.manifest))
    assert PlanLock(["b"], tmp_path).read() is None


def test_a_lock_that_was_cut_short_is_as_none(project, tmp_path):
    PlanLock(["a"], tmp_path).write(Locked(project.manifest))
    (path,) = tmp_path.glob("plan-*.json")
    path.write_bytes(path.read_bytes()[:100])
    assert PlanLock(["a"], tmp_path).read() is None


def test_a_folder_that_cannot_be_made_is_no_error(project):
    PlanLock(["a"], Path("/proc/nowhere")).write(Locked(project.manifest))


def test_old_locks_are_dropped(project, tmp_path):
    for number in range(KEPT + 3):
        PlanLock([str(number)], tmp_path).write(Locked(project.manifest))
    assert len(list(tmp_path.glob("plan-*.json"))) == KEPT
