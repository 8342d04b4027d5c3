"""Nothing that a repository holds is run, whatever its configuration says; each trap is first seen to spring."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline_assets.extract.producers.pyrefly import run as pyrefly_run
from pipeline_tests.extracting import write_files
from pipeline_tests.pyrefly_running import Analysed, stand_in


@pytest.fixture
def trapped(tmp_path: Path) -> Path:
    """A repository whose every file that some tool would run or obey leaves a mark."""
    repository, mark = tmp_path / "repository", tmp_path / "mark"
    trap = f'#!/bin/sh\necho "$0" >> \'{mark}\'\nexec {sys.executable} "$@"\n'
    spring = f"open({str(mark)!r}, 'a').write(__file__)\n"
    config = f'python-interpreter-path = "{repository}/bin/python3"\nsearch-path = ["{repository}/lib"]\n'
    write_files(
        repository,
        {
            "bin/python3": trap,
            "bin/python": trap,
            "bin/pyrefly": trap,
            ".venv/bin/python": trap,
            ".venv/pyvenv.cfg": "home = /usr/bin\n",
            "pyrefly.toml": config,
            "pyproject.toml": "[tool.pyrefly]\n" + config,
            "sub/pyrefly.toml": config,
            "sitecustomize.py": spring,
            "usercustomize.py": spring,
            "conftest.py": spring,
            "pyrefly/__init__.py": spring,
            "pyrefly/__main__.py": spring,
            "sub/code.py": spring + "print(len('a'))\n",
            "lib/elsewhere.py": spring,
        },
    )
    for program in ("bin/python3", "bin/python", "bin/pyrefly", ".venv/bin/python"):
        (repository / program).chmod(0o755)
    return repository


def test_nothing_fires(trapped, tmp_path, monkeypatch):
    mark = tmp_path / "mark"
    monkeypatch.chdir(trapped)
    monkeypatch.setenv("PATH", f"{trapped}/bin:{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(trapped))
    monkeypatch.setenv("PYREFLY_CONFIG", str(trapped / "pyrefly.toml"))
    monkeypatch.setenv("VIRTUAL_ENV", str(trapped / ".venv"))

    _unguarded(tmp_path)
    assert "bin/python" in mark.read_text(), "the trap must spring for a run without our configuration"
    mark.unlink()
    subprocess.run([sys.executable, "-c", ""], check=False)
    assert "sitecustomize" in mark.read_text()
    mark.unlink()

    found = Analysed(trapped, trapped / ".warehouse")
    assert not mark.exists()
    assert {row["status"] for row in found.statuses().values()} == {"ok"}
    assert [row["target"] for row in found.rows("calls", "sub/code.py", text="len('a')")] == ["builtins.len"]


def test_the_program_is_the_one_beside_the_interpreter(trapped, monkeypatch):
    monkeypatch.chdir(trapped)
    monkeypatch.setenv("PATH", f"{trapped}/bin")
    assert pyrefly_run.executable().is_relative_to(Path(sys.prefix).resolve())


def test_it_is_given_nothing_but_copies_of_the_sources(trapped, tmp_path, monkeypatch):
    """Run with a stand-in that lists what it finds."""
    listing = tmp_path / "listing"
    program = f"""
found = sorted(str(path.relative_to(Path.cwd())) for path in Path.cwd().rglob("*") if path.is_file())
told = {{"files": found, "environment": dict(os.environ), "arguments": ARGS, "input": sys.stdin.read()}}
Path({str(listing)!r}).write_text(json.dumps(told))
"""
    stand_in(tmp_path, monkeypatch, program)
    monkeypatch.setenv("SECRET", "value")
    found = Analysed(trapped, tmp_path / "warehouse")
    told = json.loads(listing.read_text())
    sources = {f"source/{row['path']}" for row in found.files.to_pylist()}
    assert set(told["files"]) == sources | {"pyrefly.toml", "said"}
    assert set(told["environment"]) <= {"HOME", "TMPDIR", "LC_ALL", "PWD", "LC_CTYPE"}
    assert "--skip-interpreter-query" in told["arguments"]
    assert told["input"] == ""
    assert str(trapped) not in json.dumps(told)


def _unguarded(folder: Path) -> None:
    """Pyrefly as a user would run it in the repository."""
    command = [str(pyrefly_run.executable()), "check", "--summary=none", "--output-format=omit-errors"]
    subprocess.run(command, env={**os.environ, "PYREFLY_CONFIG": ""}, capture_output=True, check=False, timeout=300)
    environment = {name: value for name, value in os.environ.items() if name != "PYREFLY_CONFIG"}
    subprocess.run(command, env=environment, capture_output=True, check=False, timeout=300)
