"""A run for one partition: events, metadata, checks, waves — and what a failure stops."""

from __future__ import annotations

import dagster as dg

from pipeline_assets.store.errors import HeadMoved
from pipeline_tests.unit.orchestration.conftest import REPOSITORY, Bench


def materialized(result: dg.JobExecutionResult) -> list[str]:
    return [event.asset_key.path[-1] for event in result.get_asset_materialization_events()]


def test_a_build_makes_everything_of_one_repository_in_order(bench: Bench):
    result = bench.run()
    assert result.success
    made = [name for name in materialized(result) if name not in ("waves", "tree")]
    assert made == ["files", "files_status", "modules", "nodes"]
    assert bench.instance.get_materialized_partitions(dg.AssetKey(["cpg", "nodes"])) == {REPOSITORY}
    assert len(bench.sessions.opened) == 1, "one session serves the whole run"


def test_a_run_that_cannot_publish_has_failed(bench: Bench):
    bench.sessions.ends_with = HeadMoved(REPOSITORY, "", "somebody else has published; build again")
    result = bench.run()
    run = bench.instance.get_run_by_id(result.run_id)
    assert run.status == dg.DagsterRunStatus.FAILURE
    ended = [log.dagster_event for log in bench.instance.all_logs(run.run_id) if log.dagster_event]
    (failure,) = (event for event in ended if event.is_job_failure)
    assert "build again" in failure.job_failure_data.error.message


def test_the_run_belongs_to_the_code_location(bench: Bench):
    bench.run()
    shown = dg.RunsFilter(tags={".dagster/repository": "__repository__@pipeline_assets"})
    (run,) = bench.instance.get_runs(shown)
    assert run.tags["dagster/partition"] == REPOSITORY


def test_data_versions_are_content_versions(bench: Bench):
    bench.run()
    first = bench.instance.get_latest_materialization_event(dg.AssetKey(["cpg", "nodes"]))
    bench.run()
    second = bench.instance.get_latest_materialization_event(dg.AssetKey(["cpg", "nodes"]))
    bench.sessions.settings["rows"] = 4
    bench.run()
    third = bench.instance.get_latest_materialization_event(dg.AssetKey(["cpg", "nodes"]))
    versions = [event.asset_materialization.tags["dagster/data_version"] for event in (first, second, third)]
    assert versions[0] == versions[1] != versions[2]


def test_declared_sources_are_recorded_with_the_version_that_was_read(bench: Bench):
    bench.run()
    event = bench.instance.get_latest_materialization_event(dg.AssetKey(["extract", "tree"]))
    assert event.asset_materialization.partition == REPOSITORY
    assert event.asset_materialization.tags["dagster/data_version"] == "tree of 3"


def test_metadata_of_a_materialization(bench: Bench):
    bench.run()
    found = bench.metadata("cpg/nodes")
    assert found["dagster/row_count"].value == 3
    lineage = found["dagster/column_lineage"].value.deps_by_column
    assert lineage["node_id"] == [dg.TableColumnDep(dg.AssetKey(["normalize", "modules"]), "file_id")]
    columns = {column.name: column for column in found["dagster/column_schema"].value.columns}
    assert columns["node_id"].description == "The node_id." and columns["node_id"].constraints.unique
    assert not columns["file_id"].constraints.nullable
    stage = found["stage runs"].records[0].data
    assert (stage["stage"], stage["does"]) == ("attach", "Join the module.")
    assert (stage["ms"], stage["timed"]) == (1.5, "execute")
    assert found["stage waterfall"].value.startswith("![what stages of nodes took](data:image/svg+xml;base64,")
    assert [record.data["node_id"] for record in found["preview"].records] == [0, 1, 2]


def test_sql_is_shown_as_code_whatever_it_holds(bench: Bench):
    bench.run()
    assert bench.metadata("cpg/nodes")["sql nodes"].value == "````sql\nSELECT '```' AS fence\n````"


def test_text_of_a_repository_is_plain_and_short_in_the_preview(bench: Bench):
    bench.sessions.settings["text"] = "![x](http://127.0.0.1/graphql?query=mutation)\n\x1b[31m" + "y" * 300
    bench.run()
    shown = bench.metadata("extract/files")["preview"].records[0].data["path"]
    assert len(shown) == 48 and shown.isprintable()


