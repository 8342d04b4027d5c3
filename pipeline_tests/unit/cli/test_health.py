"""`cpg check` and `cpg doctor`: a damaged file is found, named and repaired; what is intact stays."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline_assets.project import Project
from pipeline_tests.unit.cli.conftest import Cpg


def damage(warehouse: Path, dataset: str) -> Path:
    """Flip one byte in the middle of a dataset's file."""
    (path,) = (warehouse / "data" / dataset).glob("*.parquet")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    return path


def test_check_has_the_promised_shape_and_passes(built: Cpg):
    ran = built("check", "--json")
    assert ran.code == 0
    assert all(
        row.keys() >= {"check", "dataset", "repository", "passed", "severity", "violations", "sample"}
        for row in ran.json
    )
    checks = {(row["check"], row["repository"]) for row in ran.json}
    assert {("contract:sizes", "sample"), ("storage:sizes", "sample"), ("order", "sample"), ("order", "*")} <= checks
    assert all(row["passed"] for row in ran.json)


def test_a_damaged_file_fails_its_check_and_only_that(built: Cpg, warehouse: Path):
    damage(warehouse, "sizes")
    ran = built("check", "--json", "--repository", "sample")
    assert ran.code == 1
    assert [row["check"] for row in ran.json if not row["passed"]] == ["storage:sizes"]
    assert "sizes" in built("check").out


def test_a_query_on_a_damaged_file_gives_no_answer(built: Cpg, warehouse: Path):
    path = damage(warehouse, "sizes")
    ran = built("query", "SELECT * FROM sizes")
    assert ran.code == 1 and ran.out == ""
    assert path.name in ran.err.replace("\n", "") and "cpg doctor --repair" in ran.err.replace("\n", " ")
    assert built("query", "SELECT count(*) AS n FROM paths", "--json").json == [{"n": 2}]


def test_repair_and_build_bring_everything_back(built: Cpg, repository: Path, warehouse: Path):
    rows = built("query", "SELECT * FROM sizes ORDER BY ALL", "--json").json
    damage(warehouse, "sizes")
    found = built("doctor", "--json")
    assert found.code == 1
    assert {item["repaired"] for item in found.json["damage"]} == {False}
    assert any("data/sizes/" in item["path"] for item in found.json["damage"])
    mended = built("doctor", "--repair", "--json")
    assert mended.code == 0 and {item["repaired"] for item in mended.json["damage"]} == {True}
    report = built("build", repository, "--json")
    assert report.code == 0
    assert built("query", "SELECT * FROM sizes ORDER BY ALL", "--json").json == rows
    assert built("check").code == 0 and built("doctor").code == 0


def test_an_older_plan_is_a_warning(built: Cpg, project: Project, monkeypatch: pytest.MonkeyPatch):
    fingerprints = {**project.catalog.fingerprints, "sizes": "another"}
    monkeypatch.setitem(vars(project), "catalog", replace(project.catalog, fingerprints=fingerprints))
    ran = built("check", "--json", "--repository", "sample")
    assert ran.code == 0
    assert [(row["check"], row["severity"]) for row in ran.json if not row["passed"]] == [("plan:sizes", "warning")]


def test_doctor_tells_where_each_setting_comes_from(built: Cpg, warehouse: Path):
    settings = built("doctor", "--json").json["settings"]
    assert settings["warehouse"] == {"value": str(warehouse), "origin": "environment"}
    assert settings["workers"]["origin"] == "default"
    assert built("doctor", "--warehouse", warehouse, "--json").json["settings"]["warehouse"]["origin"] == "flag"


def test_doctor_knows_the_versions(built: Cpg):
    versions = built("doctor", "--json").json["versions"]
    assert versions["duckdb"].startswith("1.5") and versions["python"].endswith("CPython")


def test_doctor_without_a_warehouse_is_healthy(cpg: Cpg, warehouse: Path):
    ran = cpg("doctor")
    assert ran.code == 0 and "does not exist yet" in ran.out.replace("\n", "")
    assert not warehouse.exists()


def test_doctor_misses_a_folder_that_is_gone(built: Cpg, repository: Path, tmp_path: Path):
    repository.rename(tmp_path / "elsewhere")
    ran = built("doctor")
    assert ran.code == 1 and "cpg remove sample" in ran.out
