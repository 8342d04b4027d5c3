"""Mirrors: a warehouse in object storage, worked on through a folder here that holds copies of what is used.

What is published, under the names that it has in the folder:

warehouse.json                                marker
data/<dataset>/<sha>.parquet                  immutable parts
repositories/<name>/repository.json           the registration
repositories/<name>/snapshots/<id>.json       consistent snapshots; the platform's are in platform/snapshots
repositories/<name>/pointers/<number>.json    the highest number names the snapshot that counts

A run works in the folder, as in any warehouse. Where it ends well, the snapshot that readers of the folder see is
published: parts, then its document, then the next pointer, which is the one step that others see. That number can be
created once only, so of two runs that began with the same pointer one is told `HeadMoved`, and nothing of it is seen.
Locks, records and Dagster's home are of this machine.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import uuid
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipeline_assets.store.documents import document_body, read_document, spelled_document, write_file
from pipeline_assets.store.errors import (
    CannotSwap,
    CorruptDocument,
    CorruptPart,
    HeadMoved,
    NotAWarehouse,
    NoWarehouse,
)
from pipeline_assets.store.locks import hold, is_held
from pipeline_assets.store.objects import Objects
from pipeline_assets.store.parquet import DATA, Part, check_presence, verify_part
from pipeline_assets.store.scope import Current, current, load, snapshot_ids, snapshot_path, write_pointer
from pipeline_assets.store.snapshot import Snapshot
from pipeline_assets.store.warehouse import MARKER, REGISTRATION, Warehouse, marker_path

POINTERS = "pointers"
AT_ONCE = 8
"""Objects on their way at the same time."""
UNSEEN = timedelta(days=1)
"""Longer than any run takes to publish: what nothing refers to for so long was left behind."""
_POINTERS_KEPT = 100


@dataclass(frozen=True, slots=True)
class Pointer:
    """What the newest pointer of a scope says; before the first there is number 0, which names nothing."""

    number: int = 0
    snapshot: str | None = None


def create_at(place: Path | str, cache: Path | None = None) -> Warehouse:
    """The warehouse at a folder or URL, made first when there is none; `cache` is where mirrors are kept."""
    if isinstance(place, Path):
        return Warehouse.create(place)
    remote = Objects(place)
    is_new = _look(remote) == "empty"
    mirror = replace(Warehouse.create(_folder(place, cache)), remote=remote)
    if is_new:
        _make(mirror, remote)
    return _pulled(mirror, remote)


def open_at(place: Path | str, cache: Path | None = None) -> Warehouse:
    """The existing warehouse at a folder or URL, with what has been published there since."""
    if isinstance(place, Path):
        return Warehouse.open(place)
    remote = Objects(place)
    if _look(remote) == "empty":
        raise NoWarehouse(place)
    return _pulled(replace(Warehouse.create(_folder(place, cache)), remote=remote), remote)


def mirror_folder(place: Path | str, cache: Path | None = None) -> Path:
    """Where the files of a warehouse are on this machine."""
    return place.resolve() if isinstance(place, Path) else _folder(place, cache)


def pull(warehouse: Warehouse, scope: str, *, building: bool = False, anew: bool = False) -> None:
    """Take over a snapshot that was published elsewhere; it replaces what was begun here and never published.

    Without `building` a scope that is being built on this machine is left alone. `anew` takes what is published even
    where that is not news.
    """
    remote, folder = warehouse.remote, warehouse.scope(scope)
    if remote is None or (not building and is_held(folder / "build.lock")):
        return
    with hold(folder / "mirror.lock", f"the mirror of {scope!r}", timeout=60):
        newest = _newest(warehouse, remote, scope)
        if anew or newest != _known(warehouse, scope):
            _pull_snapshots(warehouse, remote, scope)
            write_pointer(warehouse, scope, Current(newest.snapshot, newest.snapshot))
            _note(warehouse, scope, newest)


def push(warehouse: Warehouse, scope: str) -> None:
    """Publish what readers of the folder see, unless it is what is published already.

    Raises `HeadMoved` when somebody has published since the last `pull`; what they published stands.
    """
    seen = current(warehouse, scope).consistent
    if warehouse.remote is None or seen is None:
        return
    with hold(warehouse.scope(scope) / "mirror.lock", f"the mirror of {scope!r}", timeout=60):
        known = _known(warehouse, scope)
        if seen != known.snapshot:
            _publish(warehouse, warehouse.remote, load(warehouse, scope, seen), known)


def fetch(warehouse: Warehouse, snapshot: Snapshot | None) -> Snapshot | None:
    """The snapshot, once all its parts are in the folder, each verified when it arrives."""
    missing = [part for part in snapshot.parts if _is_missing(part, warehouse.root)] if snapshot else []
    remote = warehouse.remote
    if missing and remote is not None:
        with warehouse.run("fetch") as scratch, ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(lambda part: _fetch_part(part, warehouse.root, remote, scratch), missing))
    return snapshot


def sweep_published(warehouse: Warehouse, scopes: Iterable[str]) -> None:
    """Remove from the store what is no longer kept here and what nothing there refers to, if that is a day old.

    A run that publishes writes every part anew that the snapshot before it had not: those are never a day old.
    """
    remote = warehouse.remote
    if remote is None:
        return
    used: set[str] = set()
    for scope in scopes:
        used |= _sweep_scope(warehouse, remote, scope)
    for dataset in remote.names(DATA):
        old = _old(remote, f"{DATA}/{dataset}")
        remote.delete(sorted(old - used))


def _look(remote: Objects) -> str:
    content = remote.get(MARKER)
    if content is not None:
        document_body(content, f"{remote.url}/{MARKER}")
        return "made"
    if remote.names(""):
        raise NotAWarehouse(remote.url, f"it holds other objects and no {MARKER}; choose an empty or a new prefix")
    return "empty"


def _make(warehouse: Warehouse, remote: Objects) -> None:
    """Put the marker, and see that what is there cannot be made again: all publishing relies on that."""
    content = marker_path(warehouse.root).read_bytes()
    remote.create(MARKER, content)
    if remote.create(MARKER, content):
        remote.delete([MARKER])
        raise CannotSwap(remote.url)


def _folder(url: str, cache: Path | None) -> Path:
    home = cache or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cpg"
    digest = hashlib.sha256(url.encode()).hexdigest()[:8]
    return (home / f"{re.sub(r'[^A-Za-z0-9.]+', '-', url)[:80]}-{digest}").resolve()


def _pulled(warehouse: Warehouse, remote: Objects) -> Warehouse:
    _pull_registrations(warehouse, remote)
    for scope in warehouse.scopes():
        pull(warehouse, scope)
    return warehouse


def _pull_registrations(warehouse: Warehouse, remote: Objects) -> None:
    folders = set(remote.names("repositories"))
    for folder in sorted(folders):
        name = f"repositories/{folder}/{REGISTRATION}"
        content, path = remote.get(name), warehouse.root / name
        if content is None:
            folders.discard(folder)
        elif not path.exists() or path.read_bytes() != content:
            document_body(content, f"{remote.url}/{name}")
            (path.parent / "snapshots").mkdir(parents=True, exist_ok=True)
            write_file(path, content)
    for path in (warehouse.root / "repositories").glob(f"*/{REGISTRATION}"):
        if path.parent.name not in folders:  # removed by another machine
            shutil.rmtree(path.parent, ignore_errors=True)


def _newest(warehouse: Warehouse, remote: Objects, scope: str) -> Pointer:
    folder = f"{_place(warehouse, scope)}/{POINTERS}"
    names = remote.names(folder)
    content = remote.get(f"{folder}/{names[-1]}") if names else None
    return Pointer(**document_body(content, f"{remote.url}/{folder}/{names[-1]}")) if content else Pointer()


def _known(warehouse: Warehouse, scope: str) -> Pointer:
    path = _note_path(warehouse, scope)
    return Pointer(**read_document(path)) if path.exists() else Pointer()


def _note(warehouse: Warehouse, scope: str, pointer: Pointer) -> None:
    write_file(_note_path(warehouse, scope), spelled_document(asdict(pointer)))


def _note_path(warehouse: Warehouse, scope: str) -> Path:
    return warehouse.scope(scope) / "published.json"


def _place(warehouse: Warehouse, scope: str) -> str:
    return warehouse.scope(scope).relative_to(warehouse.root).as_posix()


def _pull_snapshots(warehouse: Warehouse, remote: Objects, scope: str) -> None:
    """Bring every document that is not here, so that history can be read and gone back to."""
    folder = f"{_place(warehouse, scope)}/snapshots"
    here = set(snapshot_ids(warehouse, scope))
    for name in remote.names(folder):
        content = None if name.removesuffix(".json") in here else remote.get(f"{folder}/{name}")
        if content is not None:
            document_body(content, f"{remote.url}/{folder}/{name}")
            write_file(warehouse.root / folder / name, content)


def _publish(warehouse: Warehouse, remote: Objects, snapshot: Snapshot, known: Pointer) -> None:
    scope, place = snapshot.repository, _place(warehouse, snapshot.repository)
    if _newest(warehouse, remote, scope) != known:
        raise HeadMoved(scope, snapshot.id, _MOVED)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        parts = _not_in(warehouse, snapshot, known)
        list(pool.map(lambda part: remote.put_file(part.path, warehouse.root / part.path), parts))
    document = snapshot_path(warehouse, scope, snapshot.id)
    remote.put(f"{place}/snapshots/{document.name}", document.read_bytes())
    pointer = Pointer(known.number + 1, snapshot.id)
    if not remote.create(f"{place}/{POINTERS}/{pointer.number:012d}.json", spelled_document(asdict(pointer))):
        raise HeadMoved(scope, snapshot.id, _MOVED)
    _note(warehouse, scope, pointer)


_MOVED = (
    "somebody else has published this repository since the build began, and that stands; build again to start from it"
)


def _not_in(warehouse: Warehouse, snapshot: Snapshot, known: Pointer) -> list[Part]:
    """The parts that the published snapshot has not, each looked at before it is sent."""
    try:
        base = load(warehouse, snapshot.repository, known.snapshot).parts if known.snapshot else ()
    except CorruptDocument:  # lost here: then everything is sent
        base = ()
    there = {part.path for part in base}
    fresh = [part for part in snapshot.parts if part.path not in there]
    for part in fresh:
        verify_part(part, warehouse.root)
    return fresh


def _is_missing(part: Part, root: Path) -> bool:
    try:
        check_presence(part, root)
    except CorruptPart:
        return True
    return False


def _fetch_part(part: Part, root: Path, remote: Objects, scratch: Path) -> None:
    aside, final = scratch / uuid.uuid4().hex, root / part.path  # datasets may hold files that are alike
    remote.get_file(part.path, aside)
    verify_part(replace(part, path=aside.name), scratch)
    final.parent.mkdir(parents=True, exist_ok=True)
    aside.replace(final)


def _sweep_scope(warehouse: Warehouse, remote: Objects, scope: str) -> set[str]:
    """Remove published snapshots that are not kept here, and pointers of long ago; the parts of what is left."""
    pull(warehouse, scope, building=True)
    place, newest = _place(warehouse, scope), _known(warehouse, scope)
    kept = {*snapshot_ids(warehouse, scope), newest.snapshot}
    gone = {name for name in _old(remote, f"{place}/snapshots") if Path(name).stem not in kept}
    pointers = [f"{place}/{POINTERS}/{name}" for name in remote.names(f"{place}/{POINTERS}")]
    remote.delete(sorted(gone | set(pointers[:-_POINTERS_KEPT])))
    left = [Path(name).stem for name in remote.names(f"{place}/snapshots")]
    _pull_snapshots(warehouse, remote, scope)
    return {part.path for snapshot_id in left for part in load(warehouse, scope, snapshot_id).parts}


def _old(remote: Objects, folder: str) -> set[str]:
    """The objects of a folder that were last written more than a day ago; where nobody says when, none."""
    before = datetime.now(UTC) - UNSEEN
    return {f"{folder}/{name}" for name, written in remote.made(folder).items() if written and written < before}
