"""Syntax of programs as the product reads it: nodes made from rows of `ast_nodes`."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from pipeline_assets.inference.contract import FILE_SHIFT
from pipeline_assets.normalize.evaluation.nodes import Node, read_nodes
from pipeline_assets.normalize.syntax_flow import FOR_NODES
from pipeline_tests.extracting import extract, write_files


def modules_of(programs: Mapping[str, str | bytes]) -> dict[str, dict[int, Node]]:
    """By name, the nodes of each program by their place in preorder."""
    with tempfile.TemporaryDirectory() as folder:
        tables = extract(write_files(Path(folder), dict(programs)))
    found = {}
    for file in tables["files"].to_pylist():
        rows = tables["ast_nodes"].filter(pc.equal(tables["ast_nodes"]["file_id"], file["file_id"]))
        found[file["path"]] = read_nodes(_placed(rows.select(FOR_NODES).to_pylist(), file["file_id"] << FILE_SHIFT))
    return found


def functions_of(texts: Iterable[str]) -> list[Node]:
    """The first statement of each program."""
    programs = {f"program_{place}.py": text for place, text in enumerate(texts)}
    modules = modules_of(programs)
    return [modules[name][0].children[0] for name in programs]


def _placed(rows: list[dict[str, Any]], origin: int) -> list[dict[str, Any]]:
    for row in rows:
        row["node_id"] -= origin
        row["subtree_end"] -= origin
    return rows
