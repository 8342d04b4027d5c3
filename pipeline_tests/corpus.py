"""Real packages to test with: pinned source distributions, downloaded once and kept.

`CPG_CORPUS` names the folder that keeps them; without it, `.cache/corpus` beside the sources.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

VERSIONS = {"django": "5.2.19", "flask": "3.1.3", "requests": "2.34.2", "rich": "15.0.0"}


def source_of(package: str) -> Path:
    """The unpacked source distribution of a package, at the pinned version."""
    folder = _kept_in() / f"{package}-{VERSIONS[package]}"
    if not folder.exists():
        _fetch(package, folder)
    return folder


def _kept_in() -> Path:
    configured = os.environ.get("CPG_CORPUS")
    return Path(configured) if configured else Path(__file__).parents[1] / ".cache" / "corpus"


def _fetch(package: str, folder: Path) -> None:
    """Download and unpack beside the final place, then move: a broken download leaves nothing behind."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as made:
        wanted = f"{package}=={VERSIONS[package]}"
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-binary", package, "--dest", made, wanted]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        (archive,) = Path(made).glob("*.tar.gz")
        with tarfile.open(archive) as packed:
            packed.extractall(made, filter="data")
        (unpacked,) = (path for path in Path(made).iterdir() if path.is_dir())
        unpacked.rename(folder)
