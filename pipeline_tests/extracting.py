"""Extraction for tests: folders from dictionaries, and every extract table of a folder, made in this process."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from pipeline_assets.extract import files, scopes, syntax
from pipeline_assets.extract.worker import Job, run_stages
from pipeline_assets.sources.tree import Tree, walk

STEPS = {
    "files": (files._scan, files._classify, files._identity, files._materialize),
    "syntax": (syntax._parse, syntax._normalize, syntax._materialize),
    "scopes": (scopes._parse, scopes._normalize, scopes._materialize),
}
OUTPUTS = {
    "files": (files.FILES, files.LINES, files.FILES_STATUS),
    "syntax": (syntax.AST_NODES, syntax.AST_STATUS),
    "scopes": (scopes.SCOPES, scopes.SYMBOLS, scopes.SYMTABLE_STATUS),
}


def write_files(folder: Path, contents: Mapping[str, str | bytes]) -> Path:
    """Write files below `folder`, making folders as needed."""
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def extract(folder: Path) -> dict[str, pa.Table]:
    """All extract tables of a folder."""
    tree = walk(folder, "sample")
    tables = run("files", tree, tree.table)
    readable = readable_rows(tables["files"])
    return tables | run("syntax", tree, readable) | run("scopes", tree, readable)


def extract_source(folder: Path, source: str | bytes) -> dict[str, pa.Table]:
    """All extract tables of one file."""
    return extract(write_files(folder, {"sample.py": source}))


def run(extractor: str, tree: Tree, rows: pa.Table) -> dict[str, pa.Table]:
    """The tables of one extractor over the projected rows."""
    job = Job(
        STEPS[extractor], OUTPUTS[extractor], tuple(rows.to_pylist()), tree.source, Path("unused"), tree.max_file_bytes
    )
    return run_stages(job, [])


def readable_rows(table: pa.Table) -> pa.Table:
    """The rows that the projections of syntax and scopes keep."""
    return table.filter(pc.equal(table["status"], "ok"))
