"""Imports inside a real package are those that grimp finds; grimp reads import statements with its own parser."""

from __future__ import annotations

from pathlib import Path

import grimp
import pytest

import pipeline_assets
from pipeline_tests.corpus import source_of

EDGES = """
    SELECT DISTINCT m.module AS importer, i.target_module AS imported
    FROM imports AS i JOIN modules AS m USING (file_id)
    WHERE i.target_kind IN ('module', 'package', 'name')
"""


@pytest.fixture(scope="module")
def django() -> Path:
    return source_of("django") / "django"


def test_internal_imports_of_django_equal_grimp(django: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(django.parent)
    with pipeline_assets.build(django) as graph:
        ours = {(row["importer"], row["imported"]) for row in graph.sql(EDGES).to_pylist()}
    theirs = edges_of(grimp.build_graph("django", cache_dir=None))
    assert len(theirs) > 3000
    assert ours - theirs == set()
    assert theirs - ours == set()


def edges_of(graph: grimp.ImportGraph) -> set[tuple[str, str]]:
    return {
        (importer, imported)
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
    }
