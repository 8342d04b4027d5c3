"""What becomes of every hostile input in every layer, as `hostile_table.txt` has it.

A cell holds the status, or the class of the error of a file that failed, or the limit that was hit:

    ok      read                              flawed  read, with places that do not fit the grammar
    deep    refused or lost for its depth: by which limit differs with the release and the machine's stack
    -       has no row: the layer reads only what the layer `files` could decode

`a|b` is either; `a/b/c` is by version of Python: 3.11, 3.12, 3.13.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from pipeline_assets.extract.pool import Limits, Work, WorkerPool, run_extractor
from pipeline_assets.project import load_project
from pipeline_assets.sources.tree import walk
from pipeline_assets.store.columns import arrow_schema, stored_columns
from pipeline_assets.store.parquet import read_part
from pipeline_tests.abuse.hostile_inputs import place_oddities, sources

TABLE = Path(__file__).with_name("hostile_table.txt")
ORDINARY_SOURCE = """class C{i}:
    def f(self, x=[{i}]):
        try:
            return [y for y in x if y]  # é
        except KeyError:
            return None
"""
ORDINARY = {f"ordinary_{i}.py": ORDINARY_SOURCE.replace("{i}", str(i)) for i in range(60)}
ORDINARY["ordinary_mistake.py"] = "x = (1,\ny = 2\n"
ORDINARY["ordinary_warning.py"] = "assert (x, 'never false')\n"
DEEP = {"RecursionError", "MemoryError", "SyntaxError", "IndentationError", "crashed"}
EXTRACTORS = ("source_files", "syntax", "symbol_table", "token_stream", "bytecode", "concrete_syntax")

Tables = dict[str, pa.Table]


@dataclass(frozen=True)
class Expected:
    """The table of cells, by input and layer."""

    layers: tuple[str, ...]
    cells: dict[str, dict[str, str]]


def expected() -> Expected:
    """The table as it is written."""
    header, *lines = TABLE.read_text(encoding="utf-8").splitlines()
    layers = tuple(header.split()[1:])
    rows = [line.rsplit(maxsplit=len(layers)) for line in lines if line.strip()]
    return Expected(layers, {name.strip(): dict(zip(layers, cells, strict=True)) for name, *cells in rows})


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    folder = tmp_path_factory.mktemp("hostile")
    for name, content in {**_named(sources()), **_encoded(ORDINARY)}.items():
        (folder / name).write_bytes(content)
    place_oddities(folder)
    return _extracted(folder, tmp_path_factory.mktemp("warehouse"))


@pytest.fixture(scope="module")
def ordinary(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    folder = tmp_path_factory.mktemp("ordinary")
    for name, content in _encoded(ORDINARY).items():
        (folder / name).write_bytes(content)
    return _extracted(folder, tmp_path_factory.mktemp("warehouse"))


def test_every_input_has_the_status_that_the_table_says(hostile: Tables):
    table = expected()
    found = {name: {} for name in table.cells}
    for layer in table.layers:
        for row in hostile[f"{layer}_status"].to_pylist():
            if row["path"] not in ORDINARY:
                found.setdefault(_name(row["path"]), {})[layer] = _cell(row)
    assert found.keys() - table.cells.keys() == set(), "inputs that the table leaves out"
    wrong = [
        f"{name}, {layer}: {found[name].get(layer, '-')} and not {cell}"
        for name, cells in table.cells.items()
        for layer, cell in cells.items()
        if not _cannot_be_made(name) and found[name].get(layer, "-") not in _allowed(cell)
    ]
    assert not wrong, "\n".join(wrong)


def test_every_layer_tells_of_every_file_that_it_was_given(hostile: Tables):
    readable = set(hostile["files"].filter(pc.equal(hostile["files"]["status"], "ok"))["file_id"].to_pylist())
    for layer in expected().layers[1:]:
        assert sorted(hostile[f"{layer}_status"]["file_id"].to_pylist()) == sorted(readable)


def test_no_row_of_an_ordinary_file_is_lost_beside_hostile_ones(hostile: Tables, ordinary: Tables):
    ids = pa.array(ordinary["files"]["file_id"].to_pylist(), pa.int64())
    assert len(ids) == len(ORDINARY)
    for dataset, table in ordinary.items():
        if "file_id" in table.schema.names and dataset != "repository_tree":
            assert table.num_rows, dataset
            beside = hostile[dataset].filter(pc.is_in(hostile[dataset]["file_id"], ids))
            assert beside.to_pylist() == table.to_pylist(), dataset


def _extracted(folder: Path, warehouse: Path) -> Tables:
    """The tables of every extractor, its projection run by DuckDB and its stages in worker processes."""
    for name in ("data", "staging"):
        (warehouse / name).mkdir()
    project, tree = load_project(), walk(folder, "hostile")
    tables: Tables = {"repository_tree": tree.table}
    with WorkerPool(2, Limits(seconds=30)) as pool:
        for name in EXTRACTORS:
            task = project.tasks[name]
            rows = _projected(project.sql(name)[task.parameters[0]], tables)
            steps = tuple(stage.function for stage in task.stages[1:])
            made = run_extractor(pool, Work(steps, task.outputs, rows, tree, warehouse))
            for contract in task.outputs:
                empty = arrow_schema(stored_columns(contract)).empty_table()
                parts = made.parts.get(contract.name, ())
                tables[contract.name] = pa.concat_tables([empty, *(read_part(part, warehouse) for part in parts)])
    return tables


def _projected(sql: str, tables: Tables) -> pa.Table:
    with duckdb.connect() as connection:
        for name, table in tables.items():
            connection.register(name, table)
        return connection.sql(sql).to_arrow_table()


def _named(contents: dict[str, bytes]) -> dict[str, bytes]:
    return {f"{name.replace(' ', '_')}.py": content for name, content in contents.items()}


def _encoded(contents: dict[str, str]) -> dict[str, bytes]:
    return {name: content.encode() for name, content in contents.items()}


def _name(path: str) -> str:
    """The name that the table has a path under: of oddities, the path itself."""
    name = path.removesuffix(".py").replace("_", " ")
    return name if name in _SOURCES else path.encode("unicode_escape").decode()


def _cell(row: dict[str, Any]) -> str:
    if row["status"] == "failed":
        return str(row["error_class"])
    if row["status"] == "ok":
        return "flawed" if row["error_class"] else "ok"
    return f"limited:{row['limit']}" if row["status"] == "limited" else str(row["status"])


def _allowed(cell: str) -> set[str]:
    versions = cell.split("/")
    choices = versions[sys.version_info[1] - 11] if len(versions) > 1 else cell
    return set(_unfolded(choices.split("|")))


def _unfolded(choices: list[str]) -> Iterator[str]:
    for choice in choices:
        yield from DEEP if choice == "deep" else (choice,)


def _cannot_be_made(name: str) -> bool:
    """Inputs that depend on who runs the tests: root reads every file, and only root makes devices."""
    return name == ("unreadable.py" if os.geteuid() == 0 else "device.py")


_SOURCES = frozenset(sources())
