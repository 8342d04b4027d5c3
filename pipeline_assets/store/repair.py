"""Damage and repair: what on disk is not what was written, and the way back to what is intact.

Nothing is repaired behind anyone's back: reading damage raises an error that names the file, and `repair` is asked for.
It keeps every dataset whose bytes are right and forgets the others, so that the next build makes just those again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import unquote

from pipeline_assets.inference.contract import Contract
from pipeline_assets.store.documents import read_document
from pipeline_assets.store.errors import CorruptDocument, CorruptPart, WarehouseBusy
from pipeline_assets.store.locks import hold
from pipeline_assets.store.mirror import pull
from pipeline_assets.store.names import PLATFORM
from pipeline_assets.store.parquet import Part, verify_part
from pipeline_assets.store.publish import now_after
from pipeline_assets.store.records import RECORDS, index_path, rebuild_index, record_parts, write_index
from pipeline_assets.store.scope import (
    Current,
    current,
    load,
    pointer_path,
    snapshot_ids,
    write_pointer,
    write_snapshot,
)
from pipeline_assets.store.snapshot import Snapshot, merge, sealed
from pipeline_assets.store.warehouse import Warehouse, marker_path, write_marker


@dataclass(frozen=True, slots=True)
class Damage:
    """One file that is not as it was written."""

    path: str
    """Relative to the warehouse."""
    reason: str
    action: str
    """What `repair` does about it."""


@dataclass(frozen=True, slots=True)
class _Fix:
    damage: Damage
    apply: Callable[[], object]


def find_damage(root: Path) -> tuple[Damage, ...]:
    """Read every document and verify every byte of the warehouse at `root`; nothing is changed."""
    return tuple(fix.damage for fix in _fixes(Warehouse(root.resolve())))


def repair(root: Path) -> tuple[Damage, ...]:
    """Bring the warehouse at `root` back to what is intact; returns the damage that was dealt with.

    Raises `WarehouseBusy` while a run is alive.
    """
    warehouse = Warehouse(root.resolve())
    with hold(warehouse.sweep_lock, "the repair of the warehouse", timeout=60):
        runs = warehouse.live_runs()
        if runs:
            raise WarehouseBusy(warehouse.root, runs)
        fixes = list(_fixes(warehouse))
        for fix in fixes:
            fix.apply()
        return tuple(fix.damage for fix in fixes)


def repair_mirror(warehouse: Warehouse) -> tuple[Damage, ...]:
    """Remove what is damaged of a mirror and take it from object storage again; returns what was damaged.

    What was begun here and never published is forgotten. Raises `WarehouseBusy` while a run is alive.
    """
    with hold(warehouse.sweep_lock, "the repair of the warehouse", timeout=60):
        runs = warehouse.live_runs()
        if runs:
            raise WarehouseBusy(warehouse.root, runs)
        damaged = find_damage(warehouse.root)
        for found in damaged:
            (warehouse.root / found.path).unlink(missing_ok=True)
    for scope in warehouse.scopes() if damaged else ():
        pull(warehouse, scope, anew=True)
    return damaged


def _fixes(warehouse: Warehouse) -> Iterator[_Fix]:
    yield from _document_fixes(warehouse, marker_path(warehouse.root), "it is written anew", write_marker)
    for folder in sorted((warehouse.root / "repositories").glob("*/")):
        action = "the registration is forgotten, the snapshots are kept; add the repository again with `cpg add PATH`"
        yield from _document_fixes(warehouse, folder / "repository.json", action, Path.unlink)
        yield from _scope_fixes(warehouse, _scope_of(folder))
    yield from _scope_fixes(warehouse, PLATFORM)
    for contract in RECORDS:
        yield from _record_fixes(warehouse, contract)


def _document_fixes(warehouse: Warehouse, path: Path, action: str, apply: Callable[[Path], object]) -> Iterator[_Fix]:
    error = _document_error(path)
    if error:
        yield _fix(warehouse, path, error.reason, action, partial(apply, path))


def _document_error(path: Path) -> CorruptDocument | None:
    try:
        if path.exists():
            read_document(path)
    except CorruptDocument as error:
        return error
    return None


def _scope_of(folder: Path) -> str:
    """The repository whose folder it is, as its documents say it; the folder's own name when none can be read."""
    for path in (folder / "repository.json", *sorted(folder.glob("snapshots/*.json"))):
        if path.exists() and not _document_error(path):
            body = read_document(path)
            return str(body["name"] if path.parent == folder else body["repository"])
    return unquote(folder.name)


