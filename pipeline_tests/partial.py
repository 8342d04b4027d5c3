"""Build only what some datasets need: for oracles that look at large trees and at few tables."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline_assets.api import Graph
from pipeline_assets.extract.layers import chosen_layers
from pipeline_assets.inference.manifest import Manifest
from pipeline_assets.project import load_project
from pipeline_assets.runner import Session
from pipeline_assets.settings import load_settings
from pipeline_assets.store.warehouse import Warehouse


@contextmanager
def built(root: Path, *datasets: str, layers: str = "-pyrefly,-tree_sitter,-git") -> Iterator[Graph]:
    """The graph of a tree, with these datasets and all that they are made from."""
    project, settings = load_project(), load_settings((root,))
    wanted = upstream(project.manifest, datasets)
    with tempfile.TemporaryDirectory() as folder:
        warehouse = Warehouse.create(Path(folder))
        warehouse.register("tree", root.resolve(), layers=chosen_layers(layers, project.layers))
        with Session(project, warehouse, "tree", settings, uuid.uuid4().hex) as session:
            for task in session.tasks():
                if task.name in wanted:
                    session.run_task(task.name)
            assert session.snapshot is not None
            with Graph(warehouse, session.snapshot, settings) as graph:
                yield graph


def upstream(manifest: Manifest, datasets: tuple[str, ...]) -> set[str]:
    """The tasks that make the datasets, and those before them."""
    makers = {output: task for task in manifest.tasks for output in task.outputs}
    found: set[str] = set()
    waiting = [*datasets]
    while waiting:
        task = makers.get(waiting.pop())
        if task is not None and task.name not in found:
            found.add(task.name)
            waiting += task.declared_inputs
    return found
