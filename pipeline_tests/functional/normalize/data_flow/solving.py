"""The product's definitions and uses of small programs, without the datasets that have nothing to do with them."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

import duckdb
import pyarrow as pa

from pipeline_assets.inference.functions import MACROS
from pipeline_assets.project import load_project
from pipeline_assets.sources.given import GIVEN
from pipeline_tests.extracting import write_files
from pipeline_tests.golden.plan import _create, _given, _run

NEEDED = "data_flow"


def solved(files: Mapping[str, str]) -> duckdb.DuckDBPyConnection:
    """A connection that holds everything that the task needs and makes, for one repository of these files."""
    connection = duckdb.connect()
    for macro in MACROS.values():
        connection.execute(macro)
    with tempfile.TemporaryDirectory() as folder:
        roots = {"sample": write_files(Path(folder), files)}
        for source in GIVEN:
            _create(
                connection, source.contract.name, pa.concat_tables([_given(source, *each) for each in roots.items()])
            )
        wanted = _needed(NEEDED)
        for plan in load_project().manifest.in_order():
            if plan.name in wanted:
                _run(connection, load_project().compiled, plan, roots)
    return connection


def _needed(task: str) -> set[str]:
    """A task and all that it depends on."""
    manifest = load_project().manifest
    producers = {output: plan for plan in manifest.tasks for output in plan.outputs}
    found, waiting = set(), [manifest.task(task)]
    while waiting:
        plan = waiting.pop()
        if plan.name not in found:
            found.add(plan.name)
            waiting += [producers[read.dataset] for read in plan.inputs if read.dataset in producers]
    return found
