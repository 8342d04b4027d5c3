"""The Dagster instance of a warehouse: a SQLite home under `<warehouse>/dagster` with our settings in it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from dagster import DagsterInstance
from dagster._core.instance.ref import InstanceRef
from filelock import FileLock

SETTINGS_FILE = "dagster.yaml"


_KEEP_OUTPUT: Mapping[str, Any] = {
    "compute_logs": {"module": "dagster._core.storage.noop_compute_log_manager", "class": "NoOpComputeLogManager"}
}


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
    # A JSON string is a YAML string, whatever the path holds.
    template = files(__package__).joinpath(SETTINGS_FILE).read_text(encoding="utf-8")
    return template.format(storage=json.dumps(str(home.absolute() / "storage")))


def _replace(target: Path, text: str) -> None:
    # Aside and renamed: the web server or a second build may read the file at this very moment.
    aside = target.with_name(f".{target.name}.{os.getpid()}")
    aside.write_text(text, encoding="utf-8")
    aside.replace(target)
