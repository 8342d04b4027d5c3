"""What asks for runs by itself: registering, changed repositories, early cutoff, alerts; ticks are taken in process."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.partitions.context import partition_loading_context

from pipeline_assets.orchestration.alerts import alerts_sensor
from pipeline_assets.orchestration.sensors import Seen, changes_sensor, reconcile, repositories_sensor
from pipeline_assets.settings import Settings
from pipeline_assets.sources.watching import present_version, was_built_from
from pipeline_assets.store.publish import head
from pipeline_assets.store.warehouse import Warehouse
from pipeline_tests.git_programs import needs_git, new_repository
from pipeline_tests.unit.orchestration.conftest import REPOSITORY, Bench


@pytest.fixture
def place(tmp_path: Path) -> Warehouse:
    return Warehouse.create(tmp_path / "warehouse")


def python_folder(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "a.py").write_text("A = 1\n")
    return folder


def names(warehouse: Warehouse) -> set[str]:
    return {repository.name for repository in warehouse.repositories()}


def tick(sensor: dg.SensorDefinition, bench: Bench, cursor: str | None = None):
    known = bench.definitions.get_repository_def()
    with partition_loading_context(dynamic_partitions_store=bench.instance):
        return sensor.evaluate_tick(dg.build_sensor_context(bench.instance, cursor, repository_def=known))


def test_what_appears_below_the_root_is_registered_once_it_holds_python(place: Warehouse, tmp_path: Path):
    root = tmp_path / "root"
    python_folder(root / "one")
    (root / "empty").mkdir()
    python_folder(root / ".hidden")
    python_folder(root / "odd...name")
    (root / "link").symlink_to(root / "one")
    settings = Settings(warehouse=place.root, repositories=root)
    first = reconcile(place, settings, Seen(), [])
    assert names(place) == {"one"} and first.add == ["one"] and not first.drop
    assert any("empty" in text for text in first.said), "what could not be registered is told"
    again = reconcile(place, settings, first.seen, ["one"])
    assert not again.add and not again.drop and again.seen == first.seen


def test_a_partition_that_was_added_becomes_a_repository_or_goes(place: Warehouse, tmp_path: Path):
    python_folder(tmp_path / "root" / "two")
    settings = Settings(warehouse=place.root, repositories=tmp_path / "root")
    done = reconcile(place, settings, Seen(), ["two", "nowhere", "../two"])
    assert names(place) == {"two"}
    assert done.drop == ["../two", "nowhere"] and not done.add
    assert any(text.startswith("nowhere: there is no folder") for text in done.said)
    lonely = reconcile(place, Settings(warehouse=place.root), Seen(), ["two", "other"])
    assert any("CPG_REPOSITORIES" in text for text in lonely.said)


def test_a_partition_that_was_removed_is_forgotten_and_stays_so(place: Warehouse, tmp_path: Path):
    python_folder(tmp_path / "root" / "one")
    settings = Settings(warehouse=place.root, repositories=tmp_path / "root")
    first = reconcile(place, settings, Seen(), [])
    second = reconcile(place, settings, first.seen, [])
    assert names(place) == set() and second.seen.left_out == {"one"}
    third = reconcile(place, settings, Seen.read(second.seen.written()), [])
    assert names(place) == set() and not third.add
    place.register("one", tmp_path / "root" / "one")
    fourth = reconcile(place, settings, third.seen, [])
    assert names(place) == {"one"} and fourth.add == ["one"] and not fourth.seen.left_out, "added again by hand"


def test_a_repository_that_was_removed_takes_its_partition_along(place: Warehouse, tmp_path: Path):
    place.register("one", python_folder(tmp_path / "one"))
    settings = Settings(warehouse=place.root)
    first = reconcile(place, settings, Seen(), [])
    assert first.add == ["one"], "registered where Dagster was not told"
    place.unregister("one")
    assert reconcile(place, settings, first.seen, ["one"]).drop == ["one"]


def test_a_repository_that_is_being_built_is_forgotten_later(place: Warehouse, tmp_path: Path):
    place.register("one", python_folder(tmp_path / "one"))
    seen = Seen(frozenset({"one"}))
    with place.building("one", 0):
        held = reconcile(place, Settings(warehouse=place.root), seen, [])
    assert names(place) == {"one"} and "one" in held.seen.known
    assert any(text.startswith("one: ") and text != "one: removed" for text in held.said)


def test_the_sensor_asks_dagster_for_the_partitions(bench: Bench, tmp_path: Path):
    python_folder(tmp_path / "root" / "fresh")
    settings = Settings(warehouse=bench.warehouse.root, repositories=tmp_path / "root")
    result = tick(repositories_sensor(settings), bench)
    (request,) = result.dynamic_partitions_requests
    assert request.partition_keys == ["fresh"]
    bench.instance.add_dynamic_partitions("repository", ["fresh"])
    rested = tick(repositories_sensor(settings), bench, result.cursor)
    assert not rested.dynamic_partitions_requests and "as before" in rested.skip_message


@needs_git
def test_a_commit_asks_for_its_repository_once(bench: Bench, tmp_path: Path):
    git = new_repository(tmp_path / "repository")
    git.commit({"a.py": "A = 1\n"})
    bench.warehouse.register("mine", git.folder)
    bench.instance.add_dynamic_partitions("repository", ["mine"])
    bench.warehouse.unregister("other")
    bench.warehouse.unregister(REPOSITORY)
    sensor = changes_sensor(Settings(warehouse=bench.warehouse.root))
    (first,) = tick(sensor, bench).run_requests
    assert first.partition_key == "mine"
    (same,) = tick(sensor, bench).run_requests
    assert same.run_key == first.run_key, "Dagster asks once for a key"
    (git.folder / "a.py").write_text("A = 2\n")
    (dirty,) = tick(sensor, bench).run_requests
    assert dirty.run_key == first.run_key, "only commits count where there is git"
    git.commit({"a.py": "A = 3\n"})
    (next_one,) = tick(sensor, bench).run_requests
    assert next_one.run_key != first.run_key


def test_files_without_git_are_watched_by_content(place: Warehouse, tmp_path: Path):
    folder = python_folder(tmp_path / "plain")
    repository, settings = place.register("plain", folder), Settings(warehouse=place.root)
    source, version = present_version(repository, settings)
    assert source == "repository_tree"
    (folder / "a.py").touch()
    assert present_version(repository, settings) == (source, version), "a date is not content"
    (folder / "a.py").write_text("A = 2\n")
    assert present_version(repository, settings)[1] != version
    assert not was_built_from(None, source, version)


def test_a_repository_that_is_gone_is_told_and_stops_nobody(bench: Bench, tmp_path: Path):
    bench.warehouse.register("here", python_folder(tmp_path / "here"))
    bench.instance.add_dynamic_partitions("repository", ["here"])
    (request,) = tick(changes_sensor(Settings(warehouse=bench.warehouse.root)), bench).run_requests
    assert request.partition_key == "here", "the toy folders hold no Python"


def automation(bench: Bench, cursor=None) -> tuple[dict[str, int], object]:
    """How many partitions of which dataset the conditions ask for."""
    result = dg.evaluate_automation_conditions(bench.definitions, bench.instance, cursor=cursor)
    asked = {
        key: result.get_num_requested(key) for key in bench.definitions.resolve_asset_graph().materializable_asset_keys
    }
    return {key.path[-1]: count for key, count in asked.items() if count}, result.cursor


def test_early_cutoff_stops_at_the_first_asset_whose_data_did_not_change(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    for partition in (REPOSITORY, "other"):
        assert bench.run(partition=partition).success
    assert bench.run("platform", None).success
    asked, cursor = automation(bench)
    assert asked == {}, "what is up to date rests"
    bench.run(only={"normalize/modules"})
    asked, cursor = automation(bench, cursor)
    assert asked == {}, "made again, with the same data"
    bench.sessions.settings["rows"] = 4
    bench.run(only={"extract/files", "extract/files_status"})
    asked, cursor = automation(bench, cursor)
    assert asked == {"modules": 1, "nodes": 1}, "of the one partition whose files changed"
    held = head(bench.warehouse, REPOSITORY)
    assert held is not None
    bench.sessions.settings["rows"] = 3
    bench.run(only={"normalize/modules", "cpg/nodes"})
    asked, cursor = automation(bench, cursor)
    assert asked == {}, "nodes came out as before, so the platform's summary is not asked for"
    bench.sessions.settings["rows"] = 5
    bench.run(only={"cpg/nodes"})
    asked, cursor = automation(bench, cursor)
    assert asked == {"summary": 1}


def test_a_failed_run_is_posted(bench: Bench):
    told: list[dict] = []

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self):
            told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    bench.sessions.settings["broken"] = frozenset({"modules"})
    result = bench.run()
    with HTTPServer(("127.0.0.1", 0), Listener) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        settings = Settings(warehouse=bench.warehouse.root, alert_url=f"http://127.0.0.1:{server.server_port}/")
        failure = next(event for event in result.all_events if event.is_run_failure)
        context = dg.build_run_status_sensor_context(
            "alerts", failure, bench.instance, bench.instance.get_run_by_id(result.run_id)
        ).for_run_failure()
        alerts_sensor(settings)(context)
    (alert,) = told
    assert alert["job"] == "build" and alert["repository"] == REPOSITORY
    assert "modules.file_id is null" in alert["steps"]["modules"]


def test_an_alert_goes_to_the_web_or_nowhere():
    with pytest.raises(ValueError, match="alert_url"):
        Settings(alert_url="file:///etc/passwd")
    assert alerts_sensor(Settings()).default_status is dg.DefaultSensorStatus.STOPPED
