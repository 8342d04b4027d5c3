"""The served UI as a program sees it: it answers on loopback, refuses strangers, launches a run, and ends cleanly."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pipeline_assets.store.warehouse import Warehouse

TOP = Path(__file__).parents[2]
SERVE = """
import sys
from pathlib import Path
from pipeline_assets.orchestration.serve import serve
serve(Path(sys.argv[1]), 0, read_only=sys.argv[2] == "read-only", ready=lambda url: print(url, flush=True))
print("clean", flush=True)
"""
LAUNCH = """
mutation Launch($run: ExecutionParams!) {
  launchRun(executionParams: $run) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
  }
}
"""
SCHEDULES = """
query Schedules($of: RepositorySelector!) {
  schedulesOrError(repositorySelector: $of) {
    ... on Schedules { results { name scheduleState { status } } }
  }
}
"""


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    root = tmp_path_factory.mktemp("tiny")
    (root / "tiny.py").write_text("def f():\n    return f\n")
    made = Warehouse.create(tmp_path_factory.mktemp("served") / "warehouse")
    made.register("tiny", root)
    return made


@contextmanager
def served(warehouse: Warehouse, mode: str = "full") -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The address and the process of a server, which is interrupted at the end and must end well."""
    environment = {**os.environ, "PYTHONPATH": str(TOP), "CPG_WATCH": "false"}
    command = [sys.executable, "-W", "ignore", "-c", SERVE, str(warehouse.root), mode]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip(), process
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


@pytest.fixture(scope="module")
def address(warehouse: Warehouse) -> Iterator[str]:
    with served(warehouse) as (url, _):
        yield url


def ask(url: str, query: str, variables: dict[str, Any] | None = None) -> Any:
    body = json.dumps({"query": query, "variables": variables or {}}).encode()
    request = urllib.request.Request(f"{url}/graphql", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)["data"]


def status(url: str, headers: dict[str, str] | None = None, body: bytes | None = None) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers or {}), timeout=60) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def launch(url: str) -> dict[str, Any]:
    selector = {"repositoryName": "__repository__", "repositoryLocationName": "pipeline_assets", "jobName": "wave_g00"}
    tags = [{"key": "dagster/partition", "value": "tiny"}]
    run = {"selector": selector, "runConfigData": {}, "mode": "default", "executionMetadata": {"tags": tags}}
    return ask(url, LAUNCH, {"run": run})["launchRun"]


def test_the_definitions_load_and_the_repository_is_a_partition(address: str):
    query = "{ workspaceOrError { ... on Workspace { locationEntries { name locationOrLoadError { __typename } } } } }"
    (entry,) = ask(address, query)["workspaceOrError"]["locationEntries"]
    assert entry == {"name": "pipeline_assets", "locationOrLoadError": {"__typename": "RepositoryLocation"}}
    query = '{ assetNodeOrError(assetKey: {path: ["extract", "files"]}) { ... on AssetNode { partitionKeys } } }'
    assert ask(address, query)["assetNodeOrError"]["partitionKeys"] == ["tiny"]


def test_the_nightly_schedule_runs(address: str):
    variables = {"of": {"repositoryName": "__repository__", "repositoryLocationName": "pipeline_assets"}}
    assert ask(address, SCHEDULES, variables)["schedulesOrError"]["results"] == [
        {"name": "nightly", "scheduleState": {"status": "RUNNING"}}
    ]


def test_strangers_are_refused(address: str):
    json_body = {"Content-Type": "application/json"}
    assert status(f"{address}/server_info") == 200, "the positive control"
    assert status(f"{address}/graphql", json_body, b'{"query": "{ version }"}') == 200, "and another"
    assert status(f"{address}/graphql?query=mutation%7Bx%7D") == 405
    assert status(f"{address}/graphql", {"Content-Type": "text/plain"}, b'{"query": "{ version }"}') == 415
    assert status(f"{address}/graphql", json_body | {"Origin": "http://evil.example"}, b"{}") == 403
    assert status(f"{address}/server_info", {"Host": "evil.example"}) == 421


def test_the_page_may_not_be_framed(address: str):
    with urllib.request.urlopen(f"{address}/", timeout=60) as answer:
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert "script-src" in answer.headers["Content-Security-Policy"], "Dagster's own policy stays"


def test_a_run_launched_from_outside_builds_one_partition(address: str, warehouse: Warehouse):
    launched = launch(address)
    assert launched["__typename"] == "LaunchRunSuccess", launched
    query = "query Run($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"
    deadline = time.monotonic() + 240
    state = ""
    while state not in ("SUCCESS", "FAILURE", "CANCELED") and time.monotonic() < deadline:
        time.sleep(1)
        state = ask(address, query, {"id": launched["run"]["runId"]})["runOrError"]["status"]
    assert state == "SUCCESS"
    pointer = json.loads((warehouse.scope("tiny") / "current.json").read_text())
    assert pointer, "what it made was published"


def test_read_only_launches_nothing_and_an_interrupt_leaves_nobody_behind(warehouse: Warehouse):
    with served(warehouse, "read-only") as (url, process):
        assert launch(url)["__typename"] == "UnauthorizedError"
        report = {"Content-Type": "application/json"}
        assert status(f"{url}/report_asset_materialization/extract/files", report, b"{}") == 403
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        process.send_signal(signal.SIGINT)
        assert process.stdout is not None and process.stdout.read().strip() == "clean"
        assert process.wait(60) == 0
    assert children, "there was a code server to leave behind"
    deadline = time.monotonic() + 30
    while any(Path(f"/proc/{child}").exists() for child in children) and time.monotonic() < deadline:
        time.sleep(0.5)
    assert not [child for child in children if Path(f"/proc/{child}").exists()]
