"""Extractors of whole repositories for tests: run in this process on what a folder holds."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pyarrow as pa

from pipeline_assets.extract.chunk import Reading
from pipeline_assets.inference.task import Task
from pipeline_assets.sources.tree import walk
from pipeline_assets.store.columns import arrow_schema, stored_columns
from pipeline_tests.extracting import readable_rows, run


def extract_whole(task: Task, folder: Path, **others: pa.Table) -> dict[str, pa.Table]:
    """The tables of an extractor; each one keeps its contract's types and order."""
    tree = walk(folder, "sample")
    files = readable_rows(run("files", tree, tree.table)["files"]).sort_by("file_id")
    with tempfile.TemporaryDirectory() as scratch:
        value = Reading({"files": files, **others}, tree.source, Path(scratch))
        for stage in task.stages[1:]:
            value = stage.function(value)
    return {contract.name: _kept(value[contract.name], contract) for contract in task.outputs}


def _kept(table: pa.Table, contract) -> pa.Table:
    schema = arrow_schema(stored_columns(contract))
    assert table.column_names == schema.names
    cast = table.cast(schema)
    cast.validate(full=True)
    assert cast.equals(cast.sort_by([(name, "ascending") for name in contract.key]))
    keys = cast.select(list(contract.key)).to_pylist()
    assert len({tuple(key.values()) for key in keys}) == len(keys)
    for field in schema:
        assert field.nullable or not cast[field.name].null_count, field.name
    return cast
