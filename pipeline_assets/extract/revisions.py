"""The commit that a build was made of, kept with its tables."""

from __future__ import annotations

from dataclasses import replace

from ibis.expr.types import Table

from pipeline_assets.pipes import task
from pipeline_assets.sources.revision import REPOSITORY_REVISION

REVISIONS = replace(
    REPOSITORY_REVISION,
    name="revisions",
    description="The git commit that the tables of a repository are made of, or why there is none.",
    query="SELECT repository, commit_id, ref, committed_at, reason FROM revisions",
)


@task(REVISIONS)
def revisions(repository_revision: Table) -> Table:
    """Keep what was read."""
    return REVISIONS.select(repository_revision)
