"""What is given about a repository from outside: the declared sources, each with how its rows are found.

Everything else that a plan reads is made by a task.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa

from pipeline_assets.inference.contract import Contract
from pipeline_assets.sources.revision import REPOSITORY_REVISION, revision_rows
from pipeline_assets.sources.runtime_targets import RUNTIME_TARGETS, runtime_target_rows
from pipeline_assets.sources.scip_index import SCIP_INDEX, scip_index_rows
from pipeline_assets.sources.tree import REPOSITORY_TREE, Tree
from pipeline_assets.store.warehouse import Repository


@dataclass(frozen=True, slots=True)
class Given:
    """A declared source of a repository."""

    contract: Contract
    rows: Callable[[Repository, Tree], pa.Table]


GIVEN: tuple[Given, ...] = (
    Given(REPOSITORY_TREE, lambda repository, tree: tree.table),
    Given(REPOSITORY_REVISION, revision_rows),
    Given(SCIP_INDEX, lambda repository, tree: scip_index_rows(repository.name, repository.selection)),
    Given(RUNTIME_TARGETS, lambda repository, tree: runtime_target_rows(repository.name, repository.selection)),
)


def rows_version(rows: pa.Table) -> str:
    """A digest of every row: equal iff nothing changed."""
    digest = hashlib.blake2b(repr(rows.schema.names).encode(), digest_size=20)
    for row in rows.to_pylist():
        digest.update(repr(tuple(row.values())).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
