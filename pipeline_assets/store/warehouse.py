"""The warehouse: one folder, its layout, the repositories registered in it, and who is writing.

warehouse.json                      marker with the format version
data/<dataset>/<sha>.parquet        immutable parts, shared by snapshots
repositories/<name>/                repository.json  current.json  snapshots/<id>.json
platform/                           current.json  snapshots/<id>.json, for datasets over all repositories
records/<name>/                     append-only tables, outside snapshots
staging/<run>/                      scratch space of runs in progress
dagster/                            Dagster's home
cpg.duckdb                          disposable catalog of views
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline_assets.store.documents import read_document, spelled_document, write_document
from pipeline_assets.store.errors import (
    NotAWarehouse,
    NoWarehouse,
    RepositoryExists,
    UnknownRepository,
    WarehouseUnwritable,
)
from pipeline_assets.store.locks import hold, is_held
from pipeline_assets.store.names import PLATFORM, check_repository_name, folder_name
from pipeline_assets.store.objects import Objects
from pipeline_assets.store.parquet import DATA, STAGING
from pipeline_assets.store.selection import EVERYTHING, Selection

MARKER = "warehouse.json"
REGISTRATION = "repository.json"
_FOLDERS = (DATA, "repositories", "platform/snapshots", "records", STAGING)
_MADE_BY_OTHERS = frozenset({"dagster"})
"""What may already be there before the warehouse is: Dagster's home is sometimes made first."""


@dataclass(frozen=True, slots=True)
class Repository:
    """One registered repository: where its files are and which of them are read."""

    name: str
    root: str
    registered: str
    """When it was first registered, UTC, ISO 8601."""
    selection: Selection = EVERYTHING


