"""Errors of the store: what, where, what to do; attributes kept, picklable.

StoreError
├── WarehouseError             the warehouse folder itself
│   ├── NoWarehouse              nothing was ever built there
│   ├── NotAWarehouse            a folder or file of someone else
│   ├── WarehouseUnwritable      it cannot be created or written
│   ├── NewerWarehouse           made by a newer version of this program
│   ├── WarehouseBusy            a run is in progress, so nothing may be removed
│   ├── StoreUnreachable         object storage that does not answer, or refuses
│   └── CannotSwap               object storage without conditional puts
├── RepositoryError            one registered repository
│   ├── InvalidRepositoryName    the name cannot be a partition key or a folder
│   ├── UnknownRepository        nothing is registered under the name
│   └── RepositoryExists         the name belongs to another folder
├── LockHeld                   another process holds the lock for too long
├── CorruptionError            bytes on disk are not what was written
│   ├── CorruptPart              a Parquet file
│   └── CorruptDocument          a JSON document of the warehouse
├── SnapshotError              publishing and reading snapshots
│   ├── UnknownSnapshot          no snapshot has the id
│   ├── HeadMoved                another commit came first
│   └── NotConsistent            the snapshot cannot be shown to readers
├── SchemaMismatch             data does not fit its contract
├── UnstorableType             a contract's type has no stored form
└── QueryError                 SQL that a user sent
    ├── QueryRefused             not a single reading statement, or it reaches outside
    ├── QueryFailed              DuckDB rejected it
    └── QueryLimit               rows, seconds or memory ran out
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


class StoreError(Exception):
    """Base of everything the store raises on purpose."""


class WarehouseError(StoreError):
    """The warehouse cannot be used; `root` is the folder or URL where it was looked for."""

    def __init__(self, root: Path | str, reason: str) -> None:
        super().__init__(root, reason)
        self.root = root
        self.reason = reason

    def __str__(self) -> str:
        return f"warehouse {self.root}: {self.reason}"


class NoWarehouse(WarehouseError):
    """Nothing was ever built at the place."""

    def __init__(self, root: Path | str) -> None:
        super().__init__(root, "nothing has been built here; run `cpg build PATH` first, or set CPG_WAREHOUSE")
        self.args = (root,)


class NotAWarehouse(WarehouseError):
    """The place holds something else, which is left alone."""


class WarehouseUnwritable(WarehouseError):
    """The folder cannot be created or written."""


class NewerWarehouse(WarehouseError):
    """A newer version of this program wrote the warehouse."""

    def __init__(self, root: Path | str, found: int, known: int) -> None:
        super().__init__(
            root,
            f"it has format {found}, this program knows formats up to {known}; upgrade pipeline-assets "
            "or choose another warehouse",
        )
        self.args = (root, found, known)
        self.found = found
        self.known = known


class WarehouseBusy(WarehouseError):
    """A run is in progress, so nothing may be removed now."""

    def __init__(self, root: Path | str, runs: Sequence[str]) -> None:
        super().__init__(root, f"in use by {', '.join(runs)}; wait for it to end and try again")
        self.args = (root, tuple(runs))
        self.runs = tuple(runs)


class StoreUnreachable(WarehouseError):
    """Object storage does not answer, refuses, or needs a library that is not installed."""


class CannotSwap(WarehouseError):
    """Object storage lets two writers make the same object, so neither could know that it came first."""

    def __init__(self, root: str) -> None:
        super().__init__(root, "this store has no conditional put, which publishing relies on; choose another")
        self.args = (root,)


class RepositoryError(StoreError):
    """Something is wrong with one registered repository."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name, reason)
        self.name = name
        self.reason = reason

    def __str__(self) -> str:
        return f"repository {self.name!r}: {self.reason}"


class InvalidRepositoryName(RepositoryError):
    """The name cannot be a partition key or a folder."""


