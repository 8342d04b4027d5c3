"""`cpg export`: the graph in formats that other tools read."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import duckdb
import typer
from rich.progress import Progress as Bars

from pipeline_assets.cli.context import bound_connection, open_warehouse
from pipeline_assets.cli.output import write_file, write_text
from pipeline_assets.cli.terminal import err, say
from pipeline_assets.cpg.kinds import NODE_KINDS, edge_kinds
from pipeline_assets.products.exports.documents import Document, Progress, written
from pipeline_assets.products.exports.formats import FORMATS, Format
from pipeline_assets.products.exports.selection import Selection
from pipeline_assets.products.exports.tables import write_parquet
from pipeline_assets.products.pycg import pycg_adjacency
from pipeline_assets.project import load_project
from pipeline_assets.store.publish import read
from pipeline_assets.store.snapshot import Snapshot
from pipeline_assets.store.warehouse import Warehouse

PYCG = "pycg"
STDOUT = Path("-")
_PYCG_READS = ("call_graph", "call_targets", "definitions")
_DRAWABLE = 2_000
"""Nodes that Graphviz lays out in reasonable time."""


def export_graph(
    form: str,
    output: Path | None,
    kinds: str | None,
    edges: str | None,
    file: str | None,
    repository: str | None,
    warehouse: Path | None,
) -> None:
    """Write one repository's graph, or the part that is chosen, to a file, a folder or stdout."""
    if form != PYCG and form not in FORMATS:
        listed = ", ".join((PYCG, *FORMATS))
        raise typer.BadParameter(f"{form!r} is not available: choose {listed}", param_hint="FORMAT")
    chosen = _words(kinds, lambda: NODE_KINDS, "--kinds"), _words(edges, edge_kinds, "--edges")
    if form == PYCG and (kinds or edges or file):
        raise typer.BadParameter("pycg is the whole call graph; leave --kinds, --edges and --file out")
    place, settings = open_warehouse(warehouse)
    datasets = _PYCG_READS if form == PYCG else FORMATS[form].datasets
    snapshot = snapshot_of(place, repository, datasets)
    target = None if output == STDOUT else output
    versions = [snapshot.datasets[name] for name in datasets]
    with bound_connection(place, versions, settings, ordered=True) as connection:
        if form == PYCG:
            _write_pycg(connection, snapshot.repository, target)
        else:
            selection = Selection(snapshot.repository, *chosen, file)
            _write_graph(connection, form, FORMATS[form], selection, target)
    if target is not None:
        say(f"{target}: {form} of {snapshot.repository}")


def _write_pycg(connection: duckdb.DuckDBPyConnection, repository: str, target: Path | None) -> None:
    text = json.dumps(pycg_adjacency(connection, repository), indent=1) + "\n"
    if target is None:
        sys.stdout.write(text)
    else:
        write_text(target, text)


def _write_graph(
    connection: duckdb.DuckDBPyConnection, form: str, how: Format, selection: Selection, target: Path | None
) -> None:
    """Write the documents of a format where they belong."""
    counted = (_count(connection, rows) for rows in (selection.nodes(), selection.all_edges()))
    nodes, edges = counted
    if form == "dot" and nodes > _DRAWABLE:
        say(f"{nodes:,} nodes are more than Graphviz draws well; --kinds, --edges and --file choose a part")
    with _showing(form, nodes + edges) as progress:
        if how.document is not None:
            _write_document(connection, how.document(selection), target, progress)
            return
        folder = _folder(form, target)
        for name, document in how.folder(selection).items() if how.folder else ():
            _write_document(connection, document, folder / name, progress)
        for name, rows in how.tables(selection).items() if how.tables else ():
            write_file(folder / name, partial(write_parquet, connection, rows, progress))


def _write_document(
    connection: duckdb.DuckDBPyConnection, document: Document, target: Path | None, progress: Progress
) -> None:
    chunks = written(connection, document, progress)
    if target is None:
        sys.stdout.buffer.writelines(chunks)
        sys.stdout.buffer.flush()
    else:
        write_file(target, lambda aside: _fill(aside, chunks))


def _fill(path: Path, chunks: Iterable[bytes]) -> None:
    with path.open("wb") as out:
        out.writelines(chunks)


def _folder(form: str, target: Path | None) -> Path:
    """The folder that a format of several files goes to, made if need be."""
    if target is None:
        raise typer.BadParameter(f"{form} is several files; name a folder", param_hint="--output")
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise typer.BadParameter(
            f"{target} cannot be made ({error.strerror or error})", param_hint="--output"
        ) from error
    return target


@contextmanager
def _showing(form: str, rows: int) -> Iterator[Progress]:
    """A bar of the rows that are written, on a terminal."""
    if not err().is_terminal:
        yield _ignore
        return
    with Bars(console=err(), transient=True) as bars:
        bar = bars.add_task(form, total=rows)
        yield lambda done: bars.advance(bar, done)


def _ignore(done: int) -> None:
    """Nobody watches."""


def _count(connection: duckdb.DuckDBPyConnection, rows: str) -> int:
    found = connection.execute(f"SELECT count(*) FROM ({rows})").fetchone()
    assert found is not None
    return int(found[0])


def _words(given: str | None, known: Callable[[], Sequence[str]], option: str) -> tuple[str, ...] | None:
    """Kinds joined by commas; one that there is not is a usage error that lists those there are."""
    if given is None:
        return None
    words = tuple(word.strip().upper() for word in given.split(",") if word.strip())
    if set(words) - set(known()):
        load_project()  # families bring kinds of their own along, once their modules are loaded
    unknown = [word for word in words if word not in known()]
    if unknown or not words:
        raise typer.BadParameter(
            f"there is no kind {', '.join(unknown)!r}; there are {', '.join(known())}", param_hint=option
        )
    return words


def snapshot_of(warehouse: Warehouse, repository: str | None, datasets: Sequence[str]) -> Snapshot:
    """What readers see of the named repository, or of the only one that there is; it must hold these datasets."""
    known = [found.name for found in warehouse.repositories()]
    if repository is None and len(known) != 1:
        listed = ", ".join(known) or "none"
        raise typer.BadParameter(f"say which repository; registered are: {listed}", param_hint="--repository")
    name = warehouse.repository(repository or known[0]).name
    snapshot = read(warehouse, name)
    if snapshot is None:
        raise typer.BadParameter(f"{name} was never built; run `cpg build` first", param_hint="--repository")
    missing = [dataset for dataset in datasets if dataset not in snapshot.datasets]
    if missing:
        raise typer.BadParameter(
            f"{name} holds no {', '.join(missing)}; build it whole first", param_hint="--repository"
        )
    return snapshot
