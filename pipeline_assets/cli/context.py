"""What commands start from: settings, an opened warehouse, a connection on what it holds."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import typer
from pydantic import ValidationError

from pipeline_assets.inference.functions import MACROS
from pipeline_assets.settings import Settings, load_settings
from pipeline_assets.store.connection import connect, relation_view
from pipeline_assets.store.mirror import open_at
from pipeline_assets.store.names import PLATFORM
from pipeline_assets.store.parquet import verify_part
from pipeline_assets.store.snapshot import DatasetVersion
from pipeline_assets.store.warehouse import Warehouse


def settings_for(warehouse: Path | None, analysed: Sequence[Path] = (), profile: str | None = None) -> Settings:
    """The settings in force; one that cannot be is a usage error that names it."""
    try:
        return load_settings(tuple(analysed), warehouse=warehouse, profile=profile)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, p['loc']))}: {p['msg']}" for p in error.errors())
        raise typer.BadParameter(f"the settings (CPG_* environment, pyproject.toml) are wrong: {problems}") from error


def open_warehouse(warehouse: Path | None) -> tuple[Warehouse, Settings]:
    """The existing warehouse that flag, environment or pyproject name."""
    settings = settings_for(warehouse)
    return open_at(settings.warehouse, settings.cache), settings


def scopes_of(warehouse: Warehouse, repository: str | None) -> Iterable[str]:
    """One registered repository, or every one and the platform."""
    return [warehouse.repository(repository).name] if repository else warehouse.scopes()


def title(scope: str) -> str:
    """A scope as people call it."""
    return "the platform" if scope == PLATFORM else scope


@contextmanager
def bound_connection(
    warehouse: Warehouse, versions: Iterable[DatasetVersion], settings: Settings, ordered: bool = False
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection on which each dataset version is a view of its name, every byte of it verified first.

    With `ordered`, rows keep the order that a query asks for within itself, too.
    """
    with (
        tempfile.TemporaryDirectory(prefix="cpg-") as spill,
        connect(
            memory_limit=settings.memory_limit,
            threads=settings.thread_count,
            temp=Path(spill),
            macros=MACROS,
            ordered=ordered,
        ) as connection,
    ):
        for version in versions:
            for part in version.parts:
                verify_part(part, warehouse.root)
            relation_view(connection, version.dataset, version.parts, version.columns, warehouse.root)
        yield connection
