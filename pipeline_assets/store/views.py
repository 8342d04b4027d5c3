"""Views: what every reader can name, in `cpg query` and in the disposable `cpg.duckdb` alike.

A dataset's view is the union, by column name, of what every repository's readers see. `dataset_versions` says where
each part of that union comes from and whether today's plan made it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

import duckdb

from pipeline_assets.inference.contract import Contract
from pipeline_assets.store.columns import (
    StoredColumn,
    duckdb_type,
    empty_select,
    inline_select,
    literal,
    quote,
    stored_columns,
)
from pipeline_assets.store.connection import select_parts, select_records
from pipeline_assets.store.errors import QueryFailed
from pipeline_assets.store.names import PLATFORM
from pipeline_assets.store.parquet import Part, check_presence, verify_part
from pipeline_assets.store.publish import read
from pipeline_assets.store.records import RECORDS, record_parts
from pipeline_assets.store.snapshot import DatasetVersion, Snapshot
from pipeline_assets.store.warehouse import Warehouse

VERSIONS = "dataset_versions"
_VERSIONS_COLUMNS = (
    StoredColumn("repository", "string", False, "The repository; `*` for datasets over the whole platform."),
    StoredColumn("dataset", "string", False, "The dataset, which is also the view's name."),
    StoredColumn("snapshot", "string", False, "The snapshot that readers see."),
    StoredColumn("created", "string", False, "When the snapshot was published, UTC."),
    StoredColumn("data_version", "string", False, "Hash of the data."),
    StoredColumn("fingerprint", "string", False, "Identity of the plan that made it."),
    StoredColumn("is_current_plan", "boolean", True, "Whether today's plan has that identity; null when none does."),
    StoredColumn("rows", "int64", False, "Rows."),
    StoredColumn("bytes", "int64", False, "Bytes of Parquet."),
    StoredColumn("parts", "int64", False, "Parquet files."),
    StoredColumn("run_id", "string", False, "The run that made it."),
    StoredColumn("seconds", "float64", False, "How long that took."),
)


@dataclass(frozen=True, slots=True)
class Catalog:
    """What readers can name: datasets, views over them and macros."""

    contracts: tuple[Contract, ...]
    platform: frozenset[str] = frozenset()
    """The datasets of platform grain: they are read from the platform's snapshot, all others from the repositories'."""
    views: tuple[View, ...] = ()
    """Views over the datasets, in an order in which each only reads what comes before it."""
    macros: Mapping[str, str] = field(default_factory=dict)
    """Name → CREATE MACRO statement; made before the views, so a macro reads no dataset."""
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    """Today's plan of each dataset."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a macro; `default` is SQL, and without it the parameter must be given."""

    name: str
    description: str
    default: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """One view: its SELECT, what it says about itself, and the parts that it reads.

    With parameters it is a table macro: `FROM name(argument, parameter := argument)`.
    """

    name: str
    select: str
    description: str
    columns: Mapping[str, str] = field(default_factory=dict)
    """Descriptions of columns by name."""
    parts: tuple[Part, ...] = ()
    empty: str = ""
    """For a view over parts: the SELECT of the same columns without rows."""
    parameters: tuple[Parameter, ...] = ()


def visible_snapshots(
    warehouse: Warehouse, repository: str | None = None, snapshot_id: str | None = None
) -> tuple[Snapshot, ...]:
    """What readers see: of every repository, or of one and perhaps as it was; the platform's always."""
    if repository is None:
        found = [read(warehouse, scope) for scope in warehouse.scopes()]
    else:
        warehouse.repository(repository)
        found = [read(warehouse, repository, snapshot_id), read(warehouse, PLATFORM)]
    return tuple(snapshot for snapshot in found if snapshot)


def all_views(warehouse: Warehouse, catalog: Catalog, snapshots: Sequence[Snapshot]) -> Iterator[View]:
    """Every view in the order of creation: datasets, records, `dataset_versions`, views over them."""
    for contract in catalog.contracts:
        yield _dataset_view(warehouse.root, catalog, contract, snapshots)
    for contract in RECORDS:
        parts = record_parts(warehouse, contract)
        empty = empty_select(stored_columns(contract))
        select = select_records(parts, stored_columns(contract), warehouse.root)
        yield View(contract.name, select, contract.description, _descriptions(contract), parts, empty)
    yield View(
        VERSIONS,
        inline_select(_VERSIONS_COLUMNS, _version_rows(catalog, snapshots)),
        "One row per dataset and repository: the version that readers see, and whether today's plan made it.",
        {column.name: column.description for column in _VERSIONS_COLUMNS},
    )
    yield from catalog.views