class UnknownRepository(RepositoryError):
    """Nothing is registered under the name."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        listed = ", ".join(repr(other) for other in known) or "none"
        super().__init__(name, f"it is not registered; registered are: {listed}; add it with `cpg add PATH`")
        self.args = (name, tuple(known))
        self.known = tuple(known)


class RepositoryExists(RepositoryError):
    """The name already belongs to another folder."""

    def __init__(self, name: str, root: str, wanted: str) -> None:
        super().__init__(
            name,
            f"the name belongs to {root}, not to {wanted}; give another name with --repository, or remove it first",
        )
        self.args = (name, root, wanted)
        self.root = root
        self.wanted = wanted


class LockHeld(StoreError):
    """Another process holds a lock for longer than we were told to wait."""

    def __init__(self, what: str, holder: str, waited: float) -> None:
        super().__init__(what, holder, waited)
        self.what = what
        self.holder = holder
        self.waited = waited

    def __str__(self) -> str:
        return (
            f"{self.what} is held by {self.holder}; gave up after {self.waited:g} s; wait for it to end and try again"
        )


class CorruptionError(StoreError):
    """Bytes on disk are not the bytes that were written."""


class CorruptPart(CorruptionError):
    """A Parquet file is missing or damaged; `path` is relative to the warehouse."""

    def __init__(self, dataset: str, path: str, reason: str) -> None:
        super().__init__(dataset, path, reason)
        self.dataset = dataset
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return (
            f"dataset {self.dataset}: the file {self.path} {self.reason}; "
            "run `cpg doctor --repair` and then `cpg build` to make it again"
        )


class CorruptDocument(CorruptionError):
    """A JSON document of the warehouse is missing or damaged."""

    def __init__(self, path: Path | str, reason: str) -> None:
        super().__init__(path, reason)
        self.path = Path(path)
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.args[0]} {self.reason}; run `cpg doctor --repair` to go back to the newest intact state"


class SnapshotError(StoreError):
    """A snapshot cannot be published or read."""

    def __init__(self, scope: str, snapshot: str, reason: str) -> None:
        super().__init__(scope, snapshot, reason)
        self.scope = scope
        self.snapshot = snapshot
        self.reason = reason

    def __str__(self) -> str:
        return f"snapshot {self.snapshot or '(none)'} of {self.scope!r}: {self.reason}"


class UnknownSnapshot(SnapshotError):
    """No snapshot has the id."""


class HeadMoved(SnapshotError):
    """Another commit came between reading the head and replacing it."""


class NotConsistent(SnapshotError):
    """The snapshot mixes versions that do not belong together, or a blocking check failed."""


class SchemaMismatch(StoreError):
    """Data does not fit its contract."""

    def __init__(self, dataset: str, column: str, reason: str) -> None:
        super().__init__(dataset, column, reason)
        self.dataset = dataset
        self.column = column
        self.reason = reason

    def __str__(self) -> str:
        where = f"{self.dataset}.{self.column}" if self.column else self.dataset
        return f"{where}: {self.reason}"


class UnstorableType(StoreError):
    """A contract's column type has no stored form."""

    def __init__(self, type_name: str, known: Sequence[str]) -> None:
        super().__init__(type_name, tuple(known))
        self.type_name = type_name
        self.known = tuple(known)

    def __str__(self) -> str:
        return f"the type {self.type_name!r} cannot be stored; use one of {', '.join(self.known)} or array<...> of one"


class QueryError(StoreError):
    """SQL that a user sent did not give an answer."""

    def __init__(self, sql: str, reason: str) -> None:
        super().__init__(sql, reason)
        self.sql = sql
        self.reason = reason

    def __str__(self) -> str:
        return self.reason


class QueryRefused(QueryError):
    """The SQL is not one reading statement over the warehouse's tables."""


class QueryFailed(QueryError):
    """DuckDB could not run the SQL."""


class QueryLimit(QueryError):
    """The SQL ran out of rows, seconds or memory."""
