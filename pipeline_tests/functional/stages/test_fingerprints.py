"""Fingerprints between processes: one stage's body is edited in a file, and everything else keeps its identity."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
TASKS = '''
"""Three tasks in a row."""

from __future__ import annotations

from ibis.expr.types import Table

from pipeline_assets.pipes import task
from pipeline_tests.unit.inference.project import contract as _contract

_ROW = "file_id:int64 repository:string size:int64"
FIRST, SECOND, THIRD = (_contract(name, _ROW, local=("file_id",)) for name in ("first", "second", "third"))


def _keep(source: Table) -> Table:
    """Keep some."""
    return source.select("file_id", "repository", "size")


def _large(rows: Table) -> Table:
    """Keep large ones."""
    return rows.filter(rows.size > _limit())


def _twice(rows: Table) -> Table:
    """Double them."""
    return rows.mutate(size=rows.size * 2)


def _limit() -> int:
    return 10


@task(FIRST, stages=(_keep, _twice))
def first(source: Table) -> Table:
    """First."""


@task(SECOND, stages=(_keep, _large, _twice))
def second(first: Table) -> Table:
    """Second."""


@task(THIRD, stages=(_keep,))
def third(second: Table) -> Table:
    """Third."""
'''
PRINT = """
import json
import tasks
from pipeline_assets.project import Project
from pipeline_tests.unit.inference.project import SOURCE
project = Project([tasks], sources=(SOURCE,), invariants=())
nodes = project.driver.hamilton.graph.nodes
plans = {task.name: task.fingerprint for task in project.manifest.tasks}
stages = {stage.node: stage.stage_fingerprint for task in project.manifest.tasks for stage in task.stages}
assert all(nodes[name].tags["stage_fingerprint"] == stage for name, stage in stages.items())
assert all(nodes[name].tags["plan_fingerprint"] == plan for name, plan in plans.items())
print(json.dumps([plans, stages]))
"""


def fingerprints(folder: Path, text: str, seed: str = "0") -> tuple[dict[str, str], dict[str, str]]:
    """Task → plan fingerprint and stage → fingerprint, as a process of its own says."""
    folder.mkdir(exist_ok=True)
    (folder / "tasks.py").write_text(text)
    environment = {"PYTHONPATH": f"{folder}:{ROOT}", "PYTHONHASHSEED": seed, "PATH": os.environ["PATH"]}
    done = subprocess.run([sys.executable, "-c", PRINT], env=environment, capture_output=True, text=True, cwd=folder)
    assert done.returncode == 0, done.stderr
    plans, stages = json.loads(done.stdout)
    return plans, stages


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], dict[str, str]]:
    return fingerprints(tmp_path_factory.mktemp("before"), TASKS)


def changed(old: dict[str, str], new: dict[str, str]) -> set[str]:
    assert old.keys() == new.keys()
    return {name for name in old if old[name] != new[name]}


def test_another_process_and_hash_seed_says_the_same(before, tmp_path: Path):
    moved = TASKS.replace('"""Three tasks in a row."""', '"""Three tasks."""\n# a comment moves every line\n')
    assert fingerprints(tmp_path, moved, seed="7") == before


@pytest.mark.parametrize(
    ("edit", "stages"),
    [
        pytest.param(
            lambda text: text.replace("rows.size > _limit()", "rows.size >= _limit()"),
            {"second.large", "second.twice"},
            id="body",
        ),
        pytest.param(
            lambda text: text.replace("return 10", "return 5 + 5"),
            {"second.large"},
            id="helper that gives the same",
        ),
    ],
)
def test_editing_one_stage_changes_it_and_its_task_and_nothing_upstream(
    before, tmp_path: Path, edit: Callable[[str], str], stages: set[str]
):
    """The stage after it builds on another expression; stages before it, and other tasks, keep their identity."""
    plans_then, stages_then = before
    plans_now, stages_now = fingerprints(tmp_path, edit(TASKS))
    assert changed(plans_then, plans_now) == {"second"}
    assert changed(stages_then, stages_now) == stages
