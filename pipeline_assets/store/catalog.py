"""The catalog file: `cpg.duckdb`, a disposable database of nothing but views, for any DuckDB client."""

from __future__ import annotations

import uuid
from pathlib import Path

import duckdb

from pipeline_assets.store.errors import WarehouseUnwritable
from pipeline_assets.store.parquet import STAGING
from pipeline_assets.store.views import Catalog, all_views, create_view, visible_snapshots
from pipeline_assets.store.warehouse import Warehouse


def build_catalog(warehouse: Warehouse, catalog: Catalog) -> Path:
    """Write `cpg.duckdb` beside the old one and swap it in; whoever has the old one open keeps it.

    Its paths are absolute, so that it works from any folder and has to be built again when the warehouse is moved.
    Two builds at once are safe: each swaps in a whole file, and the later one wins.
    """
    aside = warehouse.root / STAGING / f"catalog-{uuid.uuid4().hex}.duckdb"
    try:
        _write(warehouse, catalog, aside)
        aside.replace(warehouse.catalog)
    except (OSError, duckdb.IOException) as error:
        raise WarehouseUnwritable(warehouse.root, f"cpg.duckdb cannot be written ({error})") from error
    finally:
        aside.unlink(missing_ok=True)
    return warehouse.catalog


def _write(warehouse: Warehouse, catalog: Catalog, path: Path) -> None:
    with duckdb.connect(path, config={"python_enable_replacements": False}) as connection:
        connection.begin()
        for statement in catalog.macros.values():
            connection.execute(statement)
        for view in all_views(warehouse, catalog, visible_snapshots(warehouse)):
            create_view(connection, view, warehouse.root)
        connection.commit()
