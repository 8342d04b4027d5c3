"""Extraction for tests: folders from dictionaries, and every extract table of a folder, made in this process."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from functools import partial
from importlib import import_module
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from pipeline_assets import extract as package
from pipeline_assets.extract.worker import Job, Stage, run_stages
from pipeline_assets.inference.task import Task
from pipeline_assets.pipes.authoring import authored_task
from pipeline_assets.sources.tree import Tree, walk


def _extractors() -> dict[str, Task]:
    """The extractors that read file by file, by the module they are written in."""
    names = [item.name for item in pkgutil.iter_modules(package.__path__) if not item.name.startswith("_")]
    modules = {name: import_module(f"{package.__name__}.{name}") for name in names}
    found = {name: [authored_task(value) for value in vars(module).values()] for name, module in modules.items()}
    return {
        name: task
        for name, tasks in found.items()
        for task in tasks
        if task and task.kind == "extract" and task.function.__module__ == modules[name].__name__
        if not task.reads_whole
    }


def steps(task: Task) -> tuple[Stage, ...]:
    """The stages that run in a worker."""
    staged = task.stages[1:]
    return tuple(partial(each.function, **each.config) if each.config else each.function for each in staged)


EXTRACTORS = _extractors()
STEPS = {name: steps(task) for name, task in EXTRACTORS.items()}
OUTPUTS = {name: task.outputs for name, task in EXTRACTORS.items()}
BASE = ("files", "syntax", "scopes")
"""What every later layer is made from."""


def write_files(folder: Path, contents: Mapping[str, str | bytes]) -> Path:
    """Write files below `folder`, making folders as needed."""
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def extract(folder: Path) -> dict[str, pa.Table]:
    """All extract tables of a folder."""
    tree = walk(folder, "sample")
    tables = run("files", tree, tree.table)
    readable = readable_rows(tables["files"])
    return tables | run("syntax", tree, readable) | run("scopes", tree, readable)


def extract_source(folder: Path, source: str | bytes) -> dict[str, pa.Table]:
    """All extract tables of one file."""
    return extract(write_files(folder, {"sample.py": source}))


def run(extractor: str, tree: Tree, rows: pa.Table) -> dict[str, pa.Table]:
    """The tables of one extractor over the projected rows."""
    job = Job(
        STEPS[extractor], OUTPUTS[extractor], tuple(rows.to_pylist()), tree.source, Path("unused"), tree.max_file_bytes
    )
    return run_stages(job, [])


def readable_rows(table: pa.Table) -> pa.Table:
    """The rows that the projections of syntax and scopes keep."""
    return table.filter(pc.equal(table["status"], "ok"))
