"""Publishing: compare-and-swap commits, one atomic rename each; readers get the newest consistent snapshot."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from pipeline_assets.store.documents import sync_folder
from pipeline_assets.store.errors import (
    CorruptDocument,
    HeadMoved,
    NotConsistent,
    UnknownRepository,
    UnknownSnapshot,
    WarehouseUnwritable,
)
from pipeline_assets.store.locks import hold
from pipeline_assets.store.mirror import fetch, push
from pipeline_assets.store.names import PLATFORM
from pipeline_assets.store.parquet import Part, check_presence, verify_part
from pipeline_assets.store.scope import (
    Current,
    current,
    load,
    snapshot_ids,
    snapshot_path,
    write_pointer,
    write_snapshot,
)
from pipeline_assets.store.snapshot import (
    DatasetVersion,
    Snapshot,
    Verdict,
    inconsistencies,
    merge,
    sealed,
)
from pipeline_assets.store.warehouse import Warehouse


def commit(
    warehouse: Warehouse,
    scope: str,
    replace: Mapping[str, DatasetVersion],
    verdicts: Iterable[Verdict] = (),
    *,
    expected: str | None = None,
    datasets: Sequence[str] | None = None,
    checks: Sequence[str] | None = None,
    at_hand: Snapshot | None = None,
    timeout: float = 60,
) -> Snapshot:
    """Publish the head of `scope` with the datasets of `replace` and the `verdicts` put in; returns the new head.

    Concurrent commits of different datasets all survive, because each is merged onto the head found under the lock.
    `expected` refuses (`HeadMoved`) to build on any other head; `""` expects that there is none. `datasets` and
    `checks` name what today's plan has: the rest is left out of the new snapshot. Nothing new gives the old head back.
    `at_hand` is what the caller's last commit gave: while it is the head still, it need not be read again.
    """
    with _locked(warehouse, scope, timeout):
        before = current(warehouse, scope)
        _check_expected(scope, before, expected)
        head = at_hand if at_hand and at_hand.id == before.head else _load_head(warehouse, scope, before)
        draft = merge(head, scope, replace, verdicts, datasets, checks)
        if head and _says_nothing_new(draft, head):
            return head
        _make_durable(warehouse.root, draft, head)
        snapshot = sealed(draft, now_after(head))
        write_snapshot(warehouse, snapshot)
        write_pointer(
            warehouse, scope, Current(snapshot.id, snapshot.id if snapshot.is_consistent else before.consistent)
        )
        if head and not head.is_consistent:
            snapshot_path(warehouse, scope, head.id).unlink(missing_ok=True)
        return snapshot


def read(warehouse: Warehouse, scope: str, snapshot_id: str | None = None) -> Snapshot | None:
    """The snapshot `snapshot_id`, or the newest consistent one; None when nothing was published yet."""
    if snapshot_id is None:
        return fetch(warehouse, _follow(warehouse, scope, "consistent"))
    known = snapshot_ids(warehouse, scope)
    if snapshot_id not in known:
        raise UnknownSnapshot(scope, snapshot_id, f"there is no such snapshot; the newest are: {', '.join(known[:5])}")
    return fetch(warehouse, load(warehouse, scope, snapshot_id))


def head(warehouse: Warehouse, scope: str) -> Snapshot | None:
    """The snapshot that the next commit builds on, consistent or not."""
    return fetch(warehouse, _follow(warehouse, scope, "head"))


def history(warehouse: Warehouse, scope: str) -> tuple[Snapshot, ...]:
    """Every snapshot that is kept, newest first."""
    return tuple(load(warehouse, scope, snapshot_id) for snapshot_id in snapshot_ids(warehouse, scope))


def rollback(warehouse: Warehouse, scope: str, snapshot_id: str, *, timeout: float = 60) -> Snapshot:
    """Make an older consistent snapshot the current one, after verifying every byte of it; newer ones are kept."""
    with warehouse.run("rollback"), _locked(warehouse, scope, timeout):
        snapshot = read(warehouse, scope, snapshot_id)
        assert snapshot is not None  # with an id, `read` raises rather than return None
        reason = next(inconsistencies(snapshot), None)
        if reason:
            raise NotConsistent(scope, snapshot_id, f"it cannot be rolled back to: {reason}")
        for part in snapshot.parts:
            verify_part(part, warehouse.root)
        write_pointer(warehouse, scope, Current(snapshot_id, snapshot_id))
        push(warehouse, scope)
        return snapshot


def now_after(head: Snapshot | None) -> datetime:
    """Now, but later than `head` even when the clock has gone back, so that ids sort in the order of commits."""
    now = datetime.now(UTC)
    earliest = datetime.fromisoformat(head.created) + timedelta(milliseconds=1) if head else now
    return max(now, earliest)


@contextmanager
def _locked(warehouse: Warehouse, scope: str, timeout: float) -> Iterator[None]:
    if scope != PLATFORM and not warehouse.is_registered(scope):
        raise UnknownRepository(scope, [repository.name for repository in warehouse.repositories()])
    what = "the snapshot of the platform" if scope == PLATFORM else f"the snapshot of {scope!r}"
    try:
        with hold(warehouse.scope(scope) / "commit.lock", what, timeout):
            yield
    except OSError as error:
        raise WarehouseUnwritable(warehouse.root, f"{what} cannot be written ({error.strerror})") from error


def _check_expected(scope: str, before: Current, expected: str | None) -> None:
    if expected is not None and (before.head or "") != expected:
        raise HeadMoved(scope, expected, f"another commit has moved the head to {before.head}; read it and try again")


def _load_head(warehouse: Warehouse, scope: str, pointer: Current) -> Snapshot | None:
    return load(warehouse, scope, pointer.head) if pointer.head else None


def _says_nothing_new(draft: Snapshot, head: Snapshot) -> bool:
    return (
        draft.datasets.keys() == head.datasets.keys()
        and draft.checks == head.checks
        and all(_is_alike(version, head.datasets[name]) for name, version in draft.datasets.items())
    )


def _is_alike(one: DatasetVersion, other: DatasetVersion) -> bool:
    """Whether two versions are equal but for what differs between two equal runs."""
    return one is other or dataclasses.replace(one, run_id=other.run_id, seconds=other.seconds) == other


def _make_durable(root: Path, draft: Snapshot, head: Snapshot | None) -> None:
    """Force the parts that the head did not have onto the disk, before anything refers to them."""
    known = {part.path for part in head.parts} if head else set()
    fresh = [part for part in draft.parts if part.path not in known]
    for part in fresh:
        _sync_part(part, root)
    for folder in {(root / part.path).parent for part in fresh}:
        sync_folder(folder)


def _sync_part(part: Part, root: Path) -> None:
    check_presence(part, root)
    descriptor = os.open(root / part.path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _follow(warehouse: Warehouse, scope: str, end: Literal["head", "consistent"]) -> Snapshot | None:
    """The snapshot that one end of the pointer names; should a commit remove it meanwhile, look again."""
    snapshot_id: str | None = getattr(current(warehouse, scope), end)
    while snapshot_id is not None:
        try:
            return load(warehouse, scope, snapshot_id)
        except CorruptDocument:
            again: str | None = getattr(current(warehouse, scope), end)
            if again == snapshot_id:
                raise
            snapshot_id = again
    return None
