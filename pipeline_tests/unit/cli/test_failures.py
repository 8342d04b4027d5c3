"""What an exception means: handled ones by name, defects with a traceback in a file."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from pipeline_assets.cli import query
from pipeline_assets.cli.failures import HANDLED
from pipeline_tests.unit.cli.conftest import Cpg


@pytest.mark.parametrize("name", HANDLED)
def test_every_handled_failure_is_a_class_of_that_name(name: str):
    module, _, kind = name.rpartition(".")
    assert issubclass(getattr(importlib.import_module(module), kind), Exception)


@pytest.fixture
def defect(cpg: Cpg, repository: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cpg:
    """`cpg query` with a defect in it."""

    def broken(*arguments: object, **options: object) -> None:
        raise ZeroDivisionError("a defect\nof two lines")

    assert cpg("add", repository).code == 0
    monkeypatch.setattr(query, "query", broken)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return cpg


def test_a_defect_exits_3_and_says_where_the_traceback_is(defect: Cpg):
    ran = defect("query", "SELECT 1")
    assert ran.code == 3
    assert "unexpected: ZeroDivisionError: a defect of two lines" in ran.err
    assert "Traceback" not in ran.err
    (place,) = re.findall(r"The traceback is in (\S+);", ran.err)
    assert "in broken" in Path(place).read_text()


def test_a_defect_is_shown_at_once_with_debug(defect: Cpg, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CPG_DEBUG", "1")
    ran = defect("query", "SELECT 1")
    assert ran.code == 3
    assert "in broken" in ran.err


def test_a_wrong_setting_is_usage_and_named(cpg: Cpg, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CPG_WORKERS", "many")
    ran = cpg("repositories")
    assert ran.code == 2
    assert "workers" in ran.err
