"""The plan lock: a compiled manifest and its SQL, kept on disk while nothing they were made from changes.

Compiling traces every task and rendering SQL walks every expression again: seconds that a process saves when the
package's own sources, the interpreter and the libraries are those that the lock was made with.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path

from pipeline_assets.inference.manifest import Manifest

LIBRARIES = ("duckdb", "ibis-framework", "sqlglot", "rustworkx")


@dataclass(frozen=True)
class Locked:
    """What the lock holds; `sql` maps a task or check to its SQL by output or projection, as far as it was rendered."""

    manifest: Manifest
    sql: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def read_lock() -> Locked | None:
    """The lock made from exactly these sources and libraries; None when there is none that can be read."""
    try:
        data = json.loads(_path().read_bytes())
        return Locked(Manifest.from_json(data["manifest"]), data["sql"])
    except (OSError, ValueError, KeyError):  # no lock, or one cut short: compiling makes it again
        return None


def write_lock(locked: Locked) -> None:
    """Keep the lock for the next process; a folder that cannot be written only costs that process its head start."""
    path = _path()
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside.write_text(json.dumps({"manifest": locked.manifest.to_json(), "sql": locked.sql}), encoding="utf-8")
        aside.replace(path)
    except OSError:
        aside.unlink(missing_ok=True)


def _path() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(cache).expanduser() / "pipeline-assets" / f"plan-{_source_key()}.json"


def _source_key() -> str:
    """A digest of every module of the package, the interpreter and the libraries that compiling uses."""
    root = Path(__file__).parent
    digest = blake2b(platform.python_version().encode(), digest_size=16)
    for name in LIBRARIES:
        digest.update(f"{name}={version(name)};".encode())
    for path in sorted(root.rglob("*.py")):
        digest.update(f"{path.relative_to(root).as_posix()}\0".encode() + path.read_bytes())
    return digest.hexdigest()
