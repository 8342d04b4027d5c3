"""Runs and events in a real PostgreSQL server: builds, order checks and partitions as in files."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from pipeline_assets.orchestration import instance as instances
from pipeline_assets.orchestration.assembly import assemble
from pipeline_assets.orchestration.instance import INSTANCE_URL, NoPostgresError, open_instance
from pipeline_assets.orchestration.launch import launch
from pipeline_assets.orchestration.partitions import sync_repositories
from pipeline_assets.settings import Settings
from pipeline_tests.unit.orchestration.toy import ToyProject, ToySessions, toy_warehouse

BINARIES = max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)
NODES = dg.AssetKey(["cpg", "nodes"])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    pytest.importorskip("dagster_postgres")
    if BINARIES is None:
        pytest.skip("there is no PostgreSQL server: apt-get install postgresql")
    folder = Path("/tmp") / f"cpg-postgres-{os.getpid()}"
    folder.mkdir(mode=0o700)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    if os.getuid() == 0:  # the server refuses to run as root
        shutil.chown(folder, "nobody")

    def run(name: str, *arguments: str) -> None:
        other = ["runuser", "-u", "nobody", "--"] if os.getuid() == 0 else []
        command = [*other, str(BINARIES / name), "-D", str(folder / "data"), *arguments]
        subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL, timeout=120)

    try:
        run("initdb", "-U", "cpg", "-A", "trust", "--no-sync")
        options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder} -c fsync=off"
        run("pg_ctl", "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield f"postgresql://cpg:secret-of-mine@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_a_build_keeps_its_runs_events_and_partitions_in_the_server(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(INSTANCE_URL, server)
    warehouse = toy_warehouse(tmp_path / "warehouse", "one", "two")
    project = ToyProject()
    sessions = ToySessions(project, warehouse)
    definitions = assemble(project, Settings(warehouse=warehouse.root), sessions)
    with open_instance(warehouse.dagster_home) as instance:
        sync_repositories(instance, ["one", "two"])
        for partition in ("one", "two"):
            assert launch(definitions.resolve_job_def("build"), instance, partition=partition).success
        assert launch(definitions.resolve_job_def("platform"), instance).success
    with open_instance(warehouse.dagster_home) as again:
        assert set(again.get_dynamic_partitions("repository")) == {"one", "two"}
        assert len(again.get_runs()) == 3
        assert again.get_materialized_partitions(NODES) == {"one", "two"}
        sessions.settings["rows"] = 5
        with sessions("one", "no run of Dagster's") as session:
            session.run_task("modules")
        result = launch(definitions.resolve_job_def("build"), again, partition="one", selection={NODES})
        assert not result.success, "the order check finds what changed outside, in this storage as in any"
    assert not list(warehouse.dagster_home.rglob("*.db")), "nothing is kept in files beside it"
    texts = [path.read_text(errors="replace") for path in warehouse.dagster_home.rglob("*") if path.is_file()]
    assert not any("secret-of-mine" in text for text in texts), "the password is in no file"


def test_without_the_library_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(INSTANCE_URL, "postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.setattr(instances, "find_spec", lambda name: None)
    with pytest.raises(NoPostgresError, match=r"pip install 'pipeline-assets\[postgres\]'"):
        open_instance(tmp_path / "home")