@dataclass(frozen=True)
class Warehouse:
    """A folder that holds snapshots; make one with `create` or `open`, never directly."""

    root: Path
    remote: Objects | None = None
    """Where the folder's snapshots are published, when it is a mirror of a warehouse in object storage."""

    @classmethod
    def create(cls, root: Path) -> Warehouse:
        """The warehouse at `root`, made first when there is none; never touches a folder of someone else."""
        root = root.resolve()
        if _state(root) == "foreign":
            raise NotAWarehouse(root, f"it holds other files and no {MARKER}; choose an empty or a new folder")
        try:
            for folder in _FOLDERS:
                (root / folder).mkdir(parents=True, exist_ok=True)
            if not marker_path(root).exists():
                write_marker(marker_path(root))
        except OSError as error:
            raise WarehouseUnwritable(root, f"it cannot be written ({error.strerror}: {error.filename})") from error
        return cls.open(root)

    @classmethod
    def open(cls, root: Path) -> Warehouse:
        """The existing warehouse at `root`; nothing is created, so a reader needs no permission to write."""
        root = root.resolve()
        state = _state(root)
        if state == "foreign":
            raise NotAWarehouse(root, f"it holds other files and no {MARKER}; is CPG_WAREHOUSE right?")
        if state == "empty":
            raise NoWarehouse(root)
        read_document(marker_path(root))
        return cls(root)

    @property
    def address(self) -> str:
        """The folder or URL that names the warehouse to every machine and process that can reach it."""
        return self.remote.url if self.remote else str(self.root)

    @property
    def catalog(self) -> Path:
        """The disposable DuckDB file of views."""
        return self.root / "cpg.duckdb"

    @property
    def dagster_home(self) -> Path:
        """Where Dagster keeps its runs and events."""
        return self.root / "dagster"

    @property
    def records(self) -> Path:
        """The folder of append-only tables."""
        return self.root / "records"

    @property
    def sweep_lock(self) -> Path:
        """Held while files are removed, and for an instant whenever a run begins."""
        return self.root / "sweep.lock"

    def scope(self, name: str) -> Path:
        """The folder of a repository's snapshots, or of the platform's for `PLATFORM`."""
        return self.root / "platform" if name == PLATFORM else self.root / "repositories" / folder_name(name)

    def scopes(self) -> tuple[str, ...]:
        """Every registered repository by name, then the platform."""
        return (*(repository.name for repository in self.repositories()), PLATFORM)

    def register(self, name: str, root: Path, **choices: Any) -> Repository:
        """Register or update a repository; `choices` are fields of `Selection`, and those that are None stay.

        Raises `InvalidRepositoryName`, or `RepositoryExists` when the name belongs to another folder.
        """
        check_repository_name(name)
        before = self.repository(name) if self.is_registered(name) else None
        place = str(root.resolve())
        if before and before.root != place:
            raise RepositoryExists(name, before.root, place)
        repository = Repository(
            name=name,
            root=place,
            registered=before.registered if before else _now(),
            selection=(before.selection if before else EVERYTHING).with_choices(choices),
        )
        if repository != before:
            self._write_registration(repository)
        return repository

    def unregister(self, name: str) -> None:
        """Forget a repository and its snapshots; its parts go with the next sweep."""
        folder = self.scope(name)
        if name == PLATFORM or not folder.is_dir():
            raise UnknownRepository(name, [repository.name for repository in self.repositories()])
        gone = self.root / STAGING / f"removed-{uuid.uuid4().hex}"
        with hold(folder / "build.lock", f"the repository {name!r}", timeout=0):
            self._unpublish(folder)
            folder.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)

    def is_registered(self, name: str) -> bool:
        """Whether `name` is a registered repository."""
        return name != PLATFORM and (self.scope(name) / REGISTRATION).exists()

    def repository(self, name: str) -> Repository:
        """The registration of `name`; `UnknownRepository` lists those that exist."""
        if not self.is_registered(name):
            raise UnknownRepository(name, [repository.name for repository in self.repositories()])
        return _read_registration(self.scope(name) / REGISTRATION)

    def repositories(self) -> tuple[Repository, ...]:
        """Every registered repository, by name."""
        found = (_read_registration(path) for path in (self.root / "repositories").glob(f"*/{REGISTRATION}"))
        return tuple(sorted(found, key=lambda repository: repository.name))

    @contextmanager
    def run(self, run_id: str) -> Iterator[Path]:
        """Scratch space for one run; while the block lasts no part is swept away under it."""
        folder = self.root / STAGING / f"{folder_name(run_id)}.{uuid.uuid4().hex[:8]}"
        with ExitStack() as alive:
            try:
                with hold(self.sweep_lock, "the sweep of the warehouse", timeout=600):
                    folder.mkdir(parents=True)
                    alive.callback(shutil.rmtree, folder, ignore_errors=True)
                    alive.enter_context(hold(folder / "lock", f"the run {run_id}", timeout=0))
            except OSError as error:
                raise WarehouseUnwritable(self.root, f"it cannot be written ({error.strerror})") from error
            yield folder

    def live_runs(self) -> tuple[str, ...]:
        """The runs whose process is still alive; what a killed one left behind does not count."""
        folders = sorted(path for path in (self.root / STAGING).glob("*/") if (path / "lock").exists())
        return tuple(folder.name.rpartition(".")[0] for folder in folders if is_held(folder / "lock"))

    @contextmanager
    def building(self, scope: str, timeout: float) -> Iterator[None]:
        """Let one build at a time work on a scope; `LockHeld` names the other after `timeout` seconds."""
        what = "the build of the platform" if scope == PLATFORM else f"the build of {scope!r}"
        with hold(self.scope(scope) / "build.lock", what, timeout):
            yield

    def _write_registration(self, repository: Repository) -> None:
        folder = self.scope(repository.name)
        try:
            (folder / "snapshots").mkdir(parents=True, exist_ok=True)
            if self.remote:
                self.remote.put(self._name(folder / REGISTRATION), spelled_document(asdict(repository)))
            write_document(folder / REGISTRATION, asdict(repository))
        except OSError as error:
            reason = f"{repository.name!r} cannot be registered ({error.strerror})"
            raise WarehouseUnwritable(self.root, reason) from error

    def _unpublish(self, folder: Path) -> None:
        """Remove a repository's documents from where they are published, the registration first."""
        if self.remote:
            place = self._name(folder)
            self.remote.delete([f"{place}/{REGISTRATION}"])
            for kind in ("pointers", "snapshots"):
                self.remote.delete([f"{place}/{kind}/{name}" for name in self.remote.names(f"{place}/{kind}")])

    def _name(self, path: Path) -> str:
        """What a file of the folder is called elsewhere."""
        return path.relative_to(self.root).as_posix()


def marker_path(root: Path) -> Path:
    """The document that makes a folder a warehouse."""
    return root / MARKER


def write_marker(path: Path) -> None:
    """Write the document that makes a folder a warehouse; its format is the document's own."""
    write_document(path, {"made": _now()})


def _state(root: Path) -> str:
    """`made` when the marker is there, `empty` when there is nothing to lose, else `foreign`."""
    try:
        if marker_path(root).exists():
            return "made"
        unknown = {path.name for path in root.iterdir()} - _MADE_BY_OTHERS
    except FileNotFoundError:
        return "empty"
    except NotADirectoryError:
        if root.exists():
            return "foreign"
        raise WarehouseUnwritable(root, "a part of its path is a file, not a folder") from None
    except OSError as error:
        raise WarehouseUnwritable(root, f"it cannot be read ({error.strerror})") from error
    return "foreign" if unknown else "empty"


def _read_registration(path: Path) -> Repository:
    body: dict[str, Any] = read_document(path)
    selection = Selection.from_document(body.get("selection", {}))
    return Repository(body["name"], body["root"], body["registered"], selection)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
