"""A toy product of four layers: an extractor with two datasets, relational tasks, a platform task, an invariant."""

from __future__ import annotations

from typing import Any

from ibis.expr.types import Table

from pipeline_assets.inference.compiler import Invariant
from pipeline_assets.inference.contract import Column, Contract
from pipeline_assets.pipes import extractor, task


def _contract(name: str, layer: str, columns: str, description: str = "") -> Contract:
    made = tuple(Column(n, t, f"The {n}.") for n, t in (item.split(":") for item in columns.split()))
    local = ("file_id",) if any(column.name == "file_id" for column in made) else ()
    text = description or f"One row per row of {name}."
    return Contract(name, layer, text, made, (made[-1].name,), local, query=f"SELECT * FROM {name}")  # type: ignore[arg-type]


TREE = _contract("tree", "extract", "repository:string file_id:int64")
FILES = _contract("files", "extract", "repository:string path:string file_id:int64")
STATUS = _contract("files_status", "extract", "repository:string status:string file_id:int64")
MODULES = _contract("modules", "normalize", "repository:string module:string file_id:int64")
NODES = _contract("nodes", "cpg", "repository:string file_id:int64 node_id:int64")
SUMMARY = _contract("summary", "products", "files:int64 repository:string")


def _project(tree: Table) -> Table:
    """Project the files."""
    return tree.select("repository", "file_id")


def _read(chunk: Any) -> Any:
    """Read their bytes."""
    return chunk


@extractor(FILES, STATUS, stages=(_project, _read))
def read_files(tree: Table) -> Table:
    """Every file, and what became of it."""


def _name(files: Table) -> Table:
    """Name the module after the path."""
    return files.mutate(module=files.path)


@task(MODULES, stages=(_name, MODULES.select))
def modules(files: Table) -> Table:
    """The module of each file."""


def _attach(files: Table, modules: Table) -> Table:
    """Join the module."""
    joined = files.inner_join(modules, files.file_id == modules.file_id)
    return joined.select(files.repository, files.file_id, node_id=modules.file_id)


@task(NODES, stages=(_attach,))
def nodes(files: Table, modules: Table) -> Table:
    """One node per file."""


def _count(nodes: Table) -> Table:
    """Count over everything."""
    return nodes.aggregate(files=nodes.count(), repository=nodes.repository.max())


@task(SUMMARY, stages=(_count,))
def summary(nodes: Table) -> Table:
    """How many files there are."""


def _dangling(nodes: Table, modules: Table) -> Table:
    return nodes.anti_join(modules, nodes.file_id == modules.file_id)


INVARIANT = Invariant("no_dangling:nodes", "nodes", "Every node has its module.", _dangling)