def create_view(connection: duckdb.DuckDBPyConnection, view: View, root: Path) -> None:
    """Create a view or macro with its comments; `CorruptPart` when a file under it is lost or damaged."""
    for part in view.parts:
        check_presence(part, root)
    try:
        for statement in _statements(view):
            connection.execute(statement)
    except duckdb.Error as error:
        for part in view.parts:
            verify_part(part, root)
        raise QueryFailed(view.select, f"the view {view.name} cannot be made: {error}") from error


def _statements(view: View) -> Iterator[str]:
    """What makes a view or macro, and says what it and its columns are."""
    name = quote(view.name)
    if view.parameters:
        given = ", ".join(f"{p.name} := {p.default}" if p.default else p.name for p in view.parameters)
        yield f"CREATE MACRO {name}({given}) AS TABLE {view.select}"
        yield f"COMMENT ON MACRO TABLE {name} IS {literal(view.description)}"
        return
    yield f"CREATE VIEW {name} AS {view.select}"
    yield f"COMMENT ON VIEW {name} IS {literal(view.description)}"
    for column, description in view.columns.items():
        yield f"COMMENT ON COLUMN {name}.{quote(column)} IS {literal(description)}"


def _dataset_view(root: Path, catalog: Catalog, contract: Contract, snapshots: Sequence[Snapshot]) -> View:
    held = [(snapshot, version) for snapshot, version in _held(catalog, snapshots) if version.dataset == contract.name]
    versions = [version for _, version in held]
    older = [snapshot.repository for snapshot, version in held if _is_current(catalog, version) is False]
    flag = f" Made by an older plan for: {', '.join(older)}." if older else ""
    return View(
        contract.name,
        _union(versions, stored_columns(contract), root),
        contract.description + flag,
        _descriptions(contract),
        tuple(part for version in versions for part in version.parts),
        empty_select(stored_columns(contract)),
    )


def _held(catalog: Catalog, snapshots: Sequence[Snapshot]) -> Iterator[tuple[Snapshot, DatasetVersion]]:
    """The dataset versions that count: of platform grain from the platform, others from repositories."""
    for snapshot in snapshots:
        for name, version in snapshot.datasets.items():
            if (snapshot.repository == PLATFORM) == (name in catalog.platform):
                yield snapshot, version


def _is_current(catalog: Catalog, version: DatasetVersion) -> bool | None:
    today = catalog.fingerprints.get(version.dataset)
    return None if today is None else today == version.fingerprint


def _union(versions: Sequence[DatasetVersion], columns: tuple[StoredColumn, ...], root: Path) -> str:
    """One SELECT over all versions: in a single scan where their columns are alike, by name where they are older."""
    groups = groupby(sorted(versions, key=_layout), key=_layout)
    selects = [_as_today(list(group), columns, root) for _, group in groups]
    return " UNION ALL ".join(selects) or empty_select(columns)


def _layout(version: DatasetVersion) -> tuple[tuple[str, str], ...]:
    return tuple((column.name, column.type) for column in version.columns)


def _as_today(versions: Sequence[DatasetVersion], columns: tuple[StoredColumn, ...], root: Path) -> str:
    stored = {column.name: column for column in versions[0].columns}
    parts = [part for version in versions for part in version.parts]
    kept = [column for column in versions[0].columns if column.name in {today.name for today in columns}]
    typed = ", ".join(
        f"CAST({quote(c.name) if c.name in stored else 'NULL'} AS {duckdb_type(c.type)}) AS {quote(c.name)}"
        for c in columns
    )
    return f"SELECT {typed} FROM ({select_parts(parts, kept or versions[0].columns, root)})"


def _version_rows(catalog: Catalog, snapshots: Sequence[Snapshot]) -> Iterator[tuple[object, ...]]:
    for snapshot, version in _held(catalog, snapshots):
        yield (
            snapshot.repository,
            version.dataset,
            snapshot.id,
            snapshot.created,
            version.data_version,
            version.fingerprint,
            _is_current(catalog, version),
            version.rows,
            version.bytes,
            len(version.parts),
            version.run_id,
            version.seconds,
        )


def _descriptions(contract: Contract) -> dict[str, str]:
    return {column.name: column.description for column in contract.columns}
