"""Ruff's parser as a second opinion: where it and CPython's agree, where they do not, and when it cannot be asked."""

from __future__ import annotations

import ast
import sys
import sysconfig
from pathlib import Path

import pytest

from pipeline_assets.extract import ruff
from pipeline_assets.extract.producers.ruff import run as ruff_run
from pipeline_assets.extract.worker import Job, run_stages
from pipeline_assets.sources.tree import walk
from pipeline_assets.store.parquet import STAGING
from pipeline_tests.extracting import write_files
from pipeline_tests.partial import built
from pipeline_tests.pyrefly_running import projected

LAYERS = "-pyrefly,-git,-tokens,-tree_sitter"
STATUSES = "SELECT path, status, error_class, message, line, col FROM ruff_status ORDER BY path"
CONFLICTS = "SELECT path, code, line, col FROM layer_conflicts JOIN files USING (file_id) WHERE code LIKE '%ruff%'"
VERDICTS = """
    SELECT path, r.error_class IS NULL AS accepted, a.status = 'ok' AS is_parsed
    FROM ruff_status AS r JOIN ast_status AS a USING (file_id, path)
"""
PARTS = ("asyncio", "email", "json", "test")


def test_errors_are_told_where_they_are(tmp_path: Path) -> None:
    write_files(tmp_path, {"good.py": "x = 1\n", "bad.py": "é = 'é'\nx = é é\n", "stub.pyi": "def f(: ...\n"})
    with built(tmp_path, "ruff_issues", "ruff_status", layers=LAYERS) as graph:
        statuses = {row.pop("path"): row for row in graph.sql(STATUSES).to_pylist()}
        assert statuses["good.py"] == {"status": "ok", "error_class": None, "message": None, "line": None, "col": None}
        assert (statuses["bad.py"]["line"], statuses["bad.py"]["col"]) == (2, 7)
        assert statuses["stub.pyi"]["error_class"] == "invalid-syntax"
        found = graph.sql("SELECT DISTINCT path FROM ruff_issues JOIN files USING (file_id)").to_pylist()
        assert {row["path"] for row in found} == {"bad.py", "stub.pyi"}


def test_nothing_that_the_repository_configures_counts(tmp_path: Path) -> None:
    configured = {"pyproject.toml": "[tool.ruff]\nexclude = ['*.py']\nextend = 'gone.toml'\n", ".gitignore": "*.py\n"}
    write_files(
        tmp_path,
        {**configured, "bad.py": "# ruff: noqa\nx = (  # noqa\n", "_latin.py": b"# coding: latin-1\nx = '\xe4'\n"},
    )
    with built(tmp_path, "ruff_status", layers=LAYERS) as graph:
        statuses = {row["path"]: row["error_class"] for row in graph.sql(STATUSES).to_pylist()}
        assert statuses == {"_latin.py": None, "bad.py": "invalid-syntax"}


def test_where_it_differs_from_cpython_is_a_conflict(tmp_path: Path) -> None:
    newer = "match x:\n    case [*a, *b]:\n        pass\n"  # the grammar allows it, the compiler does not
    write_files(tmp_path, {"both.py": "x = (\n", "newer.py": newer})
    ast.parse(newer)
    with built(tmp_path, "layer_conflicts", "ruff_status", layers=LAYERS) as graph:
        assert graph.sql(CONFLICTS).to_pylist() == [
            {"path": "newer.py", "code": "only_ruff_refuses", "line": 2, "col": 15}
        ]


def test_it_agrees_with_cpython_about_the_standard_library(tmp_path: Path) -> None:
    source = Path(sysconfig.get_path("stdlib"))
    for part in PARTS:
        for path in sorted((source / part).rglob("*.py"))[::2]:
            copy = tmp_path / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    with built(tmp_path, "ruff_status", "ast_status", layers=LAYERS) as graph:
        rows = graph.sql(VERDICTS).to_pylist()
    assert len(rows) > 300
    assert [row["path"] for row in rows if row["is_parsed"] and not row["accepted"]] == []
    refused = [row for row in rows if not row["is_parsed"]]
    assert [row["path"] for row in refused if row["accepted"]] == []


@pytest.mark.parametrize(
    ("program", "status", "message"),
    [
        ("sys.exit(2)", "crashed", "Ruff ended with exit code 2"),
        ("", "failed", "Ruff wrote no report"),
        ("REPORT.write_text('[{}]')", "failed", "Ruff's report cannot be read: KeyError"),
        ("REPORT.write_text('[' * 100000)", "failed", "Ruff's report cannot be read: RecursionError"),
    ],
)
def test_what_goes_wrong_is_the_status_of_every_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, status: str, message: str
) -> None:
    stand_in = tmp_path / "stand_in"
    find = "REPORT = Path(next(arg for arg in sys.argv if arg.startswith('--output-file=')).partition('=')[2])"
    stand_in.write_text("\n".join([f"#!{sys.executable} -I", "import sys", "from pathlib import Path", find, program]))
    stand_in.chmod(0o755)
    monkeypatch.setattr(ruff_run, "executable", lambda: stand_in)
    assert _statuses(tmp_path) == {(status, message)}


def test_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ruff_run, "DISTRIBUTION", "ruff-that-nobody-made")
    assert _statuses(tmp_path) == {("skipped", "Ruff is not installed beside this interpreter")}


def _statuses(folder: Path) -> set[tuple[str, str]]:
    """What two files' statuses say, made in this process; there are no issues."""
    tree = walk(write_files(folder / "code", {"a.py": "x\n", "b.py": "y\n"}), "sample")
    rows, inputs = projected(tree), {"files": projected(tree)}
    (folder / "warehouse" / STAGING).mkdir(parents=True)
    steps, outputs = (ruff._run, ruff._read_issues, ruff._materialize), (ruff.RUFF_ISSUES, ruff.RUFF_STATUS)
    warehouse, limit = folder / "warehouse", tree.max_file_bytes
    tables = run_stages(Job(steps, outputs, tuple(rows.to_pylist()), tree.source, warehouse, limit, inputs=inputs), [])
    assert tables["ruff_issues"].num_rows == 0
    assert tables["ruff_status"].num_rows == 2
    return {(row["status"], row["message"]) for row in tables["ruff_status"].to_pylist()}
