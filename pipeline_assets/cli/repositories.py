"""`cpg add`, `remove` and `repositories`: what is registered, and how fresh its tables are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer

from pipeline_assets.cli.context import open_warehouse, settings_for
from pipeline_assets.cli.failures import FAILED, OK, is_handled
from pipeline_assets.cli.terminal import complain, emit_json, say, show_table
from pipeline_assets.extract.layers import UnknownLayer, chosen_layers
from pipeline_assets.project import load_project
from pipeline_assets.settings import Settings
from pipeline_assets.sources.tree import walk
from pipeline_assets.store.mirror import create_at
from pipeline_assets.store.publish import read
from pipeline_assets.store.selection import EVERYTHING, Selection
from pipeline_assets.store.warehouse import Repository, Warehouse


@dataclass(frozen=True, slots=True)
class Choices:
    """What the command line says about reading a repository; None where it says nothing."""

    include: list[str] | None = None
    exclude: list[str] | None = None
    layers: str | None = None
    rev: str | None = None
    import_roots: list[str] | None = None
    submodules: bool | None = None
    scip: Path | None = None
    runtime: list[str] | None = None

    def made(self) -> dict[str, Any]:
        """The choices as fields of `Selection`.

        A revision is asked for anew each time: without one, the files are read as they lie there.
        A layer that there is not is a usage error.
        """
        return {
            "include": self.include,
            "exclude": self.exclude,
            "layers": self._layers(),
            "rev": self.rev or "",
            "import_roots": self.import_roots,
            "submodules": self.submodules,
            "scip_index": None if self.scip is None else str(self.scip.resolve()),
            "runtime_modules": self.runtime,
        }

    def _layers(self) -> tuple[str, ...] | None:
        given = {"scip": self.scip is not None, "runtime": bool(self.runtime)}
        implied = [name for name, is_given in given.items() if is_given]
        if self.layers is None and not implied:
            return None
        try:
            return chosen_layers(",".join([self.layers or "", *implied]), load_project().layers)
        except UnknownLayer as error:
            raise typer.BadParameter(str(error), param_hint="--layers") from error


def add_repositories(
    paths: Sequence[Path],
    name: str | None,
    choices: Choices,
    warehouse: Path | None,
) -> int:
    """Register each path; one that cannot be does not stop the others. Returns the exit code."""
    refuse_shared_name(paths, name)
    settings = settings_for(warehouse, paths)
    place = create_at(settings.warehouse, settings.cache)
    made = choices.made()
    added = []
    for path in paths:
        try:
            added.append(register(place, path, name, made, settings))
        except Exception as error:
            if not is_handled(error):
                raise
            complain(str(error))
    for repository in added:
        say(f"{repository.name}: registered at {repository.root}; build it with `cpg build` or from the UI")
    if added:
        _partition(place, [repository.name for repository in added], ())
    return OK if len(added) == len(paths) else FAILED


def register(
    warehouse: Warehouse,
    path: Path,
    name: str | None,
    choices: Mapping[str, Any],
    settings: Settings,
) -> Repository:
    """Register the folder at `path`, after looking that there is Python to read in it."""
    root = path.resolve()
    called = name or root.name
    known = warehouse.repository(called).selection if warehouse.is_registered(called) else EVERYTHING
    walk(
        root,
        called,
        known.with_choices(choices),
        max_file_bytes=settings.max_file_bytes,
        max_files=settings.max_files,
    )
    return warehouse.register(called, root, **choices)


def refuse_shared_name(paths: Sequence[Path], name: str | None) -> None:
    """Several paths cannot have one name."""
    if name is not None and len(paths) > 1:
        raise typer.BadParameter("several paths cannot have one name; give one path", param_hint="--repository")


def remove_repository(name: str, warehouse: Path | None) -> None:
    """Forget a repository and its snapshots."""
    place, _ = open_warehouse(warehouse)
    place.unregister(name)
    if place.dagster_home.exists():
        _partition(place, (), [name])
    say(f"{name}: removed; its files go with the next sweep")


def list_repositories(as_json: bool, warehouse: Path | None) -> None:
    """Print what is registered."""
    place, _ = open_warehouse(warehouse)
    rows = [_described(place, repository) for repository in place.repositories()]
    if as_json:
        emit_json(rows)
    elif rows:
        show_table(("repository", "built", "age", "datasets", "rows", "MB", "folder", "choices"), _cells(rows))
    else:
        say("no repository is registered; `cpg build PATH` or `cpg add PATH` registers one")


def _described(warehouse: Warehouse, repository: Repository) -> dict[str, Any]:
    snapshot = read(warehouse, repository.name)
    versions = snapshot.datasets.values() if snapshot else ()
    selection = repository.selection
    return {
        "repository": repository.name,
        "root": repository.root,
        "exists": Path(repository.root).is_dir(),
        **{name: list(value) if isinstance(value, tuple) else value for name, value in asdict(selection).items()},
        "registered": repository.registered,
        "snapshot": snapshot.id if snapshot else None,
        "built": snapshot.created if snapshot else None,
        "age_seconds": _age(snapshot.created) if snapshot else None,
        "datasets": len(versions),
        "rows": sum(version.rows for version in versions),
        "bytes": sum(version.bytes for version in versions),
    }


def _cells(rows: Iterable[dict[str, Any]]) -> Iterable[tuple[object, ...]]:
    for row in rows:
        yield (
            row["repository"],
            (row["built"] or "never")[:19],
            "" if row["age_seconds"] is None else duration(row["age_seconds"]),
            row["datasets"],
            row["rows"],
            round(row["bytes"] / 1e6, 1),
            row["root"] if row["exists"] else f"{row['root']} (gone)",
            _chosen(row),
        )


def _chosen(row: dict[str, Any]) -> str:
    """The choices that somebody made, as they were given."""
    said = {field.name: row[field.name] for field in fields(Selection) if row[field.name]}
    return " ".join(f"{name}={','.join(value) if isinstance(value, list) else value}" for name, value in said.items())


def duration(seconds: float) -> str:
    """A span of time in its largest whole unit."""
    units = (("d", 86_400), ("h", 3_600), ("min", 60))
    return next((f"{int(seconds // size)} {unit}" for unit, size in units if seconds >= size), f"{int(seconds)} s")


def _age(created: str) -> float:
    return round((datetime.now(UTC) - datetime.fromisoformat(created)).total_seconds(), 3)


def _partition(warehouse: Warehouse, added: Sequence[str], removed: Sequence[str]) -> None:
    """Tell Dagster which partitions there are now."""
    from pipeline_assets.orchestration.instance import open_instance
    from pipeline_assets.orchestration.partitions import forget_repository, register_repository

    with open_instance(warehouse.dagster_home) as instance:
        for name in added:
            register_repository(instance, name)
        for name in removed:
            forget_repository(instance, name)
