"""Worker processes that owe nothing to the parent's main module or working directory.

`multiprocessing` starts its helpers with `python -c`, which puts the working directory (often the analysed repository)
on their import path, and has every child import the parent's main module again. Both are undone here.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import forkserver, popen_forkserver
from multiprocessing.context import ForkServerContext, ForkServerProcess
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import ModuleType
from typing import Any

from pipeline_assets.extract.worker import PACKAGE_ROOT

PRELOADED = ["pebble.pool.process", "pipeline_assets.extract._preload"]

TUNING = {
    "MALLOC_MMAP_THRESHOLD_": str(1 << 30),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 30),
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "OPENBLAS_NUM_THREADS": "1",
}
"""glibc gives the memory of every large array back, only to have the kernel zero it for the next one, which costs as
much as computing the arrays, and so does Arrow's own pool; numpy would start threads for linear algebra, and a server
that forks has none."""

_lock = threading.Lock()


class UnsafeInterpreter(Exception):
    """The interpreter was started so that its children would import from the working directory."""

    def __str__(self) -> str:
        return (
            "python was started with -E but without -P: worker processes would import modules from the working "
            "directory; start it with -P or -I as well, or without -E"
        )


class CleanContext(ForkServerContext):
    """A fork server context whose children import nothing of the parent's."""

    def Process(self, *args: Any, **kwargs: Any) -> _Process:  # type: ignore[override]
        """A process that will not import the parent's main module."""
        start_server()
        return _Process(*args, **kwargs)


def start_server() -> None:
    """Start the fork server, if it is not running, away from the working directory and with the extractors loaded."""
    if sys.flags.ignore_environment and not sys.flags.safe_path:
        raise UnsafeInterpreter
    with _lock, _environment(PYTHONSAFEPATH="1", PYTHONPATH=_import_path(), **TUNING):
        forkserver.set_forkserver_preload(PRELOADED)
        forkserver.ensure_running()


def _import_path() -> str:
    """PYTHONPATH for the server: this package's home, and the folders asked for, except the one we are in."""
    asked = [Path(entry) for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    kept = [str(entry) for entry in asked if entry.is_absolute() and entry.resolve() != Path.cwd()]
    return os.pathsep.join(dict.fromkeys([str(PACKAGE_ROOT), *kept]))


@contextmanager
def _environment(**values: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


class _Process(ForkServerProcess):
    @staticmethod
    def _Popen(process: BaseProcess) -> popen_forkserver.Popen:
        with _lock, _without_main():
            return popen_forkserver.Popen(process)


@contextmanager
def _without_main() -> Iterator[None]:
    """Hide the main module while a child is described, so that the child is not told to import it."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
