"""The five kinds of order check, each with the fault it is for, forged on a real instance."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import dagster as dg
import pytest

from pipeline_assets.orchestration import assets
from pipeline_assets.orchestration.assembly import assemble
from pipeline_assets.orchestration.order import POINTER, EventReader, run_findings
from pipeline_assets.settings import Settings
from pipeline_assets.store.publish import head
from pipeline_tests.unit.orchestration.conftest import REPOSITORY, Bench
from pipeline_tests.unit.orchestration.toy import ToySession

MODULES = dg.AssetKey(["normalize", "modules"])
NODES = dg.AssetKey(["cpg", "nodes"])


def failed_rules(bench: Bench, name: str = "cpg/nodes") -> set[tuple[str, str]]:
    """The (rule, input) pairs that the order check of an asset found broken, which must have failed the check."""
    order = bench.check(name, "order")
    records = [record.data for record in order.metadata["findings"].records]
    broken = {(record["rule"], record["input"]) for record in records if not record["passed"]}
    assert order.passed == (not broken)
    assert order.blocking
    return broken


def materialize_outside(bench: Bench, key: dg.AssetKey, tags: dict[str, str] | None = None) -> None:
    """A new event of an asset that no run of ours made; by default it says the same as the newest."""
    newest = bench.instance.get_latest_materialization_event(key)
    assert newest is not None and newest.asset_materialization is not None
    told = {**(newest.asset_materialization.tags or {}), **(tags or {})}
    bench.instance.report_runless_asset_event(dg.AssetMaterialization(key, partition=REPOSITORY, tags=told))


def forge(bench: Bench, monkeypatch: pytest.MonkeyPatch, dataset: str, change: Callable[[dg.AssetSpec], dg.AssetSpec]):
    """Definitions in which one asset is registered otherwise than the manifest says."""
    true = assets.asset_spec

    def forged(project, of, task):
        spec = true(project, of, task)
        return change(spec) if of.name == dataset else spec

    monkeypatch.setattr(assets, "asset_spec", forged)
    bench.definitions = assemble(bench.project, Settings(warehouse=bench.warehouse.root), bench.sessions)


def while_running(monkeypatch: pytest.MonkeyPatch, task: str, act: Callable[[], object]) -> None:
    """Do something in the middle of a task, as another process would."""
    true = ToySession.run_task

    def run_task(self: ToySession, name: str):
        if name == task:
            act()
        return true(self, name)

    monkeypatch.setattr(ToySession, "run_task", run_task)


def test_a_clean_build_breaks_no_rule(bench: Bench):
    assert bench.run().success
    assert failed_rules(bench) == set()
    rules = {record.data["rule"] for record in bench.check("cpg/nodes", "order").metadata["findings"].records}
    assert rules == {"generation", "inputs", "grain", "plan", "order", "current", "store"}


def test_static_a_forged_edge_stops_what_comes_after(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    extra = dg.AssetDep(dg.AssetKey(["extract", "files_status"]))
    forge(bench, monkeypatch, "modules", lambda spec: spec.replace_attributes(deps=[*spec.deps, extra]))
    assert not bench.run().success
    assert failed_rules(bench, "normalize/modules") == {("inputs", "")}
    assert "nodes" not in bench.sessions.opened[0].ran, "the check blocks"


def test_static_a_dropped_edge_is_seen(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    forge(bench, monkeypatch, "nodes", lambda spec: spec.replace_attributes(deps=spec.deps[:1]))
    bench.run()
    assert failed_rules(bench) >= {("inputs", "")}


def test_static_an_edge_from_a_later_generation_is_seen(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """The manifest says that `modules` is made later than it is: its reader is in an earlier generation then."""
    bench.run()
    plan = bench.project.manifest.task("nodes")
    early = dataclasses.replace(plan, generation=0)
    spec = bench.definitions.resolve_assets_def(NODES).get_asset_spec(NODES)
    found = list(assets.static_findings(early, spec, bench.project.manifest))
    assert {(f.rule, f.input) for f in found if not f.passed} == {("generation", "files"), ("generation", "modules")}


def test_static_a_cycle_is_refused_when_the_definitions_are_made(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    later = dg.AssetDep(NODES)
    forge(bench, monkeypatch, "modules", lambda spec: spec.replace_attributes(deps=[*spec.deps, later]))
    with pytest.raises(dg.DagsterInvalidDefinitionError) as refused:
        bench.run()
    assert "Circular" in str(refused.value.__cause__) and "modules" in str(refused.value.__cause__)
    task = bench.project.manifest.task("modules")
    spec = assets.asset_spec(bench.project, bench.project.manifest.dataset("modules"), task)
    found = list(assets.static_findings(task, spec, bench.project.manifest))
    assert ("generation", "nodes") in {(f.rule, f.input) for f in found if not f.passed}, "and the check would see it"


def test_run_time_an_input_that_is_made_again_meanwhile_is_seen(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    while_running(monkeypatch, "nodes", lambda: materialize_outside(bench, MODULES))
    assert not bench.run().success
    assert failed_rules(bench) == {("order", "modules")}, "the data is the same, but it came after the step began"


def test_run_time_an_input_that_changes_meanwhile_is_seen(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    other = {"dagster/data_version": "something else"}
    while_running(monkeypatch, "nodes", lambda: materialize_outside(bench, MODULES, other))
    assert not bench.run().success
    assert failed_rules(bench) == {("order", "modules"), ("current", "modules"), ("store", "modules")}


def test_run_time_a_stale_pointer_is_seen(bench: Bench):
    """An event of the asset that points to an event of its input which was not the newest."""
    bench.run()
    stale = {f"{POINTER}{MODULES.to_user_string()}": "1"}
    materialize_outside(bench, NODES, stale)
    held = head(bench.warehouse, REPOSITORY)
    assert held is not None
    manifest = bench.project.manifest
    reads = held.datasets["nodes"].inputs
    found = run_findings(manifest.task("nodes"), NODES, reads, manifest, EventReader(bench.instance), REPOSITORY)
    assert {(f.rule, f.input) for f in found if not f.passed} == {("order", "modules")}


def test_plan_drift_of_an_input_is_seen(bench: Bench):
    """`modules` was made by a plan that is not today's; only its reader is materialized."""
    bench.run()
    materialize_outside(bench, MODULES, {"dagster/code_version": "0" * 16})
    assert not bench.run(only={"cpg/nodes"}).success
    assert failed_rules(bench) == {("plan", "modules")}


