"""The small pieces: text, drawings, partitions, the instance, the schedule, lineage that is checked."""

from __future__ import annotations

import dataclasses
import datetime
import threading
from pathlib import Path
from xml.etree import ElementTree

import dagster as dg
import pytest
import yaml

from pipeline_assets.orchestration.drawing import as_image, lineage_drawing, stage_drawing, waterfall_drawing
from pipeline_assets.orchestration.instance import open_instance, prepare_home
from pipeline_assets.orchestration.metadata import UndeclaredLineageError, column_lineage
from pipeline_assets.orchestration.order import static_findings
from pipeline_assets.orchestration.partitions import (
    UnknownGenerationError,
    forget_repository,
    register_repository,
    sync_repositories,
    wave_key,
)
from pipeline_assets.orchestration.schedules import nightly_schedule
from pipeline_assets.orchestration.text import cell, code, plain
from pipeline_assets.profiling import StageRun
from pipeline_assets.store.errors import InvalidRepositoryName
from pipeline_tests.unit.orchestration.conftest import Bench


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb\tc", "a↵b→c"),
        ("\x1b[2J", "\ufffd[2J"),
        ("\u202eevil", "\ufffdevil"),
    ],
)
def test_what_does_not_print_is_made_visible(text, shown):
    assert plain(text) == shown


def test_long_text_ends_in_an_ellipsis_and_exact_text_does_not():
    assert plain("x" * 200, 10) == "x" * 9 + "…"
    assert plain("x" * 10, 10) == "x" * 10


def test_cells_keep_numbers_and_describe_the_rest():
    assert [cell(v) for v in (None, True, 3, 0.5, "t")] == [None, True, 3, 0.5, "t"]
    assert cell(2**53 - 1) == 2**53 - 1 and cell(2**53 + 1) == "9007199254740993", "a browser would round it"
    assert cell(datetime.date(2026, 1, 2)) == "2026-01-02" and cell([1]) == "[1]"


def test_a_fence_is_longer_than_any_inside():
    assert code("a ```` b", "sql").splitlines() == ["`````sql", "a ```` b", "`````"]


def test_drawings_are_xml_and_hold_names_as_text(project):
    hostile = dataclasses.replace(project.manifest.task("nodes").stages[0], name="</text><script>'\"&\x07")
    svg = stage_drawing([hostile], "nodes")
    texts = [element.text for element in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]
    assert "</text><script>'\"&\N{REPLACEMENT CHARACTER}" in texts and "<script" not in svg


def test_a_waterfall_has_a_bar_per_stage_each_where_the_last_one_ended():
    runs = [StageRun("t", name, i, "execute", taken) for i, (name, taken) in enumerate([("<a>", 1.0), ("b", 3.0)])]
    root = ElementTree.fromstring(waterfall_drawing(runs))
    first, second = root.iter("{http://www.w3.org/2000/svg}rect")
    assert float(second.get("width")) == 3 * float(first.get("width"))
    assert float(second.get("x")) == pytest.approx(float(first.get("x")) + float(first.get("width")), abs=0.1)
    assert "<a>" in [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]


def test_lineage_drawing_has_a_curve_per_flow(project):
    manifest = project.manifest
    svg = lineage_drawing(manifest.dataset("nodes"), manifest.task("nodes"), manifest)
    flows = manifest.task("nodes").column_lineage
    assert svg.count("<path") == sum(len(sources) for sources in flows.values()) == 3
    ElementTree.fromstring(svg)
    assert as_image(svg, "t").startswith("![t](data:image/svg+xml;base64,")


def test_lineage_from_nowhere_is_refused(project):
    nodes = project.manifest.dataset("nodes")
    task = project.manifest.task("nodes")
    forged = dataclasses.replace(task, column_lineage={"nodes.node_id": (("modules", "no_such"),)})
    with pytest.raises(UndeclaredLineageError, match=r"nodes.node_id claims to come from modules.no_such"):
        column_lineage(nodes, forged, project.manifest)


def test_a_forged_edge_is_found_without_running(bench: Bench):
    manifest = bench.project.manifest
    task = manifest.task("nodes")
    key = dg.AssetKey(["cpg", "nodes"])
    spec = bench.definitions.resolve_assets_def(key).get_asset_spec(key)
    assert all(finding.passed for finding in static_findings(task, spec, manifest))
    forged = spec.replace_attributes(deps=[*spec.deps, dg.AssetDep(dg.AssetKey(["extract", "files_status"]))])
    assert {f.rule for f in static_findings(task, forged, manifest) if not f.passed} == {"inputs"}
    backwards = dataclasses.replace(task, generation=0)
    assert {f.rule for f in static_findings(backwards, spec, manifest) if not f.passed} == {"generation"}
    unpartitioned = spec.replace_attributes(partitions_def=None)
    assert {f.rule for f in static_findings(task, unpartitioned, manifest) if not f.passed} == {"grain"}


def test_a_wave_that_the_manifest_does_not_have(project):
    with pytest.raises(UnknownGenerationError, match="there is no generation 9"):
        wave_key("r", 9, project.manifest)


def test_partitions_follow_what_is_registered(bench: Bench):
    names = lambda: set(bench.instance.get_dynamic_partitions("repository"))  # noqa: E731
    register_repository(bench.instance, "new/one")
    register_repository(bench.instance, "new/one")
    assert "new/one" in names()
    forget_repository(bench.instance, "new/one")
    assert "new/one" not in names()
    before = names()
    sync_repositories(bench.instance, ["only"])
    assert names() == before | {"only"}
    with pytest.raises(InvalidRepositoryName):
        register_repository(bench.instance, "a|b")


def test_the_nightly_schedule_asks_for_every_registered_repository(bench: Bench):
    context = dg.build_schedule_context(
        instance=bench.instance, scheduled_execution_time=datetime.datetime(2026, 5, 4, 2, tzinfo=datetime.UTC)
    )
    requests = list(nightly_schedule()(context))
    registered = sorted(repository.name for repository in bench.warehouse.repositories())
    assert [request.partition_key for request in requests] == registered and len(registered) == 2
    assert requests[0].run_key == f"{registered[0]}@2026-05-04", "a second tick of the same night asks for nothing new"


def test_who_watches_a_run_is_told_its_events(bench: Bench):
    result = bench.run()
    seen: list[str] = []
    told = threading.Event()

    def watch(entry: dg.EventLogEntry, cursor: str) -> None:
        seen.append(entry.dagster_event_type.value if entry.dagster_event_type else "")
        if seen[-1] == "PIPELINE_SUCCESS":
            told.set()

    log = bench.instance.event_log_storage
    log.watch(result.run_id, None, watch)
    assert told.wait(20), seen
    log.end_watch(result.run_id, watch)
    assert "ASSET_MATERIALIZATION" in seen


def test_the_home_holds_our_settings_and_heals(tmp_path: Path):
    home = tmp_path / 'a "quoted": {home}'
    prepare_home(home)
    settings = yaml.safe_load((home / "dagster.yaml").read_text())
    assert settings["telemetry"] == {"enabled": False} and settings["nux"] == {"enabled": False}
    assert settings["event_log_storage"]["config"]["base_dir"] == str(home / "storage")
    (home / "dagster.yaml").write_text("telemetry: {enabled: true}")
    with open_instance(home) as instance:
        assert not instance.telemetry_enabled and not instance.nux_enabled
        assert instance.get_concurrency_config().run_queue_config.max_concurrent_runs == 2
