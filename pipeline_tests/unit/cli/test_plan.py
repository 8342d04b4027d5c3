"""`cpg plan` and `cpg stages`: the promised JSON, and why something would run."""

from __future__ import annotations

from pathlib import Path

from pipeline_assets.inference.manifest import Manifest
from pipeline_assets.project import Project
from pipeline_assets.store.warehouse import Warehouse
from pipeline_tests.unit.cli.conftest import Cpg


def test_the_json_has_the_promised_shape(cpg: Cpg):
    plan = cpg("plan", "--json").json
    assert plan.keys() >= {"manifest_version", "plan_fingerprint", "datasets", "tasks", "generations"}
    (dataset,) = [d for d in plan["datasets"] if d["name"] == "sizes"]
    assert dataset.keys() >= {"name", "layer", "grain", "producer", "key", "columns"}
    assert dataset["columns"][2].items() >= {"name": "label", "type": "string", "nullable": False}.items()
    (task,) = [t for t in plan["tasks"] if t["name"] == "sizes"]
    assert (task["kind"], task["generation"], task["outputs"], task["declared_inputs"]) == (
        *("relational", 1, ["sizes"]),
        ["paths"],
    )
    (read,) = task["inputs"]
    assert read["dataset"] == "paths"
    assert sorted(read["columns"]) == ["file_id", "path", "repository"] and read["indirect_columns"] == ["size"]
    assert task["column_lineage"]["sizes.label"] == [["paths", "path"]]
    (stage,) = task["stages"]
    assert stage.keys() >= {
        *("name", "ordinal", "layer", "artifact", "kind", "task_name", "task_output"),
        *("inputs", "plan_fingerprint", "stage_fingerprint", "description"),
    }
    assert [g["tasks"] for g in plan["generations"]] == [["paths"], ["sizes"], ["totals"]]


def test_the_json_reads_back_as_the_manifest(cpg: Cpg, project: Project):
    assert Manifest.from_json(cpg("plan", "--json").out) == project.manifest


def test_without_a_warehouse_nothing_is_decided(cpg: Cpg, warehouse: Path):
    assert cpg("plan", "--json").json["decisions"] == []
    assert not warehouse.exists(), "looking ahead makes no warehouse"


def test_what_was_never_made_would_run(cpg: Cpg, repository: Path):
    cpg("add", repository)
    fresh = cpg("plan", "--repository", "sample").out
    assert "paths was never made" in fresh and "paths is made again" in fresh


def test_it_says_what_would_run_and_why(built: Cpg, repository: Path):
    assert "nothing would run, all 2 tasks are up to date" in built("plan", "--repository", "sample").out
    (repository / "pkg" / "a.py").write_text("x = 2\n")
    decisions = built("plan", "--repository", "sample", "--json").json["decisions"]
    assert [(d["repository"], d["task"], d["runs"]) for d in decisions] == [
        ("sample", "paths", True),
        ("sample", "sizes", True),
    ]
    assert "repository_tree changed" in decisions[0]["reasons"][0]


def test_looking_ahead_at_a_folder_that_is_gone_is_told_and_is_no_run(built: Cpg, repository: Path, tmp_path: Path):
    runs = built("query", "SELECT count(*) AS n FROM runs", "--json").json
    repository.rename(tmp_path / "elsewhere")
    ran = built("plan")
    assert ran.code == 0
    assert "what would run is not known" in ran.out and "does not exist" in ran.out
    assert built("query", "SELECT count(*) AS n FROM runs", "--json").json == runs


def test_looking_ahead_does_not_wait_for_a_build(built: Cpg, repository: Path, warehouse: Path):
    with Warehouse.open(warehouse).building("sample", timeout=0):
        ran = built("plan", "--repository", "sample")
    assert ran.code == 0 and "is held by" in ran.out


def test_stages_as_json_and_as_a_table(cpg: Cpg):
    stages = cpg("stages", "--json").json
    assert [(s["task_name"], s["name"], s["generation"]) for s in stages] == [
        ("paths", "readable", 0),
        ("paths", "select", 0),
        ("sizes", "label", 1),
        ("totals", "add_up", 2),
    ]
    assert "Count over every repository." in cpg("stages").out


def test_check_reports_each_difference_and_exits_1(cpg: Cpg, monkeypatch):
    from pipeline_assets.cli import plan

    monkeypatch.setattr(plan, "_differences", lambda project: ["Hamilton lacks task:a → dataset:b"])
    ran = cpg("plan", "--check")
    assert ran.code == 1 and "Hamilton lacks task:a → dataset:b" in ran.out
    assert cpg("plan", "--check", "--json").json["differences"] == ["Hamilton lacks task:a → dataset:b"]
