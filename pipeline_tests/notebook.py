"""Execute the notebook of the documentation, and write it back: `python -m pipeline_tests.notebook`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

NOTEBOOK = Path(__file__).parents[1] / "docs" / "three-findings.ipynb"


def executed() -> Any:
    """The notebook with what its cells give now; raises when one fails."""
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(NOTEBOOK, as_version=4)
    client = NotebookClient(notebook, timeout=300, kernel_name="python3", record_timing=False)
    client.execute()
    return notebook


def texts(notebook: Any) -> list[tuple[str, str]]:
    """Each code cell with the text that it printed and the value that it showed."""
    return [(cell.source, _text(cell.outputs)) for cell in notebook.cells if cell.cell_type == "code"]


def _text(outputs: list[Any]) -> str:
    shown = (each.text if each.output_type == "stream" else each.data["text/plain"] for each in outputs)
    return "".join(shown).rstrip()


def write() -> None:
    """Execute the notebook and keep what it gives, without what differs from machine to machine."""
    import nbformat

    notebook = executed()
    notebook.metadata = {"kernelspec": notebook.metadata.kernelspec, "language_info": {"name": "python"}}
    for cell in notebook.cells:
        cell.metadata = {}
    nbformat.write(notebook, NOTEBOOK)


if __name__ == "__main__":
    write()
