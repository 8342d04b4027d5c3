"""The Dagster UI of a warehouse on loopback: web server, daemon threads and one code server, behind the guard."""

from __future__ import annotations

import logging
import os
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import uvicorn
from dagster import DagsterInstance
from dagster._core.remote_origin import CodeLocationOrigin
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import WorkspaceLoadTarget
from dagster._daemon.controller import DagsterDaemonController, create_daemons_from_instance
from dagster_webserver.app import create_app_from_workspace_process_context

from pipeline_assets.orchestration.builds import close_orphans
from pipeline_assets.orchestration.explorer import WithExplorer
from pipeline_assets.orchestration.guard import Guard
from pipeline_assets.orchestration.instance import open_instance
from pipeline_assets.orchestration.launch import repository_origin
from pipeline_assets.orchestration.partitions import sync_repositories
from pipeline_assets.settings import Settings, load_settings
from pipeline_assets.store.mirror import open_at
from pipeline_assets.store.warehouse import Warehouse

LOOPBACK = "127.0.0.1"
PORT = 3000


class PortInUseError(OSError):
    """The wanted port is taken; says which and what to do."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.port = port

    def __str__(self) -> str:
        return f"port {self.port} is in use on {LOOPBACK}; stop what uses it or choose another with --port"


def serve(
    warehouse: Path | str,
    port: int = PORT,
    *,
    read_only: bool = False,
    ready: Callable[[str], None] = lambda url: None,
    settings: Settings | None = None,
) -> None:
    """Serve until interrupted; `ready` is called with the address once it answers. Read-only starts no daemon."""
    settings = settings or load_settings()
    place = open_at(warehouse, settings.cache)
    with ExitStack() as stack:
        listener = stack.enter_context(_listen(port))
        instance = stack.enter_context(open_instance(place.dagster_home))
        sync_repositories(instance, [repository.name for repository in place.repositories()])
        close_orphans(instance, place)
        stack.enter_context(_child_environment(place, settings))
        context = stack.enter_context(_workspace(instance, read_only))
        if not read_only:
            stack.enter_context(daemon(context, instance))
        port = listener.getsockname()[1]
        hosts = {f"{LOOPBACK}:{port}", f"localhost:{port}"}
        app = Guard(WithExplorer(create_app_from_workspace_process_context(context)), hosts, read_only)
        _Server(app, lambda: ready(f"http://{LOOPBACK}:{port}")).run(sockets=[listener])


def _workspace(instance: DagsterInstance, read_only: bool) -> WorkspaceProcessContext:
    return WorkspaceProcessContext(instance, _OwnLocation(), read_only=read_only, code_server_log_level="WARNING")


class _OwnLocation(WorkspaceLoadTarget):
    """Our definitions, wherever the package is installed; `workspace.yaml` says the same for Dagster's own commands."""

    def create_origins(self) -> Sequence[CodeLocationOrigin]:
        """The one code location."""
        return [repository_origin().code_location_origin]


class _Server(uvicorn.Server):
    def __init__(self, app: Guard, ready: Callable[[], None]) -> None:
        super().__init__(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=3))
        self._ready = ready

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on the usual signals, and end there: uvicorn would raise them again, past our clean-up."""
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to answer, then say so."""
        await super().startup(sockets)
        self._ready()


@contextmanager
def _listen(port: int) -> Iterator[socket.socket]:
    """A listening socket, taken before anything slow starts."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, port))
        except OSError as error:
            raise PortInUseError(port) from error
        yield listener


@contextmanager
def _child_environment(warehouse: Warehouse, settings: Settings) -> Iterator[None]:
    """What the code server and its run workers inherit: this warehouse, the settings, and a working folder of ours.

    A child started with `-m` imports from its working folder first; were that an analysed repository, its modules
    would run.
    """
    before, folder = dict(os.environ), Path.cwd()
    home = str(warehouse.dagster_home)
    os.environ |= {f"CPG_{name.upper()}": text for name, text in _texts(settings).items()}
    os.environ |= {"CPG_WAREHOUSE": warehouse.address, "DAGSTER_HOME": home, "PYTHONSAFEPATH": "1"}
    os.chdir(home)
    try:
        yield
    finally:
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(before)


def _texts(settings: Settings) -> dict[str, str]:
    """The settings as a child reads them from its environment; it has another working folder, so paths are whole."""
    values = {name: getattr(settings, name) for name in Settings.model_fields}
    resolved = {name: value.resolve() if isinstance(value, Path) else value for name, value in values.items()}
    return {name: str(value) for name, value in resolved.items() if value is not None}


@contextmanager
def daemon(context: WorkspaceProcessContext, instance: DagsterInstance) -> Iterator[DagsterDaemonController]:
    """Schedules and sensors, in threads of this process that share its code server."""
    logging.getLogger("dagster.daemon").setLevel(logging.WARNING)
    with ExitStack() as stack:
        daemons = [stack.enter_context(daemon) for daemon in create_daemons_from_instance(instance)]
        yield stack.enter_context(DagsterDaemonController(context, daemons))
