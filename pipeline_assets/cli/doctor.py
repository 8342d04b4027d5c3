"""`cpg doctor`: settings with their origin, versions, and whether the warehouse is what was written."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from pipeline_assets.cli.context import settings_for
from pipeline_assets.cli.failures import FAILED, OK
from pipeline_assets.cli.terminal import emit_json, show, show_table
from pipeline_assets.settings import Settings, origins
from pipeline_assets.store.errors import StoreError
from pipeline_assets.store.mirror import mirror_folder, open_at
from pipeline_assets.store.repair import Damage, find_damage, repair, repair_mirror

PACKAGES = (
    "pipeline-assets",
    "dagster",
    "sf-hamilton",
    "rustworkx",
    "ibis-framework",
    "duckdb",
    "sqlglot",
    "pyarrow",
    "numpy",
)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    subject: str
    healthy: bool
    message: str


def examine(mend: bool, as_json: bool, warehouse: Path | None) -> int:
    """Look at everything, repair when asked to, and print it; returns the exit code."""
    settings = settings_for(warehouse)
    known = origins(settings, warehouse=warehouse)
    health, damage = _look(settings, mend)
    report: dict[str, Any] = {
        "settings": {name: {"value": str(value), "origin": origin} for name, (value, origin) in known.items()},
        "versions": dict(_versions()),
        "health": [asdict(finding) for finding in health],
        "damage": [{**asdict(found), "repaired": mend} for found in damage],
    }
    if as_json:
        emit_json(report)
    else:
        _show(report, health, damage, mend)
    return OK if all(finding.healthy for finding in health) else FAILED


def _look(settings: Settings, mend: bool) -> tuple[list[Finding], tuple[Damage, ...]]:
    place = settings.warehouse
    root = mirror_folder(place, settings.cache)
    if isinstance(place, Path) and not root.exists():
        return [Finding("warehouse", True, f"{root} does not exist yet; `cpg build PATH` makes it")], ()
    try:
        damage = _mended(settings, root) if mend else find_damage(root)
        return list(_findings(settings, root, () if mend else damage)), damage
    except StoreError as error:
        return [Finding("warehouse", False, str(error))], ()


def _mended(settings: Settings, root: Path) -> tuple[Damage, ...]:
    if isinstance(settings.warehouse, Path):
        return repair(root)
    return repair_mirror(open_at(settings.warehouse, settings.cache))


def _findings(settings: Settings, root: Path, damage: tuple[Damage, ...]) -> Iterator[Finding]:
    message = f"{len(damage)} damaged files; `cpg doctor --repair` goes back to what is intact" if damage else "intact"
    yield Finding("files", not damage, message)
    if damage:
        return
    warehouse = open_at(settings.warehouse, settings.cache)
    writable = os.access(root, os.W_OK)
    yield Finding("warehouse", writable, warehouse.address if writable else f"{root} may not be written by this user")
    for repository in warehouse.repositories():
        there = Path(repository.root).is_dir()
        message = repository.root if there else f"{repository.root} is gone; `cpg remove {repository.name}` forgets it"
        yield Finding(f"repository {repository.name}", there, message)


def _versions() -> Iterator[tuple[str, str]]:
    yield "python", f"{platform.python_version()} {platform.python_implementation()}"
    for name in PACKAGES:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            yield name, "not installed"


def _show(report: dict[str, Any], health: list[Finding], damage: tuple[Damage, ...], mended: bool) -> None:
    rows = [(name, item["value"], item["origin"]) for name, item in report["settings"].items()]
    show_table(("setting", "value", "from"), rows)
    show_table(("package", "version"), report["versions"].items())
    if damage:
        rows = [(found.path, found.reason, found.action) for found in damage]
        show_table(("damaged file", "how", "what was done" if mended else "what --repair does"), rows)
    for finding in health:
        show(f"{'ok' if finding.healthy else 'NOT OK':6}  {finding.subject}: {finding.message}")
    if damage and mended:
        show("now run `cpg build` to make again what was forgotten")