def _scope_fixes(warehouse: Warehouse, scope: str) -> Iterator[_Fix]:
    snapshots: dict[str, Snapshot] = {}
    for snapshot_id in snapshot_ids(warehouse, scope):
        try:
            snapshots[snapshot_id] = load(warehouse, scope, snapshot_id)
        except CorruptDocument as error:
            yield _fix(warehouse, error.path, error.reason, "the snapshot is removed", error.path.unlink)
    damaged = _damaged_parts(warehouse, (part for snapshot in snapshots.values() for part in snapshot.parts))
    for path, broken in damaged.items():
        action = f"no longer part of what readers of {scope!r} see; the next build makes {broken.dataset} again"
        yield _fix(warehouse, warehouse.root / path, broken.reason, action, lambda: None)
    yield from _pointer_fixes(warehouse, scope, snapshots, damaged.keys())


def _damaged_parts(warehouse: Warehouse, parts: Iterable[Part]) -> dict[str, CorruptPart]:
    damaged: dict[str, CorruptPart] = {}
    for path, part in {part.path: part for part in parts}.items():
        try:
            verify_part(part, warehouse.root)
        except CorruptPart as error:
            damaged[path] = error
    return damaged


def _pointer_fixes(
    warehouse: Warehouse, scope: str, snapshots: Mapping[str, Snapshot], damaged: Set[str]
) -> Iterator[_Fix]:
    """Point to the newest intact snapshot for readers, and to what is intact of the head for the next build."""
    path = pointer_path(warehouse, scope)
    error = _document_error(path)
    pointer = Current(None, None) if error else current(warehouse, scope)
    whole = {name: snapshot for name, snapshot in snapshots.items() if not damaged & _paths(snapshot)}
    visible = _newest((name for name, snapshot in whole.items() if snapshot.is_consistent), pointer.consistent)
    base = _newest(snapshots, pointer.head)
    head = _salvaged(snapshots[base], damaged) if base else None
    wanted = Current(head.id if head else None, visible)
    if error or wanted != pointer:
        reason = error.reason if error else "names a snapshot that is damaged"
        action = f"readers of {scope!r} get {visible or 'nothing until the next build'}"
        yield _fix(warehouse, path, reason, action, partial(_publish, warehouse, scope, head, wanted))


def _newest(snapshot_ids: Iterable[str], limit: str | None) -> str | None:
    """The newest id, but none newer than what the pointer named: it may have been rolled back on purpose."""
    return max((name for name in snapshot_ids if limit is None or name <= limit), default=None)


def _salvaged(base: Snapshot, damaged: Set[str]) -> Snapshot:
    """`base` without the datasets that have a damaged part; `base` itself when it has none."""
    intact = [name for name, version in base.datasets.items() if not damaged & {part.path for part in version.parts}]
    if len(intact) == len(base.datasets):
        return base
    return sealed(merge(base, base.repository, {}, (), datasets=intact), now_after(base))


def _paths(snapshot: Snapshot) -> set[str]:
    return {part.path for part in snapshot.parts}


def _publish(warehouse: Warehouse, scope: str, head: Snapshot | None, pointer: Current) -> None:
    if head:
        write_snapshot(warehouse, head)
    write_pointer(warehouse, scope, pointer)


def _record_fixes(warehouse: Warehouse, contract: Contract) -> Iterator[_Fix]:
    path = index_path(warehouse, contract)
    error = _document_error(path)
    if error:
        action = "it is made again from the files that are intact"
        yield _fix(warehouse, path, error.reason, action, partial(rebuild_index, warehouse, contract))
        return
    parts = record_parts(warehouse, contract)
    damaged = _damaged_parts(warehouse, parts)
    kept = [part for part in parts if part.path not in damaged]
    for place, broken in damaged.items():
        action = f"its rows of {contract.name} are lost"
        yield _fix(
            warehouse, warehouse.root / place, broken.reason, action, partial(write_index, warehouse, contract, kept)
        )


def _fix(warehouse: Warehouse, path: Path, reason: str, action: str, apply: Callable[[], object]) -> _Fix:
    return _Fix(Damage(path.relative_to(warehouse.root).as_posix(), reason, action), apply)
