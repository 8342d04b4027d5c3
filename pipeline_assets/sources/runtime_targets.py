"""The modules of a repository that may be imported: those that were named, and no other."""

from __future__ import annotations

import pyarrow as pa

from pipeline_assets.inference.contract import Column, Contract
from pipeline_assets.store.columns import arrow_schema, stored_columns
from pipeline_assets.store.selection import Selection

RUNTIME_TARGETS = Contract(
    name="runtime_targets",
    layer="extract",
    description="The modules of a repository that may be imported, in a sandbox; no row where none was named.",
    columns=(
        Column("repository", "string", "Name of the repository."),
        Column("module", "string", "Dotted name of the module."),
    ),
    key=("repository", "module"),
    query="SELECT * FROM runtime_targets",
)


def runtime_target_rows(repository: str, selection: Selection) -> pa.Table:
    """One row per module that was named, sorted."""
    rows = [{"repository": repository, "module": module} for module in sorted(set(selection.runtime_modules))]
    return pa.Table.from_pylist(rows, arrow_schema(stored_columns(RUNTIME_TARGETS)))
