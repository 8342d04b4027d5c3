"""`cpg` in this process, on a toy project and a warehouse of its own."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from pipeline_assets.api import run_scope
from pipeline_assets.cli import main
from pipeline_assets.project import Project
from pipeline_assets.settings import load_settings
from pipeline_assets.sources.tree import REPOSITORY_TREE
from pipeline_assets.store.names import PLATFORM
from pipeline_assets.store.views import Catalog
from pipeline_assets.store.warehouse import Warehouse
from pipeline_tests.unit.cli import toy_tasks

USERS_OF_THE_PROJECT = ("build", "check", "lineage", "plan", "query")


@dataclass(frozen=True)
class Ran:
    """What one command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Cpg = Callable[..., Ran]


class Toy(Project):
    """The toy tasks, without the product's views over tables that they do not make."""

    def __init__(self) -> None:
        super().__init__([toy_tasks], (REPOSITORY_TREE,), ())

    @cached_property
    def catalog(self) -> Catalog:
        whole = Project.catalog.func(self)
        return replace(whole, views=tuple(view for view in whole.views if view.name == "stages"))


def copied(module: ModuleType, place: str, task: Any) -> list[ModuleType]:
    """The modules of a project whose `task`, written in another module, replaces the one of its name."""
    others, own = ModuleType(module.__name__), ModuleType(place)
    vars(others).update({name: made for name, made in vars(module).items() if name != task.__name__})
    vars(own).update({task.__name__: task})
    return [others, own]


@pytest.fixture(scope="session")
def project() -> Project:
    return Toy()


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    return tmp_path / "warehouse"


@pytest.fixture
def cpg(
    project: Project,
    warehouse: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> Cpg:
    for name in USERS_OF_THE_PROJECT:
        module = importlib.import_module(f"pipeline_assets.cli.{name}")
        monkeypatch.setattr(module, "load_project", lambda: project)
    monkeypatch.setenv("CPG_WAREHOUSE", str(warehouse))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["cpg", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        captured = capsys.readouterr()
        return Ran(end.value.code or 0, captured.out, captured.err)

    return run


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "sample"
    (root / "pkg").mkdir(parents=True)
    (root / "pkg" / "__init__.py").write_text("")
    (root / "pkg" / "a.py").write_text("x = 1\n")
    return root


@pytest.fixture
def built(cpg: Cpg, project: Project, repository: Path, warehouse: Path) -> Cpg:
    """`cpg` after a build."""
    fill(project, warehouse, repository)
    return cpg


def fill(project: Project, warehouse: Path, repository: Path) -> None:
    """Build a repository and the platform without Dagster, which would take seconds."""
    place = Warehouse.create(warehouse)
    place.register(repository.name, repository)
    for scope in (repository.name, PLATFORM):
        run_scope(project, place, scope, load_settings())
