"""`cpg export`: the graph in formats that other tools read."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import duckdb
import typer

from pipeline_assets.cli.context import bound_connection, open_warehouse
from pipeline_assets.cli.output import write_text
from pipeline_assets.cli.terminal import say
from pipeline_assets.products.pycg import pycg_adjacency
from pipeline_assets.store.publish import read
from pipeline_assets.store.snapshot import Snapshot
from pipeline_assets.store.warehouse import Warehouse


def _pycg(connection: duckdb.DuckDBPyConnection, repository: str) -> str:
    return json.dumps(pycg_adjacency(connection, repository), indent=1) + "\n"


FORMATS: Mapping[str, tuple[tuple[str, ...], Callable[[duckdb.DuckDBPyConnection, str], str]]] = {
    "pycg": (("call_graph", "call_targets", "definitions"), _pycg),
}
"""Format → the datasets that it reads, and what makes its text of them."""


def export_graph(form: str, output: Path | None, repository: str | None, warehouse: Path | None) -> None:
    """Write one repository's graph to a file, or to stdout."""
    if form not in FORMATS:
        raise typer.BadParameter(f"{form!r} is not available: choose {', '.join(FORMATS)}", param_hint="FORMAT")
    place, settings = open_warehouse(warehouse)
    snapshot = _snapshot(place, repository)
    datasets, render = FORMATS[form]
    _require(snapshot, datasets)
    with bound_connection(place, [snapshot.datasets[name] for name in datasets], settings) as connection:
        text = render(connection, snapshot.repository)
    if output is None:
        sys.stdout.write(text)
    else:
        write_text(output, text)
        say(f"{output}: {form} of {snapshot.repository}")


def _snapshot(warehouse: Warehouse, repository: str | None) -> Snapshot:
    """What readers see of the named repository, or of the only one that there is."""
    known = [found.name for found in warehouse.repositories()]
    if repository is None and len(known) != 1:
        listed = ", ".join(known) or "none"
        raise typer.BadParameter(f"say which repository; registered are: {listed}", param_hint="--repository")
    name = warehouse.repository(repository or known[0]).name
    snapshot = read(warehouse, name)
    if snapshot is None:
        raise typer.BadParameter(f"{name} was never built; run `cpg build` first", param_hint="--repository")
    return snapshot


def _require(snapshot: Snapshot, datasets: Sequence[str]) -> None:
    missing = [name for name in datasets if name not in snapshot.datasets]
    if missing:
        raise typer.BadParameter(
            f"{snapshot.repository} holds no {', '.join(missing)}; build it whole first", param_hint="--repository"
        )
