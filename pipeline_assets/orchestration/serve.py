"""The Dagster UI of a warehouse on loopback: web server, daemon threads and one code server, behind the guard."""

from __future__ import annotations

import logging
import os
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

from pipeline_assets.orchestration.guard import Guard
from pipeline_assets.orchestration.instance import HOME_FOLDER, open_instance
from pipeline_assets.orchestration.launch import repository_origin

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
    warehouse: Path,
    port: int = PORT,
    *,
    read_only: bool = False,
    ready: Callable[[str], None] = lambda url: None,
) -> None:
    """Serve until interrupted; `ready` is called with the address once it answers. Read-only starts no daemon."""
    home = warehouse.absolute() / HOME_FOLDER
    with ExitStack() as stack:
        listener = stack.enter_context(_listen(port))
        instance = stack.enter_context(open_instance(home))
        stack.enter_context(_child_environment(warehouse, home))
        context = stack.enter_context(WorkspaceProcessContext(instance, _OwnLocation(), read_only=read_only))
        if not read_only:
            stack.enter_context(_daemon(context, instance))
        port = listener.getsockname()[1]
        hosts = {f"{LOOPBACK}:{port}", f"localhost:{port}"}
        app = Guard(create_app_from_workspace_process_context(context), hosts, read_only)
        _Server(app, lambda: ready(f"http://{LOOPBACK}:{port}")).run(sockets=[listener])


class _OwnLocation(WorkspaceLoadTarget):
    """Our definitions, wherever the package is installed; `workspace.yaml` says the same for Dagster's own commands."""

    def create_origins(self) -> Sequence[CodeLocationOrigin]:
        """The one code location."""
        return [repository_origin().code_location_origin]


class _Server(uvicorn.Server):
    def __init__(self, app: Guard, ready: Callable[[], None]) -> None:
        super().__init__(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=3))
        self._ready = ready

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
def _child_environment(warehouse: Path, home: Path) -> Iterator[None]:
    """What the code server and its run workers inherit: this warehouse, and a working folder that is ours.

    A child started with `-m` imports from its working folder first; were that an analysed repository, its modules
    would run.
    """
    before, folder = dict(os.environ), Path.cwd()
    os.environ |= {"CPG_WAREHOUSE": str(warehouse.absolute()), "DAGSTER_HOME": str(home), "PYTHONSAFEPATH": "1"}
    os.chdir(home)
    try:
        yield
    finally:
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def _daemon(context: WorkspaceProcessContext, instance: DagsterInstance) -> Iterator[DagsterDaemonController]:
    """Schedules and sensors, in threads of this process that share its code server."""
    logging.getLogger("dagster.daemon").setLevel(logging.WARNING)
    with ExitStack() as stack:
        daemons = [stack.enter_context(daemon) for daemon in create_daemons_from_instance(instance)]
        yield stack.enter_context(DagsterDaemonController(context, daemons))
