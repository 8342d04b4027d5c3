"""Sensors: which repositories there are, and which of them have changed."""

# Dagster reads the annotations of decorated functions, so they are not postponed in this module.
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from dagster import (
    DefaultSensorStatus,
    RunRequest,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    sensor,
)

from pipeline_assets.orchestration.jobs import BUILD
from pipeline_assets.orchestration.partitions import REPOSITORIES, REPOSITORY
from pipeline_assets.settings import Settings
from pipeline_assets.sources.errors import SourceError
from pipeline_assets.sources.tree import walk
from pipeline_assets.sources.watching import present_version, was_built_from
from pipeline_assets.store.errors import StoreError
from pipeline_assets.store.mirror import open_at
from pipeline_assets.store.names import check_repository_name
from pipeline_assets.store.publish import head
from pipeline_assets.store.selection import EVERYTHING
from pipeline_assets.store.warehouse import Repository, Warehouse

SECONDS = 30


@dataclass(frozen=True)
class Seen:
    """The repositories of the last tick, and those below the root that were removed by hand."""

    known: frozenset[str] = frozenset()
    left_out: frozenset[str] = frozenset()

    @classmethod
    def read(cls, cursor: str | None) -> "Seen":
        """What the sensor remembered."""
        body = json.loads(cursor) if cursor else {}
        return cls(frozenset(body.get("known", ())), frozenset(body.get("left_out", ())))

    def written(self) -> str:
        """How the sensor remembers it."""
        return json.dumps({"known": sorted(self.known), "left_out": sorted(self.left_out)})


@dataclass
class Reconciled:
    """What there is now, which partitions must come and go for it, and what was done about it."""

    seen: Seen
    add: list[str] = field(default_factory=list)
    drop: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


def changes_sensor(settings: Settings) -> SensorDefinition:
    """Asks for a build of each repository that is not what its snapshot was built from, once for each state of it."""

    @sensor(
        name="changes",
        job_name=BUILD,
        minimum_interval_seconds=SECONDS,
        default_status=DefaultSensorStatus.RUNNING if settings.watch else DefaultSensorStatus.STOPPED,
        description="Builds a repository when its git HEAD moved, or its files changed where there is no git.",
    )
    def _changes(context: SensorEvaluationContext) -> SensorResult | SkipReason:
        warehouse = open_at(settings.warehouse, settings.cache)
        partitions = set(context.instance.get_dynamic_partitions(REPOSITORY))
        wanted = [repository for repository in warehouse.repositories() if repository.name in partitions]
        requests: list[RunRequest] = []
        problems: list[str] = []
        for repository in wanted:
            try:
                requests += _requests(warehouse, repository, settings)
            except (SourceError, StoreError, OSError) as error:
                problems.append(f"{repository.name}: {error}")
        for problem in problems:
            context.log.warning(problem)
        if not requests:
            return SkipReason("; ".join(problems) or f"{len(wanted)} repositories are as they were built")
        return SensorResult(requests)

    return _changes


def repositories_sensor(settings: Settings) -> SensorDefinition:
    """Keeps the registered repositories, the partitions in the UI and the folders below the root in step."""

    @sensor(
        name="repositories",
        minimum_interval_seconds=SECONDS,
        default_status=DefaultSensorStatus.RUNNING,
        description="Registers what appears in CPG_REPOSITORIES or is added as a partition; forgets what is removed.",
    )
    def _repositories(context: SensorEvaluationContext) -> SensorResult | SkipReason:
        warehouse = open_at(settings.warehouse, settings.cache)
        present = context.instance.get_dynamic_partitions(REPOSITORY)
        result = reconcile(warehouse, settings, Seen.read(context.cursor), present)
        for text in result.said:
            context.log.info(text)
        context.update_cursor(result.seen.written())
        requests = [REPOSITORIES.build_add_request(result.add)] if result.add else []
        drops = [REPOSITORIES.build_delete_request(result.drop)] if result.drop else []
        if not requests and not drops:
            return SkipReason("; ".join(result.said) or f"{len(result.seen.known)} repositories, as before")
        return SensorResult(dynamic_partitions_requests=[*requests, *drops])

    return _repositories


def reconcile(warehouse: Warehouse, settings: Settings, seen: Seen, partitions: Iterable[str]) -> Reconciled:
    """Bring registrations and partitions to what was last wished, wherever that was said.

    What the last tick knew and is gone on one side was removed there; what it did not know was added.
    """
    registered = {repository.name for repository in warehouse.repositories()}
    present = set(partitions)
    done = Reconciled(seen)
    for name in sorted((registered & seen.known) - present):
        if _attempt(done, f"{name}: removed", partial(warehouse.unregister, name)):
            registered.discard(name)
    removed = seen.known - registered
    for name in sorted(present - registered - seen.known):
        if _attempt(done, f"{name}: registered", partial(_register, warehouse, settings, name)):
            registered.add(name)
    left_out = (seen.left_out | removed) - registered
    for name in sorted(_below_root(settings) - registered - left_out):
        if _attempt(done, f"{name}: registered", partial(_register, warehouse, settings, name)):
            registered.add(name)
    done.add, done.drop = sorted(registered - present), sorted(present - registered)
    done.seen = Seen(frozenset(registered), frozenset(left_out))
    return done


class NotBelowRootError(LookupError):
    """A partition that was added and is no folder; says what to do."""

    def __init__(self, name: str, root: Path | None) -> None:
        super().__init__(name, root)
        self.name, self.root = name, root

    def __str__(self) -> str:
        if self.root is None:
            return "no folder is known for it: set CPG_REPOSITORIES to the folder above it, or use `cpg add`"
        return f"there is no folder of that name in {self.root}; the partition is removed"


def _requests(warehouse: Warehouse, repository: Repository, settings: Settings) -> Iterator[RunRequest]:
    source, version = present_version(repository, settings)
    if not was_built_from(head(warehouse, repository.name), source, version):
        yield RunRequest(run_key=f"{repository.name}@{version}", partition_key=repository.name)


def _attempt(done: Reconciled, text: str, act: Callable[[], object]) -> bool:
    """Do it, and tell what came of it; a repository that cannot be read does not stop the others."""
    try:
        act()
    except (SourceError, StoreError, NotBelowRootError, OSError) as error:
        done.said.append(f"{text.partition(':')[0]}: {error}")
        return False
    done.said.append(text)
    return True


def _below_root(settings: Settings) -> set[str]:
    """The folders that a configured root holds, hidden ones and odd names left out."""
    if settings.repositories is None or not settings.repositories.is_dir():
        return set()
    folders = (path for path in settings.repositories.iterdir() if path.is_dir() and not path.is_symlink())
    return {path.name for path in folders if not path.name.startswith(".") and _is_name(path.name)}


def _is_name(name: str) -> bool:
    try:
        check_repository_name(name)
    except StoreError:
        return False
    return True


def _register(warehouse: Warehouse, settings: Settings, name: str) -> None:
    """Register the folder of that name, after looking that there is Python to read in it."""
    root = settings.repositories
    check_repository_name(name)
    if root is None or name not in _below_root(settings):
        raise NotBelowRootError(name, root)
    walk(root / name, name, EVERYTHING, max_file_bytes=settings.max_file_bytes, max_files=settings.max_files)
    warehouse.register(name, root / name)
