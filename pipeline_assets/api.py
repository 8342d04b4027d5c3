"""The Python API: build a repository without Dagster, and ask questions of the result."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb
import ibis
import pyarrow as pa
import rustworkx as rx
from ibis.expr.types import Table

from pipeline_assets.extract.layers import chosen_layers
from pipeline_assets.inference.functions import MACROS
from pipeline_assets.outcomes import CheckFailed, TaskResult
from pipeline_assets.products.exports.selection import Selection
from pipeline_assets.products.flows.answer import MOST_FLOWS, MOST_STEPS, Answer, Question, find_flows
from pipeline_assets.products.views import QUERY_MACROS, QUESTIONS, VIEWS
from pipeline_assets.project import Project, load_project
from pipeline_assets.runner import Progress, Session
from pipeline_assets.settings import Settings, load_settings, place_of
from pipeline_assets.store.connection import connect, relation_view, rows_of
from pipeline_assets.store.errors import QueryFailed
from pipeline_assets.store.mirror import create_at
from pipeline_assets.store.snapshot import Snapshot, Verdict
from pipeline_assets.store.views import View, create_view
from pipeline_assets.store.warehouse import Warehouse


def build(
    path: str | Path,
    repository: str | None = None,
    warehouse: str | Path | None = None,
    settings: Settings | None = None,
    progress: Progress | None = None,
    layers: str | None = None,
    **choices: Any,
) -> Graph:
    """Build the repository at `path` and open its graph; the same manifest and stages as under Dagster.

    `layers` is a choice such as `"+cst,-pyrefly"`, and `choices` are fields of `Selection`, such as `rev="v1.0"`.

    `warehouse` is a folder or a URL; without it the tables live in a temporary folder for as long as the `Graph`.
    Raises `SourceError` when the path cannot be read, `StoreError` when the warehouse cannot be used, and
    `CheckFailed` when a blocking check fails; `UnknownLayer` for a layer that there is not.
    """
    root = Path(path).resolve()
    name = repository or root.name
    temporary = None if warehouse else tempfile.TemporaryDirectory(prefix="cpg-")
    chosen = settings or load_settings((root,))
    place = create_at(place_of(str(warehouse or temporary.name)), chosen.cache)  # type: ignore[union-attr]
    project = load_project()
    changes = None if layers is None else chosen_layers(layers, project.layers)
    place.register(name, root, layers=changes, **choices)
    snapshot = run_scope(project, place, name, chosen, progress=progress)
    return Graph(place, snapshot, chosen, temporary)


def run_scope(
    project: Project, warehouse: Warehouse, scope: str, settings: Settings, progress: Progress | None = None
) -> Snapshot:
    """Run every task of a scope, generation by generation, and each invariant as soon as its inputs are there."""
    with Session(project, warehouse, scope, settings, uuid.uuid4().hex, progress) as session:
        for _ in run_tasks(session):
            pass
        assert session.snapshot is not None
        return session.snapshot


def run_tasks(session: Session) -> Iterator[TaskResult | Verdict]:
    """Run the tasks and invariants of a session in order; raises `CheckFailed` at the first blocking failure."""
    tasks = session.tasks()
    made: set[str] = set()
    waiting = list(session.checks())
    for task in tasks:
        yield session.run_task(task.name)
        made.update(task.outputs)
        for check in [check for check in waiting if {read.dataset for read in check.inputs} <= made]:
            waiting.remove(check)
            verdict = session.run_check(check.name)
            if verdict.blocking and not verdict.passed:
                raise CheckFailed(check.name, (verdict,))
            yield verdict


class Graph:
    """One snapshot of one repository, as tables. Close it, or use it as a context manager."""

    def __init__(
        self,
        warehouse: Warehouse,
        snapshot: Snapshot,
        settings: Settings,
        temporary: tempfile.TemporaryDirectory[str] | None = None,
    ) -> None:
        self.warehouse, self.snapshot = warehouse, snapshot
        self._temporary = temporary
        macros = {**MACROS, **QUERY_MACROS}
        self._connection = connect(memory_limit=settings.memory_limit, threads=settings.thread_count, macros=macros)
        for name, held in snapshot.datasets.items():
            relation_view(self._connection, name, held.parts, held.columns, warehouse.root)
        for view in (*VIEWS, *QUESTIONS):
            self._make_view(view)
        self._ibis = ibis.duckdb.from_connection(self._connection)

    def _make_view(self, view: View) -> None:
        try:
            create_view(self._connection, view, self.warehouse.root)
        except QueryFailed as error:
            # A snapshot may hold only some of the datasets: what reads others cannot be asked.
            if not isinstance(error.__cause__, duckdb.CatalogException):
                raise

    @property
    def datasets(self) -> tuple[str, ...]:
        """The names of the datasets it holds."""
        return tuple(sorted(self.snapshot.datasets))

    def table(self, name: str) -> Table:
        """A dataset as an Ibis table; `KeyError` names the datasets there are."""
        if name not in self.snapshot.datasets:
            raise KeyError(f"{name} is not a dataset of this graph; there are {', '.join(self.datasets)}")
        return self._ibis.table(name)

    def sql(self, text: str) -> pa.Table:
        """The result of a SQL query over the datasets, views and macros, as an Arrow table."""
        return rows_of(self._connection, text)

    def to_rustworkx(
        self,
        kinds: Collection[str] | None = None,
        node_kinds: Collection[str] | None = None,
        file: str | None = None,
    ) -> rx.PyDiGraph[dict[str, object], dict[str, object]]:
        """Nodes and edges as a rustworkx graph of row dicts, nodes with their `path` and `properties`.

        `kinds` keeps only edges of these kinds and their ends, `node_kinds` only nodes of these kinds, `file` (a path,
        with `*` and `?`) only what such files show: as `--edges`, `--kinds` and `--file` of `cpg export`.
        """
        selection = Selection(
            self.snapshot.repository,
            None if node_kinds is None else tuple(node_kinds),
            None if kinds is None else tuple(kinds),
            file,
        )
        nodes = rows_of(self._connection, selection.nodes()).to_pylist()
        graph: rx.PyDiGraph[dict[str, object], dict[str, object]] = rx.PyDiGraph()
        index = dict(zip((row["node_id"] for row in nodes), graph.add_nodes_from(nodes), strict=True))
        edges = rows_of(self._connection, selection.all_edges()).to_pylist()
        graph.add_edges_from([(index[row["src"]], index[row["dst"]], row) for row in edges])
        return graph

    def flows(
        self,
        sources: Iterable[str],
        sinks: Iterable[str],
        not_through: Iterable[str] = (),
        without: Iterable[str] = (),
        limit: int = MOST_FLOWS,
        most_steps: int = MOST_STEPS,
    ) -> Answer:
        """The ways that values take from sources to sinks, as `cpg flows`; `.table()` has a row per step.

        Specifications are `kind:pattern`, names of bundled sets or TOML files. Raises `FlowError` for one that is
        wrong or fits nothing.
        """
        question = Question(tuple(sources), tuple(sinks), tuple(not_through), tuple(without), limit, most_steps)
        return find_flows(self._connection, self.snapshot.repository, question)

    def close(self) -> None:
        """Release the connection, and the tables if they were temporary."""
        self._connection.close()
        if self._temporary is not None:
            self._temporary.cleanup()

    def __enter__(self) -> Graph:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
