"""The commit that a repository's files are of: the revision that was asked for, or what its work tree stands on."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa

from pipeline_assets.inference.contract import Column, Contract
from pipeline_assets.sources.commits import Commit
from pipeline_assets.sources.errors import GitUnreadable
from pipeline_assets.sources.git import GitPlace, find_git, library, open_repository, read_object
from pipeline_assets.sources.reading import Source, WorkingFolder
from pipeline_assets.sources.tree import Tree
from pipeline_assets.store.columns import arrow_schema, stored_columns
from pipeline_assets.store.warehouse import Repository

NO_REPOSITORY = "it is not a git repository"
NO_COMMIT = "its git repository has no commit yet"

REPOSITORY_REVISION = Contract(
    name="repository_revision",
    layer="extract",
    description="The git commit that a repository's files are of, or why there is none.",
    columns=(
        Column("repository", "string", "Name of the repository."),
        Column("commit_id", "string", "The commit that was read, or that the files as they lie there stand on.", True),
        Column("ref", "string", "The branch that is checked out, in full; none for a revision or a lone commit.", True),
        Column("revision", "string", "The revision that was asked for; none when the files were read.", True),
        Column("committed_at", "string", "When the commit was made: ISO 8601, UTC.", True),
        Column("folder", "string", "The folder that was read, from the top of the work tree; empty for the top.", True),
        Column("boundary", "string", "Digest of where a shallow clone's history ends; none when it is whole.", True),
        Column("reason", "string", "Why there is no commit.", True),
    ),
    key=("repository",),
    query="SELECT * FROM repository_revision",
)


@dataclass(frozen=True, slots=True)
class Standing:
    """The git repository and commit behind a source."""

    place: GitPlace | None = None
    commit: str | None = None
    ref: str | None = None
    committed_at: str | None = None
    reason: str | None = None


def standing(source: Source) -> Standing:
    """What is behind a source; whatever keeps that from being told is the reason."""
    try:
        if isinstance(source, Commit):
            return _dated(Standing(GitPlace(source.git_dir, None, source.prefix), source.commit))
        place = find_git(source.root) if isinstance(source, WorkingFolder) else None
        return _dated(_head(place)) if place else Standing(reason=NO_REPOSITORY)
    except GitUnreadable as error:
        return Standing(reason=str(error))


def revision_rows(repository: Repository, tree: Tree) -> pa.Table:
    """The row of a repository."""
    found = standing(tree.source)
    row = {
        "repository": repository.name,
        "commit_id": found.commit,
        "ref": found.ref,
        "revision": repository.selection.rev or None,
        "committed_at": found.committed_at,
        "folder": found.place and found.place.prefix.decode("utf-8", "backslashreplace"),
        "boundary": found.place and _boundary(found.place.common_dir),
        "reason": found.reason,
    }
    return pa.Table.from_pylist([row], arrow_schema(stored_columns(REPOSITORY_REVISION)))


def utc_text(seconds: int) -> str | None:
    """A time as ISO 8601 in UTC; none outside the calendar, since commits can claim any time."""
    try:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    except OverflowError:
        return None
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment.year >= 1000 else None


def _head(place: GitPlace) -> Standing:
    with open_repository(place.git_dir) as repository:
        if repository.head_is_unborn:
            return Standing(place, reason=NO_COMMIT)
        head = repository.head
        name = None if repository.head_is_detached else head.raw_name.decode("utf-8", "backslashreplace")
        return Standing(place, str(head.peel(library().Commit).id), name)


def _dated(found: Standing) -> Standing:
    if found.place is None or found.commit is None:
        return found
    with open_repository(found.place.git_dir) as repository:
        commit = read_object(repository, library().Oid(hex=found.commit))
        return replace(found, committed_at=utc_text(commit.commit_time))


def _boundary(common_dir: Path) -> str | None:
    try:
        cut = (common_dir / "shallow").read_bytes()
    except OSError:
        return None
    return hashlib.sha256(cut).hexdigest() if cut else None
