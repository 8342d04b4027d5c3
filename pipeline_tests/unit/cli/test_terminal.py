"""Foreign text stays text: no terminal escape and no markup reaches the terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline_assets.cli.terminal import emit_json, json_value, line, plain, program
from pipeline_assets.project import Project
from pipeline_tests.unit.cli.conftest import Cpg, fill

HOSTILE = "a\x1b[31m\x9b2J\u202e[bold red]\x07.py"


def test_every_character_that_does_not_print_becomes_its_escape():
    assert plain(HOSTILE) == r"a\x1b[31m\x9b2J\u202e[bold red]\x07.py"
    assert plain("two\nlines\tand\r") == "two\nlines\\tand\\r"
    assert line("two\nlines") == r"two\nlines"


def test_json_is_ascii_and_knows_no_nan(capsys: pytest.CaptureFixture[str]):
    emit_json({"text": HOSTILE, "nan": float("nan"), "infinite": float("-inf"), "bytes": b"\x00\xff", 1: (1, None)})
    printed = capsys.readouterr().out
    assert printed.isascii() and "\x1b" not in printed
    assert json.loads(printed) == {"text": HOSTILE, "nan": None, "infinite": None, "bytes": "00ff", "1": [1, None]}


def test_json_values_keep_booleans_and_large_integers():
    assert json_value([True, 2**62]) == [True, 2**62]


def test_the_program_is_named_as_the_user_can_call_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    script = tmp_path / "a b" / "cpg"
    script.parent.mkdir()
    script.touch(mode=0o755)
    monkeypatch.setattr("sys.argv", [str(script)])
    monkeypatch.setenv("PATH", "")
    assert program() == f"'{script}'"
    monkeypatch.setenv("PATH", str(script.parent))
    assert program() == "cpg"


@pytest.fixture
def hostile(cpg: Cpg, project: Project, warehouse: Path, tmp_path: Path) -> Cpg:
    root = tmp_path / "hostile"
    root.mkdir()
    (root / HOSTILE).write_text("x = 1\n")
    fill(project, warehouse, root)
    return cpg


def test_a_hostile_file_name_is_shown_as_text(hostile: Cpg):
    shown = hostile("query", "SELECT path FROM paths")
    assert r"a\x1b[31m\x9b2J\u202e[bold red]\x07.py" in shown.out
    assert "\x1b" not in shown.out and "\x9b" not in shown.out and "\u202e" not in shown.out


def test_a_hostile_file_name_is_whole_in_json_and_csv(hostile: Cpg):
    assert hostile("query", "SELECT path FROM paths", "--json").json == [{"path": HOSTILE}]
    assert hostile("query", "SELECT path FROM paths", "--csv").out == f"path\n{HOSTILE}\n"


def test_a_hostile_column_name_is_shown_as_text(hostile: Cpg):
    shown = hostile("query", 'SELECT 1 AS "[red]\x1b[0m"')
    assert r"[red]\x1b[0m" in shown.out and "\x1b" not in shown.out


def test_a_hostile_path_is_shown_as_text_in_an_error(cpg: Cpg, tmp_path: Path):
    ran = cpg("build", tmp_path / "no\x1b[31m[bold]such")
    assert ran.code == 1
    assert r"no\x1b[31m[bold]such does not exist" in ran.err.replace("\n", "")
    assert "\x1b" not in ran.err


def test_a_repository_cannot_have_a_hostile_name(cpg: Cpg, repository: Path):
    ran = cpg("build", repository, "--repository", "a\x1b[31m")
    assert ran.code == 1
    assert "not printable text" in ran.err and "\x1b" not in ran.err
