"""The names that the analysing interpreter brings along: builtins, module attributes, the standard library."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterator

import pyarrow as pa
from ibis.expr.types import Table

from pipeline_assets.inference.contract import Column, Contract
from pipeline_assets.normalize.columns import REPOSITORY
from pipeline_assets.pipes import graph_task

ENVIRONMENT_NAMES = Contract(
    name="environment_names",
    layer="normalize",
    description="One row per name the interpreter itself provides: builtins, implicit module names, standard library.",
    columns=(
        REPOSITORY,
        Column(
            "kind",
            "string",
            "builtin: found by every lookup that fails in module scope; implicit: set by Python on every module or in "
            "every class body; standard_library: top-level module of the standard library; class_member: what a "
            "builtin class binds itself, as `Class.member`.",
            values=("builtin", "implicit", "standard_library", "class_member"),
        ),
        Column("name", "string", "The name."),
    ),
    key=("repository", "kind", "name"),
    query="SELECT kind, count(*) AS names FROM environment_names GROUP BY kind ORDER BY kind",
)

IMPLICIT_NAMES = (
    "__annotations__",
    "__builtins__",
    "__cached__",
    "__doc__",
    "__file__",
    "__loader__",
    "__module__",
    "__name__",
    "__package__",
    "__path__",
    "__qualname__",
    "__spec__",
)
"""What the import system and the interpreter put into every module's namespace, or every class body's."""


def _select_repositories(modules: Table) -> dict[str, Table]:
    """Project the repositories: each gets its own copy of the names, as its build may use another interpreter."""
    return {"repositories": modules.select("repository").distinct()}


def _list_names(inputs: dict[str, pa.Table]) -> pa.Table:
    """List the running interpreter's names for every repository."""
    repositories = sorted(inputs["repositories"]["repository"].to_pylist())
    names = [*_environment()]
    rows = [(repository, kind, name) for repository in repositories for kind, name in names]
    columns = zip(*rows, strict=True) if rows else ((), (), ())
    return pa.table([list(column) for column in columns], schema=ENVIRONMENT_NAMES.schema.to_pyarrow())


@graph_task(ENVIRONMENT_NAMES, stages=(_select_repositories, _list_names))
def environment_names(modules: Table) -> Table:
    """One row per name that the interpreter itself provides: builtins, implicit module names, standard library."""


def _environment() -> Iterator[tuple[str, str]]:
    yield from (("builtin", name) for name in sorted(dir(builtins)) if name not in {*IMPLICIT_NAMES, "_"})
    yield from (("implicit", name) for name in IMPLICIT_NAMES)
    yield from (("standard_library", name) for name in sorted(sys.stdlib_module_names))
    classes = {name: item for name, item in sorted(vars(builtins).items()) if isinstance(item, type)}
    members = (f"{name}.{member}" for name, item in classes.items() for member in sorted(vars(item)))
    yield from (("class_member", member) for member in members)
