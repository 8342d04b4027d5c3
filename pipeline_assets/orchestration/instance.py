"""The Dagster instance of a warehouse: a home under `<warehouse>/dagster` with our settings in it.

Runs and events are kept in SQLite files there, or in the PostgreSQL database that CPG_INSTANCE_URL names. That is read
from the environment alone, and by name: an address may hold a password, which belongs into no file.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from dagster import DagsterInstance
from dagster._core.instance.ref import InstanceRef
from filelock import FileLock

SETTINGS_FILE = "dagster.yaml"
INSTANCE_URL = "CPG_INSTANCE_URL"
_IN_FILES = """\
event_log_storage:
  module: pipeline_assets.orchestration.event_log
  class: OneFileEventLog
  config:
    base_dir: {folder}"""
_IN_POSTGRES = f"""\
storage:
  postgres:
    postgres_url:
      env: {INSTANCE_URL}"""

_KEEP_OUTPUT: Mapping[str, Any] = {
    "compute_logs": {"module": "dagster._core.storage.noop_compute_log_manager", "class": "NoOpComputeLogManager"}
}


class NoPostgresError(RuntimeError):
    """A PostgreSQL database is asked for, and what speaks to it is not installed."""

    def __str__(self) -> str:
        return f"{INSTANCE_URL} is set, and dagster-postgres is not installed; pip install 'pipeline-assets[postgres]'"


def open_instance(home: Path, *, capture_output: bool = True) -> DagsterInstance:
    """The persistent instance living in `home`, created on first use; it is a context manager that closes itself.

    Without `capture_output` the runs of this process leave its stdout and stderr alone: Dagster would turn them into
    files that child processes copy back to the terminal, and no progress bar survives that.
    """
    prepare_home(home)
    overrides = {} if capture_output else _KEEP_OUTPUT
    # Dagster creates its tables without a lock: two first builds at once would trip over each other.
    with FileLock(home / ".opening"):
        return DagsterInstance.from_ref(InstanceRef.from_dir(str(home.absolute()), overrides=overrides))


def prepare_home(home: Path) -> None:
    """Create `home` and ship the current settings into it: telemetry and pop-up off, runs in a short queue."""
    home.mkdir(parents=True, exist_ok=True)
    target = home / SETTINGS_FILE
    settings = _settings(home)
    if not target.exists() or target.read_text(encoding="utf-8") != settings:
        _replace(target, settings)


def _settings(home: Path) -> str:
    return files(__package__).joinpath(SETTINGS_FILE).read_text(encoding="utf-8").format(storage=_storage(home))


def _storage(home: Path) -> str:
    url = os.environ.get(INSTANCE_URL)
    if not url:
        # A JSON string is a YAML string, whatever the path holds.
        return _IN_FILES.format(folder=json.dumps(str(home.absolute() / "storage")))
    if find_spec("dagster_postgres") is None:
        raise NoPostgresError
    # SQLAlchemy would take another driver for the bare scheme than the one that Dagster's library brings along.
    os.environ[INSTANCE_URL] = re.sub(r"^postgres(ql)?://", "postgresql+psycopg2://", url)
    return _IN_POSTGRES


def _replace(target: Path, text: str) -> None:
    # Aside and renamed: the web server or a second build may read the file at this very moment.
    aside = target.with_name(f".{target.name}.{os.getpid()}")
    aside.write_text(text, encoding="utf-8")
    aside.replace(target)
