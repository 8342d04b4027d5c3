"""What the steps of one Dagster run share, as a resource: a session on a repository or the platform, and its waves."""

# Dagster reads the annotations of decorated functions, so they are not postponed in this module.
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, cast

from dagster import InitResourceContext, ResourceDefinition, resource

from pipeline_assets.orchestration.order import EventReader
from pipeline_assets.orchestration.waves import WaveLog
from pipeline_assets.project import Project
from pipeline_assets.runner import Session
from pipeline_assets.settings import Settings
from pipeline_assets.store.mirror import open_at
from pipeline_assets.store.names import PLATFORM

RUN = "run"
PARTITION_TAG = "dagster/partition"
OpenSession = Callable[[str, str], AbstractContextManager[Session]]
"""Opens a session, given the scope and the run id."""


@dataclass
class SharedRun:
    """One run's session, the waves that have not ended yet once the first step has counted them, and events read."""

    session: Session
    waves: WaveLog | None = None
    events: EventReader | None = None


def run_resource(open_session: OpenSession) -> ResourceDefinition:
    """The resource under `RUN`; with the in-process executor all steps of a run share it."""

    @resource(description="The run's session: one scope, one build lock, one DuckDB connection.")
    def _run(context: InitResourceContext) -> Iterator[SharedRun]:
        assert context.run is not None
        with open_session(context.run.tags.get(PARTITION_TAG, PLATFORM), context.run.run_id) as session:
            yield SharedRun(session)

    return _run


def session_opener(project: Project, settings: Settings) -> OpenSession:
    """Sessions on the warehouse that the settings name."""

    def _open(scope: str, run_id: str) -> Session:
        return Session(project, open_at(settings.warehouse, settings.cache), scope, settings, run_id)

    return _open


def run_of(context: Any) -> SharedRun:
    """What the step that `context` belongs to shares with the others of its run."""
    return cast("SharedRun", getattr(context.resources, RUN))