def test_grain_an_asset_with_other_partitions_is_seen(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    mapped = dg.AssetDep(MODULES, partition_mapping=dg.AllPartitionMapping())

    def change(spec: dg.AssetSpec) -> dg.AssetSpec:
        return spec.replace_attributes(deps=[dep for dep in spec.deps if dep.asset_key != MODULES] + [mapped])

    forge(bench, monkeypatch, "nodes", change)
    assert not bench.run().success
    assert ("grain", "modules") in failed_rules(bench)


def test_storage_an_input_that_was_published_outside_is_seen(bench: Bench):
    bench.run()
    bench.sessions.settings["rows"] = 5
    with bench.sessions(REPOSITORY, "no run of Dagster's") as session:
        session.run_task("modules")
    assert not bench.run(only={"cpg/nodes"}).success
    assert failed_rules(bench) == {("store", "modules")}


def test_a_repaired_fault_passes_again(bench: Bench):
    bench.run()
    materialize_outside(bench, MODULES, {"dagster/code_version": "0" * 16})
    assert not bench.run(only={"cpg/nodes"}).success
    assert bench.run().success
    assert failed_rules(bench) == set()


def test_events_are_read_once(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    bench.run()
    reader = EventReader(bench.instance)
    first = reader.newest(MODULES, REPOSITORY)
    monkeypatch.setattr(type(bench.instance), "fetch_materializations", lambda *_, **__: pytest.fail("read again"))
    assert first is not None and reader.newest(MODULES, REPOSITORY) is first
    assert reader.newest(MODULES, "nobody") is None
