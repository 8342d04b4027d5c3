"""Where the objects of a submodule are."""

from __future__ import annotations

import os
from pathlib import Path

from pipeline_assets.sources.git import GitPlace, git_dir_of

MODULES = "modules"


def submodule_dir(place: GitPlace, path: bytes) -> Path | None:
    """The repository of the submodule at a path of the work tree: there, or among those that were fetched."""
    name = os.fsdecode(path)
    checked_out = git_dir_of(place.top / name) if place.top else None
    fetched = place.common_dir / MODULES / name
    return checked_out or (fetched if (fetched / "HEAD").is_file() else None)
