"""Diagnostics lie where CPython says, and nothing that a layer reports is lost on the way."""

from __future__ import annotations

import ast
import shutil
import sysconfig
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import pipeline_assets
from pipeline_assets.api import Graph
from pipeline_assets.project import load_project, render
from pipeline_tests.golden.plan import run_plans

BROKEN = (
    "def f(:\n    pass\n",
    "x = 1\nreturn x\n",
    "f(**a, *b)\n",
    "é = 'ä'; a b\n",
    "é = 'ä'; (a b)\n",
    "x = '''日本\n",
    "日本 = 1; f() = 2\n",
    "x = 1\r\ny = = 2\r\n",
    "x = 1\ry = (2\r",
    "def f():\npass\n",
    "if x:\n\ty\n        z\n",
    "x = 1\0",
    'print "a"\n',
    "x = 08\n",
    "def f(a, a): ...\n",
    "class C:\n    nonlocal x\n",
    "break\n",
    "x = (1,\n",
    "\n\n\n(",
    "",
    "x = [\n\n# é\n",
    "é = 1\ndef f(): 日本 = 1; global 日本\n",
    "'é'; x is 1\n",
    "f'{a b}'\n",
    "\f\fx = 1 +\n",
    "match x:\n    case {**a, 1: 2}: ...\n",
)

SOURCES = """
    SELECT (SELECT count(*) FROM extract_status WHERE status NOT IN ('ok', 'skipped'))
        + (SELECT count(*) FROM ts_issues) + (SELECT count(*) FROM pyrefly_errors)
        + (SELECT count(*) FROM compile_warnings) + (SELECT count(*) FROM scip_diagnostics)
        + (SELECT count(*) FROM ruff_issues)
        + (SELECT count(*) FROM layer_conflicts) AS told
"""

KEPT = "SELECT diagnostic_id FROM {}"

PLACES = """
    SELECT f.path, d.line, d.bstart FROM diagnostics AS d JOIN files AS f USING (file_id)
    WHERE d.source = 'ast' AND d.severity = 'error'
"""

VARIABLES = "SELECT * FROM layer_conflicts WHERE code IN ('only_in_symtable', 'only_in_bytecode')"

SAMPLE = (
    "asyncio",
    "collections",
    "email",
    "enum.py",
    "typing.py",
    "dataclasses.py",
    "functools.py",
    "test/test_scope.py",
)


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Any:
    root = tmp_path_factory.mktemp("broken")
    for i, text in enumerate(BROKEN):
        (root / f"file_{i}.py").write_bytes(text.encode())
    (root / "latin.py").write_bytes(b"x = '\xe4'\n")
    with pipeline_assets.build(root) as graph:
        yield graph


def test_nothing_is_lost(broken: Graph) -> None:
    (told,) = (row["told"] for row in broken.sql(SOURCES).to_pylist())
    kept = [broken.sql(KEPT.format(name)).column(0).to_pylist() for name in ("diagnostics", "span_errors")]
    reported = broken.sql(KEPT.format("diagnostic_reports")).column(0).to_pylist()
    assert told > 2 * len(BROKEN)
    assert len(reported) == told
    assert Counter(kept[0] + kept[1]) == Counter(reported)
    assert all(kept)


def test_errors_lie_where_the_parser_says(broken: Graph) -> None:
    found = {row["path"]: (row["line"], row["bstart"]) for row in broken.sql(PLACES).to_pylist()}
    expected = {f"file_{i}.py": place for i, text in enumerate(BROKEN) if (place := parser_place(text))}
    assert len(expected) > len(BROKEN) / 2
    assert found == expected


def parser_place(text: str) -> tuple[int, int] | None:
    """Line and byte of the parser's error: of text, its columns are characters."""
    try:
        ast.parse(text)
    except SyntaxError as error:
        if error.lineno is None or error.offset is None:
            return None
        lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        width = 2 if "\r\n" in text else 1
        before = sum(len(line.encode()) + width for line in lines[: error.lineno - 1])
        line = lines[error.lineno - 1]
        return error.lineno, before + len(line[: max(error.offset - 1, 0)].encode())
    return None


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A part of the standard library that has every kind of scope."""
    root, source = tmp_path_factory.mktemp("library"), Path(sysconfig.get_path("stdlib"))
    for name in SAMPLE:
        copy = shutil.copytree if (source / name).is_dir() else shutil.copy
        (root / name).parent.mkdir(exist_ok=True)
        copy(source / name, root / name)
    return root


def test_compiler_and_symbol_table_agree_on_every_variable(library: Path) -> None:
    with pipeline_assets.build(library, layers="-pyrefly,-tree_sitter") as graph:
        (units,) = graph.sql("SELECT count(*) FROM code_units").column(0).to_pylist()
        assert units > 2000
        assert graph.sql(VARIABLES).to_pylist() == []


def test_a_variable_that_only_one_knows_is_told(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("def f(a):\n    def g(): return a\n    return g\n")
    connection = run_plans({"forged": tmp_path})
    connection.execute("UPDATE code_units SET freevars = '', cellvars = 'a,b' WHERE name IN ('f', 'g')")
    sql = render(load_project().compiled.traces["layer_conflicts"].expressions["layer_conflicts"])
    rows = connection.execute(f"SELECT code, detail, bstart FROM ({sql}) ORDER BY ALL").fetchall()
    assert rows == [
        ("only_in_bytecode", "cell a", 14),
        ("only_in_bytecode", "cell b", 0),
        ("only_in_bytecode", "cell b", 14),
        ("only_in_symtable", "free a", 14),
    ]
