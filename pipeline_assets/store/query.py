"""Queries: one reading statement over the warehouse's views, with nothing else in reach and limits on what it may cost.

Three walls: only reading statements and harmless table functions are let through; DuckDB may open exactly the parts of
the views and its configuration is locked; and every part that a query reads is verified first, because DuckDB does not
notice damaged pages (99 of 150 flipped bits gave wrong answers).
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa

from pipeline_assets.store.columns import literal
from pipeline_assets.store.connection import BATCH_ROWS, connect
from pipeline_assets.store.errors import CorruptPart, QueryFailed, QueryLimit
from pipeline_assets.store.parquet import Part, verify_part
from pipeline_assets.store.statement import check_statement, names_in
from pipeline_assets.store.views import Catalog, View, all_views, create_view, visible_snapshots
from pipeline_assets.store.warehouse import Warehouse


@dataclass(frozen=True, slots=True)
class Limits:
    """What one query may cost; None means no limit."""

    rows: int | None = 1_000_000
    seconds: float | None = 120
    memory: str | None = None
    """Such as `2GB`; DuckDB's own default is 80 % of the machine."""
    threads: int | None = None


def query(
    warehouse: Warehouse,
    sql: str,
    catalog: Catalog,
    *,
    repository: str | None = None,
    snapshot: str | None = None,
    limits: Limits | None = None,
    temp: Path | None = None,
) -> pa.Table:
    """The rows of one reading statement, over all repositories or one of them, now or at an older snapshot.

    Raises `QueryRefused`, `QueryFailed` or `QueryLimit` for the SQL, `CorruptPart` when a file it reads is damaged.
    """
    with open_session(
        warehouse, catalog, repository=repository, snapshot=snapshot, limits=limits, temp=temp
    ) as session:
        return session.table(sql)


@contextmanager
def open_session(
    warehouse: Warehouse,
    catalog: Catalog,
    *,
    repository: str | None = None,
    snapshot: str | None = None,
    limits: Limits | None = None,
    temp: Path | None = None,
) -> Iterator[Session]:
    """A session whose queries all see the same snapshots; spills to `temp` when memory runs short."""
    limits = limits or Limits()
    views = tuple(all_views(warehouse, catalog, visible_snapshots(warehouse, repository, snapshot)))
    with (
        TemporaryDirectory(prefix="cpg-query-", dir=temp, ignore_cleanup_errors=True) as spill,
        connect(
            memory_limit=limits.memory,
            threads=limits.threads,
            temp=Path(spill),
            macros=catalog.macros,
            ordered=True,
        ) as connection,
    ):
        for view in views:
            _create_even_if_damaged(connection, view, warehouse.root)
        _lock(connection, warehouse.root, views)
        session = Session(connection, warehouse.root, {view.name.lower(): view for view in views}, limits)
        try:
            yield session
        finally:
            session.close()


class Session:
    """An open, locked connection; a query that fails leaves it usable."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, root: Path, views: Mapping[str, View], limits: Limits
    ) -> None:
        self._connection = connection
        self._root = root
        self._views = views
        self._limits = limits
        self._verified: set[str] = set()
        self._alarm = _Alarm(connection, None)

    def table(self, sql: str) -> pa.Table:
        """All rows of a reading statement."""
        return self.reader(sql).read_all()

    def reader(self, sql: str) -> pa.RecordBatchReader:
        """The rows of a reading statement batch by batch; it must be read before the session's next query."""
        self.close()
        check_statement(sql, self._connection)
        self._verify(sql)
        self._alarm = _Alarm(self._connection, self._limits.seconds)
        with self._explained(sql):
            rows = self._connection.execute(sql).to_arrow_reader(BATCH_ROWS)
        return pa.RecordBatchReader.from_batches(rows.schema, self._limited(sql, rows))

    def close(self) -> None:
        """Give up the query that is being read, if any."""
        self._alarm.cancel()

    def interrupt(self) -> None:
        """Stop the query that is running, from another thread."""
        self._connection.interrupt()

    def _verify(self, sql: str) -> None:
        for part in _parts_under(sql, self._views):
            if part.path not in self._verified:
                verify_part(part, self._root)
                self._verified.add(part.path)

    def _limited(self, sql: str, rows: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
        count = 0
        with self._explained(sql):
            for batch in rows:
                count += batch.num_rows
                if self._limits.rows is not None and count > self._limits.rows:
                    raise QueryLimit(
                        sql, f"more than {self._limits.rows:,} rows; add LIMIT or aggregate, or export them"
                    )
                yield batch
        self.close()

    @contextmanager
    def _explained(self, sql: str) -> Iterator[None]:
        """Turn what DuckDB raises into errors that say which limit was met, or what is wrong with the SQL."""
        try:
            yield
        except (duckdb.Error, pa.ArrowException, OSError, RuntimeError) as error:
            self.close()
            message = str(error)
            if self._alarm.rang:
                raise QueryLimit(sql, f"stopped after {self._limits.seconds:g} seconds; ask for less") from error
            if isinstance(error, duckdb.OutOfMemoryException) or "Out of Memory" in message:
                raise QueryLimit(sql, f"out of memory: {message}") from error
            raise QueryFailed(sql, message) from error


class _Alarm:
    """Interrupts a connection's query when its time is up."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, seconds: float | None) -> None:
        self.rang = False
        self._connection = connection
        self._timer = threading.Timer(seconds, self._ring) if seconds is not None else None
        if self._timer:
            self._timer.daemon = True
            self._timer.start()

    def cancel(self) -> None:
        if self._timer:
            self._timer.cancel()

    def _ring(self) -> None:
        self.rang = True
        self._connection.interrupt()


def _create_even_if_damaged(connection: duckdb.DuckDBPyConnection, view: View, root: Path) -> None:
    """One damaged file must not keep other tables from being read; verification tells whoever reads its own."""
    try:
        create_view(connection, view, root)
    except CorruptPart:
        create_view(connection, replace(view, select=view.empty, parts=()), root)


def _parts_under(sql: str, views: Mapping[str, View]) -> Iterator[Part]:
    """The parts of every view that a text may read, directly or through other views."""
    waiting = names_in(sql) & views.keys()
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        seen.add(name)
        yield from views[name].parts
        if not views[name].parts:
            waiting |= (names_in(views[name].select) & views.keys()) - seen


def _lock(connection: duckdb.DuckDBPyConnection, root: Path, views: Iterable[View]) -> None:
    """Leave DuckDB nothing but the parts of the views, and no way to change that."""
    paths = ", ".join(sorted({literal(str(root / part.path)) for view in views for part in view.parts}))
    connection.execute(f"SET allowed_paths = [{paths}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