def test_both_checks_pass_and_say_why(bench: Bench):
    bench.run()
    assert bench.check("cpg/nodes", "contract").passed
    order = bench.check("cpg/nodes", "order")
    rules = {(r.data["rule"], r.data["input"]) for r in order.metadata["findings"].records}
    assert order.passed
    assert {("generation", "modules"), ("order", "files"), ("store", "modules"), ("plan", ""), ("inputs", "")} <= rules


def test_a_broken_contract_is_a_failed_check_and_stops_what_reads_it(bench: Bench):
    bench.sessions.settings["broken"] = frozenset({"modules"})
    result = bench.run()
    assert not result.success
    assert "nodes" not in bench.sessions.opened[0].ran, "nothing downstream starts"
    check = bench.check("normalize/modules", "contract")
    assert not check.passed and check.description == "modules.file_id is null"
    sample = check.metadata["sample contract:modules"].records[0].data
    assert sample == {"file_id": None, "path": "<script>alert(1)</script>"}, "text, which the UI shows as text"
    assert bench.sessions.opened[0].ran.count("modules") == 1, "a refused contract is not tried again"


def test_the_order_check_sees_an_input_that_changed_behind_dagsters_back(bench: Bench):
    bench.run()
    bench.sessions.settings["rows"] = 5
    outside = bench.sessions(REPOSITORY, "no run of Dagster's")
    with outside as session:
        session.run_task("modules")
    result = bench.run(only={"cpg/nodes"})
    order = bench.check("cpg/nodes", "order")
    assert not order.passed and "store modules" in order.description
    assert not result.success, "a blocking check that fails is a failed run"


def test_the_order_check_wants_every_input_materialized_in_this_partition(bench: Bench):
    bench.run(partition="other")
    bench.run(only={"cpg/nodes"})
    order = bench.check("cpg/nodes", "order")
    assert not order.passed and "materialize it first" in order.description


def test_another_repository_built_in_between_changes_nothing(bench: Bench):
    bench.run()
    bench.run(partition="other")
    bench.run(only={"cpg/nodes"})
    assert bench.check("cpg/nodes", "order").passed


def test_a_failed_invariant_is_a_failed_blocking_check(bench: Bench):
    bench.sessions.settings["failing"] = frozenset({"no_dangling:nodes"})
    bench.run()
    check = bench.check("cpg/nodes", "no_dangling_nodes")
    assert not check.passed and check.severity == dg.AssetCheckSeverity.ERROR
    assert check.metadata["sample no_dangling:nodes"].records[0].data == {"node_id": 7}


def test_the_platform_job_reads_every_repository(bench: Bench):
    bench.run()
    bench.run(partition="other")
    assert bench.run("platform", partition=None).success
    order = bench.check("products/summary", "order")
    inputs = {r.data["input"] for r in order.metadata["findings"].records if r.data["rule"] == "store"}
    assert order.passed and inputs == {f"nodes of {REPOSITORY}", "nodes of other"}


def test_waves_hold_the_evidence_of_the_build(bench: Bench):
    bench.run()
    filled = bench.instance.get_materialized_partitions(dg.AssetKey("waves"))
    assert filled == {f"g0{i}|{REPOSITORY}" for i in range(3)}, "canonical keys are alphabetical by dimension"
    found = bench.metadata("waves")
    row = found["evidence"].records[0].data
    assert (row["task"], row["rows"], row["seconds"], row["slack"]) == ("nodes", 3, 0.25, 0.0)
    assert found["violations"].value == 0


def test_materializing_a_wave_collects_its_evidence_again(bench: Bench):
    bench.run()
    key = dg.MultiPartitionKey({"repository": REPOSITORY, "generation": "g00"})
    waves = bench.definitions.resolve_assets_def(dg.AssetKey("waves"))
    result = dg.materialize([waves], instance=bench.instance, partition_key=key)
    event = result.get_asset_materialization_events()[0]
    assert event.materialization.metadata["tasks"].value == 1 and result.success


def test_a_partition_is_looked_up_once_a_run_and_anew_after_it(bench: Bench):
    log = bench.instance.event_log_storage
    with log.partitions_held():
        assert log.has_dynamic_partition("repository", REPOSITORY) and not log.has_dynamic_partition(
            "repository", "late"
        )
        bench.instance.add_dynamic_partitions("repository", ["late"])
        assert log.has_dynamic_partition("repository", "late"), "what was not there is asked for again"
    bench.instance.delete_dynamic_partition("repository", "late")
    assert not log.has_dynamic_partition("repository", "late")
