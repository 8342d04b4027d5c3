"""Builds through Dagster: one run under the session's id, failures as sentences, orphans closed."""

from __future__ import annotations

import os
import sys

import dagster as dg
import pytest

from pipeline_assets.orchestration.builds import LAUNCHED_HERE, build_through_dagster, close_orphans
from pipeline_tests.unit.orchestration.conftest import REPOSITORY, Bench
from pipeline_tests.unit.orchestration.toy import ToySession

RUN = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.fixture
def session(bench: Bench) -> ToySession:
    return bench.session(REPOSITORY, RUN)


def test_a_build_is_one_visible_run_under_the_sessions_id(bench: Bench, session: ToySession):
    outcome = build_through_dagster(session)
    assert (outcome.run_id, outcome.succeeded, outcome.failures) == (RUN, True, ())
    assert session.ran == ["read_files", "modules", "nodes"]
    assert bench.instance.get_run_by_id(RUN).status == dg.DagsterRunStatus.SUCCESS


def test_a_build_of_some_tasks_runs_only_them(bench: Bench, session: ToySession):
    build_through_dagster(session)
    again = bench.session(REPOSITORY, "1f8fad5b-d9cb-469f-a165-70867728950e")
    assert build_through_dagster(again, ["nodes"]).succeeded
    assert again.ran == ["nodes"]


def test_a_refused_contract_is_told_in_its_own_words(bench: Bench, session: ToySession):
    session.broken = frozenset({"modules"})
    outcome = build_through_dagster(session)
    assert not outcome.succeeded
    steps = {failure.step: failure.message for failure in outcome.failures}
    assert steps["contract of modules"] == "modules.file_id is null"
    assert "nothing was published" in steps["modules"]


def test_a_failed_invariant_fails_the_build(bench: Bench, session: ToySession):
    session.failing = frozenset({"no_dangling:nodes"})
    outcome = build_through_dagster(session)
    assert not outcome.succeeded
    assert [failure.step for failure in outcome.failures] == ["no_dangling_nodes of nodes"]


def test_an_exception_is_told_without_dagsters_wrapping(bench: Bench, session: ToySession):
    def fail(name: str):
        raise ZeroDivisionError("no files to divide by")

    session.run_task = fail  # type: ignore[method-assign]
    (failure,) = build_through_dagster(session).failures
    assert failure.step == "read_files" and failure.message == "ZeroDivisionError: no files to divide by"


def test_the_terminal_stays_ours_while_a_build_runs(session: ToySession):
    before = os.fstat(sys.stdout.fileno()).st_ino
    seen: list[int] = []
    run_task = session.run_task

    def look(name: str):
        seen.append(os.fstat(sys.stdout.fileno()).st_ino)
        return run_task(name)

    session.run_task = look  # type: ignore[method-assign]
    build_through_dagster(session)
    assert set(seen) == {before}, "else a progress bar draws into one of Dagster's files"


def test_the_platform_has_its_own_job(bench: Bench, session: ToySession):
    build_through_dagster(session)
    platform = bench.session("*", "2f8fad5b-d9cb-469f-a165-70867728950e")
    assert build_through_dagster(platform).succeeded and platform.ran == ["summary"]


def test_a_run_whose_process_is_gone_is_closed_and_a_live_one_is_not(bench: Bench):
    job = bench.definitions.resolve_job_def("build")

    def unfinished() -> str:
        run = bench.instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED, tags=LAUNCHED_HERE)
        return run.run_id

    dead, live = unfinished(), unfinished()
    with bench.warehouse.run(live):
        assert close_orphans(bench.instance, bench.warehouse) == 1
    assert bench.instance.get_run_by_id(dead).status == dg.DagsterRunStatus.FAILURE
    assert bench.instance.get_run_by_id(live).status == dg.DagsterRunStatus.STARTED
