"""Spike, kept as a test: does `file` grain hold on real tasks while files are edited, added, deleted and renamed?

After every step, for every file-grain dataset:
- rows of files that were not touched are the same rows, ids included;
- a deleted file leaves no row;
- a renamed file keeps its rows but for its own id and what its name decides;
- the dataset equals that of a clean build.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from pipeline_assets.inference.contract import FILE_SHIFT
from pipeline_assets.project import load_project
from pipeline_assets.runner import Session
from pipeline_assets.settings import Settings
from pipeline_assets.store.parquet import read_part
from pipeline_assets.store.warehouse import Warehouse

TASKS = ("source_files", "syntax", "symbol_table", "names", "definitions", "parameters")
"""Six tasks of file grain: three extractors, two of graph kind and a relational one."""
SOURCES = (
    "x = 1\n",
    "def f(a, *b, c=1):\n    return a + x\n",
    "class C:\n    y: int = 0\n\n    def m(self):\n        return [z for z in self.y]\n",
    "import os\nfrom a import f as g\n\nprint(g(os.name))\n",
    "# -*- coding: latin-1 -*-\ns = 'é'\n",
    "def broken(:\n",
    "",
)
NAMES = ("a.py", "b.py", "pkg/__init__.py", "pkg/c.py", "d.pyi")


class GrainMachine(RuleBasedStateMachine):
    """Edits a small repository and rebuilds it into one warehouse."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="cpg-grain-"))
        self.root = self.folder / "repository"
        self.files: dict[str, str] = {}
        self.before: dict[str, dict[str, list[tuple]]] = {}

    @initialize()
    def start(self):
        for name, text in zip(NAMES[:3], SOURCES[1:4], strict=True):
            self._write(name, text)
        self.before = self._build(self.folder / "warehouse")

    @rule(name=st.sampled_from(NAMES), text=st.sampled_from(SOURCES))
    def edit_or_add(self, name, text):
        self._write(name, text)
        self._compare(touched={name})

    @precondition(lambda self: len(self.files) > 1)
    @rule(data=st.data())
    def delete(self, data):
        name = data.draw(st.sampled_from(sorted(self.files)))
        (self.root / name).unlink()
        del self.files[name]
        self._compare(touched={name})

    @precondition(lambda self: len(self.files) < len(NAMES))
    @rule(data=st.data())
    def rename(self, data):
        old = data.draw(st.sampled_from(sorted(self.files)))
        new = data.draw(st.sampled_from(sorted(set(NAMES) - set(self.files))))
        (self.root / new).parent.mkdir(exist_ok=True)
        (self.root / old).rename(self.root / new)
        self.files[new] = self.files.pop(old)
        was = self.before
        now = self._compare(touched={old, new})
        self._same_but_for_the_file(was, now, old, new)

    def teardown(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def _write(self, name, text):
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_bytes(text.encode("latin-1"))
        self.files[name] = text

    def _compare(self, touched):
        now = self._build(self.folder / "warehouse")
        clean = self._build(self.folder / "clean")
        shutil.rmtree(self.folder / "clean")
        assert now == clean
        for dataset, by_path in now.items():
            assert set(by_path) <= set(self.files), f"{dataset} holds rows of a file that is gone"
            for path, rows in by_path.items():
                if path not in touched:
                    assert rows == self.before[dataset][path], f"{dataset}: {path} was not touched"
        self.before = now
        return now

    def _same_but_for_the_file(self, was, now, old, new):
        """Ids relative to their file do not move when the file does; other columns may hold its name."""
        for dataset in now:
            mine, yours = now[dataset].get(new, []), was[dataset].get(old, [])
            assert len(mine) == len(yours), f"{dataset}: renaming {old} to {new} changed the number of rows"
            contract = load_project().compiled.contracts[dataset]
            local = [contract.names.index(name) for name in contract.local if name != "file_id"]
            for position in local:
                assert [_relative(r[position]) for r in mine] == [_relative(r[position]) for r in yours]

    def _build(self, place):
        warehouse = Warehouse.create(place)
        warehouse.register("r", self.root)
        manifest = load_project().manifest
        with Session(load_project(), warehouse, "r", Settings(workers=1, warehouse=place), "grain") as session:
            for task in manifest.in_order():
                if task.name in _NEEDED:
                    snapshot = session.run_task(task.name).snapshot
        names = [output for task in TASKS for output in manifest.task(task).outputs]
        paths = {
            row["file_id"]: row["path"]
            for part in snapshot.datasets["files"].parts
            for row in read_part(part, warehouse.root, ["file_id", "path"]).to_pylist()
        }
        return {name: _by_path(snapshot.datasets[name], warehouse, paths) for name in names}


_NEEDED = {*TASKS} | {
    node.name for task in TASKS for node in load_project().graph.ancestors("task", task) if node.kind == "task"
}


def _by_path(version, warehouse, paths):
    found = defaultdict(list)
    for part in version.parts:
        for row in read_part(part, warehouse.root).to_pylist():
            found[paths[row["file_id"]]].append(tuple(row.values()))
    return {path: sorted(rows, key=repr) for path, rows in found.items()}


def _relative(value):
    return None if value is None else value % (1 << FILE_SHIFT)


def test_the_six_tasks_are_of_file_grain():
    manifest = load_project().manifest
    assert {name: manifest.task(name).grain for name in TASKS} == dict.fromkeys(TASKS, "file")


TestGrainAndIds = GrainMachine.TestCase
TestGrainAndIds.settings = settings(
    max_examples=2, stateful_step_count=5, deadline=None, suppress_health_check=list(HealthCheck)
)
TestGrainAndIds.pytestmark = [pytest.mark.filterwarnings("ignore")]
