"""Names mean what the running interpreter takes them to mean, and have the scope that `symtable` gives them."""

from __future__ import annotations

import shutil
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from symtable import Symbol, SymbolTable, symtable
from typing import Any

import pytest

import pipeline_assets
from pipeline_assets.api import Graph
from pipeline_tests.functional.normalize.name_oracles import (
    DATASETS,
    LAYERS,
    compare_lists,
    compare_members,
    compare_namespaces,
    imported,
)
from pipeline_tests.functional.normalize.programs import observed, programs
from pipeline_tests.library import copied_library
from pipeline_tests.partial import built

PROGRAMS = 150

READS = """
    SELECT f.path, CAST(k.value AS INTEGER) AS read, CASE o.kind WHEN 'Module' THEN 0 ELSE o.line END AS scope
    FROM ast_nodes AS k JOIN name_resolutions AS n ON n.node_id = k.node_id + 1
    JOIN files AS f ON f.file_id = k.file_id
    JOIN bindings AS b USING (binding_id) JOIN ast_nodes AS o ON o.node_id = b.scope_node
    WHERE k.kind = 'Constant' AND k.field = 'args' AND k.ordinal = 0
"""

VERDICTS = """
    SELECT DISTINCT f.path, s.name AS scope, s.line, n.name, n.resolution, p.kind = 'Assign' AS is_value
    FROM name_bindings AS n JOIN "references" AS r USING (node_id)
    JOIN scope_nodes AS o ON o.node_id = r.scope_node AND o.scope_id = r.scope_id
    JOIN scopes AS s ON s.scope_id = r.scope_id JOIN ast_nodes AS p ON p.node_id = r.parent_id
    JOIN files AS f ON f.file_id = n.file_id
"""

SAMPLE = (
    "asyncio",
    "collections",
    "concurrent",
    "email",
    "enum.py",
    "typing.py",
    "dataclasses.py",
    "unittest",
    "pydoc.py",
)


PARTS = (
    *("asyncio", "collections", "concurrent", "dataclasses.py", "email", "enum.py", "functools.py", "http", "json"),
    *("logging", "multiprocessing", "os.py", "tokenize.py", "token.py", "typing.py", "unittest", "urllib", "xml"),
)


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some of the standard library."""
    return copied_library(tmp_path_factory.mktemp("parts"), PARTS)


@pytest.fixture(scope="module")
def graph(parts: Path) -> Iterator[Graph]:
    with built(parts, *DATASETS, layers=LAYERS) as made:
        yield made


def test_names_are_looked_up_where_the_compiler_looks(graph: Graph, parts: Path) -> None:
    found = compare_namespaces(graph, parts)
    assert found.counts["instruction"] > 40_000
    assert found.counts["none"] < found.counts["instruction"] / 8, "names in code that the compiler dropped, or fused"
    assert found.wrong == []


def test_modules_have_what_they_have_once_imported(graph: Graph) -> None:
    modules = imported(row["module"] for row in graph.sql("SELECT module FROM modules").to_pylist())
    lists, members = compare_lists(graph, modules), compare_members(graph, modules)
    assert lists.counts["names"] > 400
    assert members.counts["members"] > 2000
    assert members.counts["global: global"] > 3000
    assert members.counts["builtin: builtin"] > 3000
    assert lists.wrong == []
    assert members.wrong == []


def test_reads_mean_the_scope_that_the_interpreter_reads_from(tmp_path: Path) -> None:
    texts = {f"program_{i}.py": program.text for i, program in enumerate(programs(PROGRAMS))}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    found: dict[str, dict[int, int]] = {name: {} for name in texts}
    with pipeline_assets.build(tmp_path) as graph:
        for row in graph.sql(READS).to_pylist():
            found[row["path"]][row["read"]] = row["scope"]
    expected = {name: observed(text) for name, text in texts.items()}
    assert sum(map(len, expected.values())) > 10 * PROGRAMS
    assert {name: (texts[name], found[name]) for name in texts if found[name] != expected[name]} == {}


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A part of the standard library that has every kind of scope."""
    source = Path(sysconfig.get_path("stdlib"))
    for name in SAMPLE:
        copy = shutil.copytree if (source / name).is_dir() else shutil.copy
        copy(source / name, tmp_path / name)
    return tmp_path


def test_scopes_of_names_equal_symtable(library: Path) -> None:
    with pipeline_assets.build(library) as graph:
        rows = graph.sql(VERDICTS).to_pylist()
    expected = {str(path.relative_to(library)): verdicts(path) for path in library.rglob("*.py")}
    assert len(rows) > 10_000
    wrong = [row for row in rows if not _agrees(row, expected[row["path"]], library)]
    assert wrong == []


def verdicts(path: Path) -> dict[tuple[str, int, str], set[str]]:
    """By scope, line and name, what `symtable` says; scopes that look alike share an entry."""
    found: dict[tuple[str, int, str], set[str]] = {}
    tables = [symtable(path.read_bytes(), path.name, "exec")]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        for symbol in table.get_symbols():
            key = table.get_name(), table.get_lineno(), symbol.get_name()
            found.setdefault(key, set()).add(_verdict(table, symbol))
    return found


def _verdict(table: SymbolTable, symbol: Symbol) -> str:
    if symbol.is_free():
        return "implicit" if symbol.get_name() == "__class__" else "enclosing"
    if symbol.is_global() or table.get_type() == "module":
        return "global"
    return "class" if table.get_type() == "class" else "local"


def _agrees(row: dict[str, Any], expected: dict[tuple[str, int, str], set[str]], library: Path) -> bool:
    """Names in annotations that are kept as text have no symbol: then the file must say that it keeps them so.

    The value in a class body's `x = x` is looked up outside, which a symbol table cannot say.
    """
    found = expected.get((row["scope"], row["line"], row["name"]))
    if found is None:
        return "from __future__ import annotations" in (library / row["path"]).read_text()
    if row["is_value"] and row["resolution"] == "global":
        return not found.isdisjoint({"class", "global"})
    return row["resolution"] in found
