"""The benchmark command measures what it says; how long anything takes is not tested."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline_assets.extract.layers import REQUIRED
from pipeline_assets.project import load_project
from pipeline_tests.bench.extract import CORE, main
from pipeline_tests.bench.measuring import extractors
from pipeline_tests.extracting import write_files


def _report(folder: Path, capsys: pytest.CaptureFixture[str], *options: str) -> dict:
    main([str(folder), "--repeat", "1", "--json", *options])
    return json.loads(capsys.readouterr().out)


def test_every_extractor_of_the_project_is_found_and_those_that_others_read_from_come_first():
    manifest = load_project().manifest
    assert {task.name for task in extractors().values()} == {p.name for p in manifest.tasks if p.kind == "extract"}
    assert {*REQUIRED} <= {*extractors()}
    assert next(iter(extractors())) == "files"


def test_layers_are_measured_by_what_they_wrote(tmp_path: Path, capsys):
    write_files(tmp_path, {"a.py": "x = 1\ny = x\n", "b.py": "def f(:\n"})
    report = _report(tmp_path, capsys, "--only", "files,ast")
    assert [*report["layers"]] == ["files", "ast"]
    assert report["lines"] == 3
    syntax = report["layers"]["ast"]
    assert syntax["rows"] == {"ast_nodes": 7, "ast_status": 2}
    assert syntax["bytes_per_line"] == pytest.approx(sum(syntax["bytes"].values()) / 3)
    assert syntax["parses"] > 1  # parsing is a part of it
    assert [*syntax["stages_in_parses"]] == ["parse", "normalize", "materialize"]


def test_goals_say_which_layers_their_figures_lack(tmp_path: Path, capsys):
    write_files(tmp_path, {"a.py": "x = 1\n"})
    goals = {goal["goal"]: goal for goal in _report(tmp_path, capsys, "--only", "files,ast")["goals"]}
    assert goals["ast + tokens + symtable + bytecode + blocks"]["lacking"] == [
        layer for layer in CORE if layer not in ("files", "ast")
    ]
    assert goals["and tree-sitter's gate and issues"]["measured"] is None
    assert 0 < goals["memory a worker"]["measured"] < 1000
