"""The notebook of the documentation gives what it shows, whenever it is executed."""

from __future__ import annotations

import importlib.metadata

import pytest

from pipeline_tests.notebook import NOTEBOOK, executed, texts

nbformat = pytest.importorskip("nbformat")
pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")
SUBJECT = "6.0.0"
"""The version of watchdog that the findings are of."""


def is_subject_there() -> bool:
    try:
        return importlib.metadata.version("watchdog") == SUBJECT
    except importlib.metadata.PackageNotFoundError:
        return False


@pytest.mark.skipif(not is_subject_there(), reason=f"the findings are of watchdog {SUBJECT}")
def test_every_cell_gives_what_the_notebook_shows():
    kept = nbformat.read(NOTEBOOK, as_version=4)
    assert texts(executed()) == texts(kept)


def test_the_notebook_was_committed_executed():
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert all(cell.outputs for cell in code)
    assert "site-packages" not in str(notebook)
