"""`cpg serve`: the Dagster UI of the warehouse."""

from __future__ import annotations

from pathlib import Path

from pipeline_assets.cli.context import open_warehouse
from pipeline_assets.cli.terminal import say
from pipeline_assets.orchestration.metadata import EXPLORER
from pipeline_assets.orchestration.serve import serve


def serve_ui(port: int, read_only: bool, warehouse: Path | None) -> None:
    """Serve until interrupted; says the address once it answers."""
    _, settings = open_warehouse(warehouse)
    say("starting the UI, which takes some seconds")
    serve(settings.warehouse, port, read_only=read_only, ready=_tell, settings=settings)


def _tell(url: str) -> None:
    say(f"{url}  (stop it with Ctrl-C)")
    say(f"{url}{EXPLORER}  where columns come from and go to")
