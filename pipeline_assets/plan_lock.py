"""The plan lock: a compiled manifest and its SQL, kept on disk while nothing they were made from changes.

Compiling traces every task and rendering SQL walks every expression again: seconds that a process saves when the
package's own sources, the interpreter and the libraries are those that the lock was made with.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path

from pipeline_assets.inference.manifest import Manifest

KEPT = 8
"""How many locks stay in the cache folder: of other versions, interpreters and checkouts."""
LIBRARIES = ("duckdb", "ibis-framework", "sqlglot", "rustworkx")


@dataclass(frozen=True)
class Locked:
    """What the lock holds; `sql` maps a task or check to its SQL by output or projection, as far as it was rendered."""

    manifest: Manifest
    sql: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


class PlanLock:
    """The lock of one project: the modules its tasks are in, made from exactly the sources and libraries of now."""

    def __init__(self, modules: Iterable[str], folder: Path | None = None, mode: str = "reject") -> None:
        self._folder = folder or _cache_folder()
        self._path = self._folder / f"plan-{_source_key(modules, mode)}.json"

    def read(self) -> Locked | None:
        """What the lock holds; None when there is none that can be read."""
        try:
            data = json.loads(self._path.read_bytes())
            return Locked(Manifest.from_json(data["manifest"]), data["sql"])
        except (OSError, ValueError, KeyError):  # no lock, or one cut short: compiling makes it again
            return None

    def write(self, locked: Locked) -> None:
        """Keep it for the next process; a folder that cannot be written only costs that process its head start."""
        aside = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            text = json.dumps({"manifest": locked.manifest.to_json(), "sql": locked.sql})
            aside.write_text(text, encoding="utf-8")
            aside.replace(self._path)
            for old in sorted(self._folder.glob("plan-*.json"), key=lambda path: path.stat().st_mtime)[:-KEPT]:
                old.unlink(missing_ok=True)
        except OSError:
            aside.unlink(missing_ok=True)


def _cache_folder() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(cache).expanduser() / "pipeline-assets"


def _source_key(modules: Iterable[str], mode: str) -> str:
    """A digest of modules' names, the guards' mode, the package's sources, the interpreter, libraries that compile."""
    root = Path(__file__).parent
    digest = blake2b(platform.python_version().encode(), digest_size=16)
    digest.update(f"policy={mode};".encode())
    for name in sorted(modules):
        digest.update(f"{name};".encode())
    for name in LIBRARIES:
        digest.update(f"{name}={version(name)};".encode())
    for path in sorted(root.rglob("*.py")):
        digest.update(f"{path.relative_to(root).as_posix()}\0".encode() + path.read_bytes())
    return digest.hexdigest()
