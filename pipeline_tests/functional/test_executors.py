"""Steps in processes of their own: the same snapshot, one run in the records, and pools that no dead run keeps."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import dagster as dg

from pipeline_assets.orchestration.assets import WORKERS
from pipeline_assets.orchestration.builds import close_orphans
from pipeline_assets.orchestration.instance import open_instance
from pipeline_assets.project import load_project
from pipeline_assets.runner import Session
from pipeline_assets.settings import Settings
from pipeline_assets.store.publish import read
from pipeline_assets.store.records import RUNS, WAVES, read_records
from pipeline_assets.store.warehouse import Warehouse

TOP = Path(__file__).parents[2]
TASKS = ("source_files", "syntax", "modules")
RUN = """
import json, sys
import dagster as dg
from dagster._core.definitions.reconstruct import ReconstructableRepository
from pipeline_assets.orchestration.instance import open_instance
from pipeline_assets.orchestration.keys import asset_key
from pipeline_assets.orchestration.partitions import sync_repositories
from pipeline_assets.project import load_project
from pipeline_assets.settings import load_settings
from pipeline_assets.store.mirror import open_at

manifest = load_project().manifest
keys = [asset_key(manifest.dataset(name)) for task in sys.argv[1:] for name in manifest.task(task).outputs]
definitions = ReconstructableRepository.for_module("pipeline_assets.orchestration.definitions", "defs")
quiet = {"console": {"config": {"log_level": "CRITICAL"}}}
with open_instance(open_at(load_settings().warehouse).dagster_home) as instance:
    sync_repositories(instance, ["shop"])
    with dg.execute_job(
        definitions.get_reconstructable_job("build"),
        instance,
        run_config={"execution": {"config": {"processes": 2}}, "loggers": quiet},
        tags={"dagster/partition": "shop"},
        asset_selection=keys,
    ) as result:
        started = [event for event in result.all_events if event.event_type_value == "STEP_WORKER_STARTED"]
        waves = instance.get_materialized_partitions(dg.AssetKey("waves"))
        checks = [check.passed for check in result.get_asset_check_evaluations()]
        told = {"run": result.run_id, "success": result.success, "waves": len(waves), "checks": checks}
        print(json.dumps(told | {"processes": len(started)}))
"""


def test_a_run_in_several_processes_makes_the_same_snapshot(tmp_path: Path):
    source = tmp_path / "shop"
    source.mkdir()
    (source / "cart.py").write_text("def add(items):\n    return sum(items)\n")
    warehouse = Warehouse.create(tmp_path / "warehouse")
    warehouse.register("shop", source)
    environment = {**os.environ, "CPG_WAREHOUSE": str(warehouse.root), "CPG_WORKERS": "1", "PYTHONPATH": str(TOP)}
    command = [sys.executable, "-W", "ignore", "-c", RUN, *TASKS]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["success"] and all(told["checks"]) and len(told["checks"]) > 2 * len(TASKS)
    assert told["processes"] == len(TASKS), "each step ran in a process of its own"
    reference = Warehouse.create(tmp_path / "reference")
    reference.register("shop", source)
    project = load_project()
    with Session(project, reference, "shop", Settings(warehouse=reference.root, workers=1), "alone") as session:
        for task in TASKS:
            session.run_task(task)
    assert versions(warehouse) == versions(reference)
    (run,) = read_records(warehouse, RUNS).to_pylist()
    assert (run["run_id"], run["status"], run["reused"], run["files"]) == (told["run"], "ok", 0, 1)
    assert sorted(read_records(warehouse, WAVES)["task_name"].to_pylist()) == sorted(TASKS)
    assert told["waves"] == len({project.manifest.task(task).generation for task in TASKS})


def versions(warehouse: Warehouse) -> dict[str, str]:
    snapshot = read(warehouse, "shop")
    assert snapshot is not None and snapshot.is_consistent
    return {name: held.data_version for name, held in snapshot.datasets.items()}


def test_a_dead_run_keeps_no_place_in_a_pool(tmp_path: Path):
    warehouse = Warehouse.create(tmp_path / "warehouse")
    with open_instance(warehouse.dagster_home) as instance:
        log = instance.event_log_storage
        log.initialize_concurrency_limit_to_default(WORKERS)
        alive = instance.create_run_for_job(_nothing, status=dg.DagsterRunStatus.STARTED).run_id
        for run, step in (("a run of long ago", "one"), (alive, "two")):
            assert log.claim_concurrency_slot(WORKERS, run, step).is_claimed
        assert not log.claim_concurrency_slot(WORKERS, "a third", "three").is_claimed, "two at a time"
        close_orphans(instance, warehouse)
        (slot,) = log.get_concurrency_info(WORKERS).claimed_slots
        assert slot.run_id == alive


@dg.job
def _nothing() -> None:
    pass
