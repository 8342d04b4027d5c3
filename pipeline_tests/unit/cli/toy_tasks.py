"""A product small enough to build in a blink: paths of a repository, folders derived from them, a total over all."""

from __future__ import annotations

from ibis.expr.types import Table

from pipeline_assets.inference.contract import Column, Contract
from pipeline_assets.pipes import task


def _column(text: str) -> Column:
    name, kind = text.split(":")
    return Column(name, kind, f"The {name}.")


def _contract(name: str, layer: str, columns: str, local: tuple[str, ...] = ()) -> Contract:
    made = tuple(map(_column, columns.split()))
    return Contract(name, layer, f"One row per row of {name}.", made, (made[1].name,), local)  # type: ignore[arg-type]


PATHS = _contract("paths", "normalize", "repository:string file_id:int64 path:string size:int64", ("file_id",))
SIZES = _contract("sizes", "cpg", "repository:string file_id:int64 label:string", ("file_id",))
TOTALS = _contract("totals", "products", "total:int64 label:string")


def _readable(repository_tree: Table) -> Table:
    """Keep what will be read."""
    return repository_tree.filter(repository_tree.status == "ok")


@task(PATHS, stages=(_readable, PATHS.select))
def paths(repository_tree: Table) -> Table:
    """One row per file that is read."""


def _label(paths: Table) -> Table:
    """Call a file by its path."""
    return paths.filter(paths.size >= 0).select("repository", "file_id", label=paths.path)


@task(SIZES, stages=(_label,))
def sizes(paths: Table) -> Table:
    """One row per file, labelled."""


def _add_up(sizes: Table) -> Table:
    """Count over every repository."""
    return sizes.group_by("label").aggregate(total=sizes.count()).select("total", "label")


@task(TOTALS, stages=(_add_up,))
def totals(sizes: Table) -> Table:
    """One row per label."""
