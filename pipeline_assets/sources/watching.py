"""What a repository is at this moment, in the words that a build records: has it changed since it was built?"""

from __future__ import annotations

from pathlib import Path

from pipeline_assets.settings import Settings
from pipeline_assets.sources.given import rows_version
from pipeline_assets.sources.revision import REPOSITORY_REVISION, revision_rows, standing
from pipeline_assets.sources.tree import REPOSITORY_TREE, walk
from pipeline_assets.store.snapshot import Snapshot
from pipeline_assets.store.warehouse import Repository


def present_version(repository: Repository, settings: Settings) -> tuple[str, str]:
    """The name and version of the source that tells: git's commit, or the content of every file where there is no git.

    Raises what walking a folder raises. No file is opened where there is a commit.
    """
    tree = walk(
        Path(repository.root),
        repository.name,
        repository.selection,
        max_file_bytes=settings.max_file_bytes,
        max_files=settings.max_files,
    )
    if standing(tree.source).commit is None:
        return REPOSITORY_TREE.name, rows_version(tree.table)
    return REPOSITORY_REVISION.name, rows_version(revision_rows(repository, tree))


def was_built_from(snapshot: Snapshot | None, source: str, version: str) -> bool:
    """Whether something in the snapshot was made from this version of the source."""
    held = snapshot.datasets.values() if snapshot else ()
    return any(made.inputs.get(f"source:{source}") == version for made in held)
