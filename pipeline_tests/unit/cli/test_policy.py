"""`CPG_POLICY=log`: a build goes on, what the guards found are rows, and `cpg check` warns."""

from __future__ import annotations

import pytest
from ibis.expr.types import Table

from pipeline_assets.pipes import task
from pipeline_assets.project import Project
from pipeline_assets.sources.tree import REPOSITORY_TREE
from pipeline_tests.unit.cli import toy_tasks
from pipeline_tests.unit.cli.conftest import Toy, copied


def _peek(paths: Table, repository_tree: Table) -> Table:
    """Look at the tree again, which the task does not declare."""
    known = paths.semi_join(repository_tree, paths.file_id == repository_tree.file_id)
    return known.select("repository", "file_id", label=known.path)


@task(toy_tasks.SIZES, stages=(_peek,))
def sizes(paths: Table) -> Table:
    """One row per file, labelled."""


class LetGo(Toy):
    """The toy project with a task that reaches too far."""

    def __init__(self) -> None:
        Project.__init__(self, copied(toy_tasks, __name__, sizes), (REPOSITORY_TREE,), (), mode="log")


@pytest.fixture(scope="module")
def project() -> Project:
    return LetGo()


def test_what_is_let_go_is_a_warning_of_check_and_rows_of_every_run(built):
    (found,) = [
        row for row in built("check", "--json").json if row["check"] == "policy" and row["repository"] == "sample"
    ]
    assert (found["passed"], found["severity"], found["violations"]) == (False, "warning", 1)
    assert found["message"].startswith("sizes.peek: reads repository_tree, which sizes does not declare; add it")
    assert built("check").code == 0, "a warning fails nothing"
    asked = "SELECT DISTINCT task_name, stage, name, rule FROM policy_violations"
    assert built("query", asked, "--json").json == [
        {"task_name": "sizes", "stage": "peek", "name": "repository_tree", "rule": "evidence-pure"}
    ]
