"""The running interpreter's standard library, or parts of it, as a repository."""

from __future__ import annotations

import shutil
import sysconfig
from collections.abc import Collection
from pathlib import Path

LEFT_OUT = ("test", "tests", "idlelib", "site-packages", "__pycache__", "lib2to3", "turtledemo", "ensurepip")
"""Tests, programs with windows, and what is installed beside the library."""


def copied_library(folder: Path, parts: Collection[str] = ()) -> Path:
    """A copy of the library's Python files below `folder`, of the given modules and packages or of all."""
    source = Path(sysconfig.get_path("stdlib"))
    root = folder / "library"
    root.mkdir()
    for path in sorted(source.iterdir()):
        is_wanted = path.name in parts if parts else path.name not in LEFT_OUT and not path.name.startswith("config-")
        if path.is_dir() and is_wanted:
            ignored = shutil.ignore_patterns(*LEFT_OUT, "*.so", "*.pyc", "*.a")
            shutil.copytree(path, root / path.name, ignore=ignored)
        elif path.suffix == ".py" and is_wanted:
            shutil.copy(path, root / path.name)
    return root
