"""The documents of a scope: its snapshots, and the pointer that says which of them counts.

`current.json` of a scope names the *head* (what the next commit builds on) and the newest *consistent* snapshot (what
readers see). A head that is not consistent is an unfinished run: it is removed as soon as a commit has gone past it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from pipeline_assets.store.documents import read_document, write_document, write_spelled
from pipeline_assets.store.errors import CorruptDocument
from pipeline_assets.store.snapshot import Snapshot, snapshot_from_json, spelled_snapshot
from pipeline_assets.store.warehouse import Warehouse


@dataclass(frozen=True, slots=True)
class Current:
    """What a scope's pointer says."""

    head: str | None
    consistent: str | None


def current(warehouse: Warehouse, scope: str) -> Current:
    """The pointer of a scope; both ends None when nothing was published yet."""
    path = pointer_path(warehouse, scope)
    return Current(**read_document(path)) if path.exists() else Current(None, None)


def snapshot_ids(warehouse: Warehouse, scope: str) -> tuple[str, ...]:
    """The ids of every snapshot on disk, newest first, readable or not."""
    found = (warehouse.scope(scope) / "snapshots").glob("[!.]*.json")
    return tuple(sorted((path.stem for path in found), reverse=True))


def load(warehouse: Warehouse, scope: str, snapshot_id: str) -> Snapshot:
    """The snapshot `snapshot_id`; `CorruptDocument` when its file is lost, damaged or another's."""
    path = snapshot_path(warehouse, scope, snapshot_id)
    snapshot = snapshot_from_json(read_document(path))
    if (snapshot.id, snapshot.repository) != (snapshot_id, scope):
        raise CorruptDocument(path, f"holds the snapshot {snapshot.id} of {snapshot.repository!r}")
    return snapshot


def write_snapshot(warehouse: Warehouse, snapshot: Snapshot) -> None:
    """Put a snapshot's document in its place; nobody sees it before the pointer names it."""
    write_spelled(snapshot_path(warehouse, snapshot.repository, snapshot.id), spelled_snapshot(snapshot))


def write_pointer(warehouse: Warehouse, scope: str, pointer: Current) -> None:
    """Replace what a scope's pointer says."""
    write_document(pointer_path(warehouse, scope), asdict(pointer))


def snapshot_path(warehouse: Warehouse, scope: str, snapshot_id: str) -> Path:
    """The document of one snapshot."""
    return warehouse.scope(scope) / "snapshots" / f"{snapshot_id}.json"


def pointer_path(warehouse: Warehouse, scope: str) -> Path:
    """The document that names a scope's head and what its readers see."""
    return warehouse.scope(scope) / "current.json"
