"""Sweeping: remove what no kept snapshot refers to, and only while nobody is writing."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from pipeline_assets.store.errors import WarehouseBusy
from pipeline_assets.store.locks import hold
from pipeline_assets.store.mirror import sweep_published
from pipeline_assets.store.parquet import DATA, STAGING
from pipeline_assets.store.publish import history
from pipeline_assets.store.records import PLACE, RECORDS, record_parts
from pipeline_assets.store.scope import current, snapshot_ids
from pipeline_assets.store.warehouse import Warehouse


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep removed."""

    snapshots: int
    files: int
    bytes: int


def sweep(warehouse: Warehouse, keep: int = 10, timeout: float = 60) -> Swept:
    """Keep each scope's head, what its readers see and its `keep` newest consistent snapshots; remove all other files.

    Raises `WarehouseBusy` while a run is alive (a killed one does not count) and `CorruptDocument` when a snapshot
    cannot be read, since what it refers to is then unknown.
    """
    with hold(warehouse.sweep_lock, "the sweep of the warehouse", timeout):
        runs = warehouse.live_runs()
        if runs:
            raise WarehouseBusy(warehouse.root, runs)
        snapshots = sum(_sweep_snapshots(warehouse, scope, keep) for scope in warehouse.scopes())
        sweep_published(warehouse, warehouse.scopes())
        files, size = _remove(_unreferenced(warehouse))
        _empty(warehouse.root / STAGING)
        return Swept(snapshots, files, size)


def _sweep_snapshots(warehouse: Warehouse, scope: str, keep: int) -> int:
    pointer = current(warehouse, scope)
    consistent = [snapshot.id for snapshot in history(warehouse, scope) if snapshot.is_consistent]
    kept = {pointer.head, pointer.consistent, *consistent[:keep]}
    gone = [snapshot_id for snapshot_id in snapshot_ids(warehouse, scope) if snapshot_id not in kept]
    for snapshot_id in gone:
        (warehouse.scope(scope) / "snapshots" / f"{snapshot_id}.json").unlink(missing_ok=True)
    return len(gone)


def _unreferenced(warehouse: Warehouse) -> list[Path]:
    snapshots = (snapshot for scope in warehouse.scopes() for snapshot in history(warehouse, scope))
    used = {part.path for snapshot in snapshots for part in snapshot.parts}
    used |= {part.path for contract in RECORDS for part in record_parts(warehouse, contract)}
    files = [path for place in (DATA, PLACE) for path in (warehouse.root / place).glob("*/*.parquet")]
    return [path for path in files if path.relative_to(warehouse.root).as_posix() not in used]


def _remove(paths: list[Path]) -> tuple[int, int]:
    size = 0
    for path in paths:
        size += path.stat().st_size
        path.unlink()
    return len(paths), size


def _empty(folder: Path) -> None:
    """Remove what killed writers left behind."""
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
