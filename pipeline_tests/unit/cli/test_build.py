"""`cpg build`, `add`, `remove`, `repositories`: real runs of a toy project in Dagster."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from pipeline_assets.store.errors import WarehouseUnwritable
from pipeline_tests.unit.cli.conftest import Cpg

PROMISED = {
    *("repository", "snapshot", "run_id", "seconds", "files", "lines"),
    *("rows", "reused", "errors", "warehouse", "catalog"),
}


def test_the_last_line_of_json_is_as_promised(cpg: Cpg, repository: Path, warehouse: Path):
    ran = cpg("build", repository, "--json")
    assert ran.code == 0
    report = json.loads(ran.out.splitlines()[-1])
    assert report.keys() == PROMISED
    assert (report["repository"], report["rows"], report["reused"]) == ("sample", {"paths": 2, "sizes": 2}, [])
    assert report["warehouse"] == str(warehouse) and Path(report["catalog"]).is_file()
    assert report["run_id"] and report["snapshot"]


def test_a_second_build_launches_no_run_and_says_so(cpg: Cpg, repository: Path):
    first = json.loads(cpg("build", repository, "--json").out)
    ran = cpg("build", repository, "--json")
    second = json.loads(ran.out)
    assert ran.code == 0 and "nothing to do" in ran.err
    assert second["run_id"] is None and second["snapshot"] == first["snapshot"]
    assert second["reused"] == ["paths", "sizes"]
    runs = cpg("query", "SELECT status FROM runs WHERE repository = 'sample' ORDER BY started", "--json").json
    assert [run["status"] for run in runs] == ["ok", "nothing_to_do"]


def test_the_summary_ends_with_three_queries(cpg: Cpg, repository: Path):
    out = cpg("build", repository).out
    assert "sample" in out and out.count("  cpg query ") == 3


def test_only_what_depends_on_a_change_runs(cpg: Cpg, repository: Path):
    cpg("build", repository)
    (repository / "pkg" / "a.py").write_text("x = 22\n")
    report = json.loads(cpg("build", repository, "--json").out)
    assert report["reused"] == [], "the size of a.py is in paths, so both tables are made again"


def test_a_selection_makes_no_more_than_it_names(cpg: Cpg, repository: Path):
    report = json.loads(cpg("build", repository, "--select", "paths", "--json").out)
    assert report["rows"] == {"paths": 2}


def test_globs_narrow_what_is_read_and_are_kept(cpg: Cpg, repository: Path):
    report = json.loads(cpg("build", repository, "--exclude", "a.py", "--json").out)
    assert report["rows"]["paths"] == 1
    report = json.loads(cpg("build", repository, "--json").out)
    assert report["rows"]["paths"] == 1, "a build without globs keeps the registered ones"
    assert cpg("repositories", "--json").json[0]["exclude"] == ["a.py"]


def test_one_bad_path_does_not_stop_the_others(cpg: Cpg, repository: Path, tmp_path: Path):
    ran = cpg("build", tmp_path / "missing", repository, "--json")
    assert ran.code == 1 and "missing does not exist" in ran.err.replace("\n", "")
    lines = [json.loads(text) for text in ran.out.splitlines()]
    assert [line["repository"] for line in lines] == ["missing", "sample"]
    assert "error" in lines[0] and lines[1]["rows"] == {"paths": 2, "sizes": 2}


def test_a_missing_path_an_empty_folder_and_one_without_python_are_not_registered(cpg: Cpg, tmp_path: Path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "readme.txt").write_text("no code")
    (tmp_path / "file.py").write_text("x = 1\n")
    expected = {
        "missing": "does not exist",
        "empty": "has no Python file",
        "texts": "has no Python file",
        "file.py": "is not a folder",
    }
    for name, message in expected.items():
        ran = cpg("build", tmp_path / name)
        assert ran.code == 1, name
        assert message in ran.err.replace("\n", ""), name
    assert cpg("repositories", "--json").json == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written(cpg: Cpg, repository: Path, tmp_path: Path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    ran = cpg("build", repository, "--warehouse", closed / "warehouse")
    assert ran.code == 1 and "cannot be written" in ran.err


def test_a_warehouse_below_a_file_cannot_be_made(cpg: Cpg, repository: Path):
    ran = cpg("build", repository, "--warehouse", repository / "pkg" / "a.py" / "warehouse")
    assert ran.code == 1 and "a part of its path is a file" in ran.err.replace("\n", "")


def test_a_folder_of_someone_else_is_no_warehouse(cpg: Cpg, repository: Path):
    ran = cpg("build", repository, "--warehouse", repository)
    assert ran.code == 1 and "other files" in ran.err
    assert sorted(path.name for path in repository.iterdir()) == ["pkg"]


def test_a_defect_in_a_task_exits_3_with_its_stack(cpg: Cpg, repository: Path, monkeypatch: pytest.MonkeyPatch):
    def broken(*arguments: object) -> None:
        raise ZeroDivisionError("a defect")

    monkeypatch.setattr("pipeline_assets.runner.execute", broken)
    monkeypatch.setenv("CPG_DEBUG", "1")
    ran = cpg("build", repository, "--json")
    assert ran.code == 3 and "in broken" in ran.err
    assert json.loads(ran.out) == {"repository": "sample", "error": "a defect"}


def test_a_task_that_says_what_is_wrong_exits_1(cpg: Cpg, repository: Path, monkeypatch: pytest.MonkeyPatch):
    def refused(*arguments: object) -> None:
        raise WarehouseUnwritable(Path("there"), "the disk is full")

    monkeypatch.setattr("pipeline_assets.runner.execute", refused)
    ran = cpg("build", repository)
    assert ran.code == 1 and "the disk is full" in ran.err and "Traceback" not in ran.err
    assert cpg("repositories", "--json").json[0]["snapshot"] is None


def test_two_folders_cannot_have_one_name(built: Cpg, repository: Path, tmp_path: Path):
    other = tmp_path / "other" / "sample"
    other.mkdir(parents=True)
    (other / "b.py").write_text("y = 1\n")
    ran = built("build", other)
    assert ran.code == 1 and "--repository" in ran.err
    assert built("build", other, repository, "--repository", "one").code == 2


def test_add_registers_without_building(cpg: Cpg, repository: Path):
    ran = cpg("add", repository, "--repository", "named")
    assert ran.code == 0
    (row,) = cpg("repositories", "--json").json
    assert (row["repository"], row["snapshot"], row["root"]) == ("named", None, str(repository))
    assert "never" in cpg("repositories").out


def test_remove_forgets_the_tables_and_leaves_the_folder(built: Cpg, repository: Path):
    assert built("remove", "sample").code == 0
    assert built("repositories", "--json").json == []
    assert built("query", "SELECT * FROM paths", "--json").json == []
    assert (repository / "pkg" / "a.py").exists()
    ran = built("remove", "sample")
    assert ran.code == 1 and "not registered" in ran.err


def test_repositories_tell_how_fresh_they_are(built: Cpg, repository: Path):
    (row,) = built("repositories", "--json").json
    assert row["datasets"] == 2 and row["rows"] == 4 and row["age_seconds"] < 600 and row["exists"]


@pytest.mark.parametrize("command", ["repositories", "check", "serve", "query", "export", "remove"])
def test_a_command_that_reads_names_the_warehouse_that_is_not_there(cpg: Cpg, warehouse: Path, command: str):
    arguments = {"query": ["SELECT 1"], "export": ["pycg"], "remove": ["sample"]}.get(command, [])
    ran = cpg(command, *arguments)
    assert ran.code == 1
    assert "nothing has been built here" in ran.err.replace("\n", " ")
    assert not warehouse.exists()
