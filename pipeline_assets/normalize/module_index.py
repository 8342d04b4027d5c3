"""What an import of each dotted name finds in the repository."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
from ibis.expr.types import Table

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import REPOSITORY
from pipeline_assets.pipes import graph_task

MODULE_INDEX = Contract(
    name="module_index",
    layer="normalize",
    description="One row per module name of a repository, with the file that an import of it runs.",
    columns=(
        REPOSITORY,
        Column("module", "string", "Dotted name."),
        Column(
            "kind",
            "string",
            "module: a file; package: a folder with `__init__`; namespace: a folder of modules without one.",
            values=("module", "package", "namespace"),
        ),
        Column("parent", "string", "Dotted name of the package that holds it; empty for top-level names."),
        Column("name", "string", "Last part of the name."),
        Column(
            "file_id",
            "int64",
            "The file: packages before modules, source before stubs; null for namespace packages.",
            nullable=True,
        ),
        Column(
            "node_id",
            "int64",
            "Its Module node; null for namespace packages and files that cannot be parsed.",
            nullable=True,
        ),
    ),
    key=("repository", "module"),
    references=(Reference("file_id", "files", "file_id"), Reference("node_id", "ast_nodes", "node_id")),
    query="SELECT kind, count(*) AS modules FROM module_index GROUP BY kind ORDER BY kind",
)


def _select_modules(modules: Table) -> dict[str, Table]:
    """Project the modules that an import can spell."""
    importable = modules.filter(modules.is_importable)
    return {"modules": importable.select("repository", "module", "is_stub", "is_package", "file_id", "node_id")}


def _choose_files(inputs: dict[str, pa.Table]) -> dict[tuple[str, str], dict[str, Any]]:
    """Keep, of the files that share a module name, the one that an import finds."""
    rows = sorted(inputs["modules"].to_pylist(), key=_preference)
    return {(row["repository"], row["module"]): row for row in reversed(rows)}


def _add_namespaces(found: dict[tuple[str, str], dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    """Add the packages that exist only because something lies below them."""
    above = {(repository, package) for repository, module in found for package in _packages_above(module)}
    missing = sorted(above - found.keys())
    return found | {key: {"is_package": None, "file_id": None, "node_id": None} for key in missing}


def _tabulate(found: dict[tuple[str, str], dict[str, Any]]) -> pa.Table:
    """Lay the modules out on the contract's columns."""
    rows = [
        {
            "repository": repository,
            "module": module,
            "kind": {None: "namespace", True: "package", False: "module"}[row["is_package"]],
            "parent": module.rpartition(".")[0],
            "name": module.rpartition(".")[2],
            "file_id": row["file_id"],
            "node_id": row["node_id"],
        }
        for (repository, module), row in sorted(found.items())
    ]
    return pa.Table.from_pylist(rows, schema=MODULE_INDEX.schema.to_pyarrow())


@graph_task(MODULE_INDEX, stages=(_select_modules, _choose_files, _add_namespaces, _tabulate))
def module_index(modules: Table) -> Table:
    """One row per module name of a repository, with the file that an import of it runs."""


def _preference(row: dict[str, Any]) -> tuple[bool, bool, int]:
    """Python's finder looks for a package, then for a module; stubs are for type checkers only."""
    return row["is_stub"], not row["is_package"], row["file_id"]


def _packages_above(module: str) -> Iterator[str]:
    while "." in module:
        module = module.rpartition(".")[0]
        yield module
