"""Dagster's event log in one SQLite file over pooled connections.

Dagster's default log opens a new engine for every statement (compiling each statement anew) and writes every asset
event twice, into a file per run and into an index: three quarters of what an asset costs. Its own one-file variant
halves the writes; keeping the engine does the rest. `docs/spikes/dagster.md` has the figures.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from dagster import AssetKey, EventLogEntry, EventLogRecord
from dagster._core.storage.event_log import ConsolidatedSqliteEventLogStorage
from dagster._core.storage.event_log.polling_event_watcher import SqlPollingEventWatcher
from sqlalchemy import Connection, Engine, create_engine, event

BUSY_SECONDS = 60


class OneFileEventLog(ConsolidatedSqliteEventLogStorage):
    """Dagster's one-file SQLite event log with the engine kept, and watched by polling.

    Dagster's file watcher never fires in write-ahead mode, where new events land in a file beside the database.
    """

    _seen: set[tuple[str, str]] | None = None

    @cached_property
    def _engine(self) -> Engine:
        engine = create_engine(self._conn_string, connect_args={"timeout": BUSY_SECONDS})
        event.listen(engine, "connect", _sync_at_checkpoints)
        return engine

    @contextmanager
    def partitions_held(self) -> Iterator[None]:
        """While a run of ours lasts, a partition that was there once is there: Dagster asks for each of its inputs."""
        self._seen = set()
        try:
            yield
        finally:
            self._seen = None

    def has_dynamic_partition(self, partitions_def_name: str, partition_key: str) -> bool:
        """Whether there is such a partition."""
        named = (partitions_def_name, partition_key)
        if self._seen is not None and named in self._seen:
            return True
        found = super().has_dynamic_partition(partitions_def_name, partition_key)
        if found and self._seen is not None:
            self._seen.add(named)
        return found

    @cached_property
    def _latest(self) -> dict[str, tuple[str, Any]]:
        """Asset key → the stored text of its newest materialization, and what was read from that."""
        return {}

    def _get_latest_materialization_records(
        self, raw_asset_rows: Sequence[Mapping[str, Any]]
    ) -> Mapping[AssetKey, EventLogRecord | None]:
        """Dagster's, but that a text which was read before is not read again: each input is looked at for each reader.

        A wipe is noted beside the text, so an asset that was ever wiped is left to Dagster.
        """
        known: dict[AssetKey, EventLogRecord | None] = {}
        unknown: list[Mapping[str, Any]] = []
        for row in raw_asset_rows:
            held = self._latest.get(row["asset_key"])
            if held is not None and held[0] == row["last_materialization"] and not row["asset_details"]:
                known[held[1].asset_key] = held[1]
            else:
                unknown.append(row)
        if not unknown:
            return known
        read = super()._get_latest_materialization_records(unknown)
        texts = {row["asset_key"]: row["last_materialization"] for row in unknown if not row["asset_details"]}
        for key, record in read.items():
            text = texts.get(key.to_string())
            if text and record is not None:
                self._latest[key.to_string()] = text, record
        return {**known, **read}

    @cached_property
    def _poller(self) -> SqlPollingEventWatcher:
        return SqlPollingEventWatcher(self)

    @contextmanager
    def _connect(self) -> Iterator[Connection]:
        with self._engine.begin() as connection:
            yield connection

    def watch(self, run_id: str, cursor: str | None, callback: Callable[[EventLogEntry, str], None]) -> None:
        """Call `callback` with every event of the run after `cursor`."""
        self._poller.watch_run(run_id, cursor, callback)

    def end_watch(self, run_id: str, handler: Callable[[EventLogEntry, str], None]) -> None:
        """Stop calling `handler`."""
        self._poller.unwatch_run(run_id, handler)

    def dispose(self) -> None:
        """Close the watchers and the pooled connections."""
        if "_poller" in self.__dict__:
            self._poller.close()
        self._engine.dispose()


def _sync_at_checkpoints(connection: sqlite3.Connection, _: object) -> None:
    """Force events onto the disk when the write-ahead log is folded in, not one by one: an eighth of a small build.

    A power cut may take the last events, never the log's consistency; what was built is published by itself.
    """
    connection.execute("PRAGMA synchronous = NORMAL")
