"""Ask for flows in small programs, without the datasets that have nothing to do with them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import duckdb
import pyarrow as pa

from pipeline_assets.inference.functions import MACROS
from pipeline_assets.products.flows.answer import Answer, Question, find_flows
from pipeline_assets.products.flows.program import DATASETS
from pipeline_assets.project import load_project
from pipeline_assets.sources.given import GIVEN
from pipeline_tests.extracting import write_files
from pipeline_tests.golden.plan import _create, _given, _run

REPOSITORY = "sample"


def asked_of(files: Mapping[str, str]) -> duckdb.DuckDBPyConnection:
    """A connection that holds what questions about flows read, for one repository of these files."""
    connection = duckdb.connect()
    for macro in MACROS.values():
        connection.execute(macro)
    with tempfile.TemporaryDirectory() as folder:
        roots = {REPOSITORY: write_files(Path(folder), files)}
        for source in GIVEN:
            _create(connection, source.contract.name, pa.concat_tables([_given(source, *one) for one in roots.items()]))
        wanted = _needed(DATASETS)
        for plan in load_project().manifest.in_order():
            if plan.name in wanted:
                _run(connection, load_project().compiled, plan, roots)
    return connection


def flows(
    connection: duckdb.DuckDBPyConnection,
    sources: Iterable[str] = ("call:probe.source",),
    sinks: Iterable[str] = ("arg:probe.sink",),
    **choices: object,
) -> Answer:
    """The answer to a question about what `asked_of` holds."""
    return find_flows(connection, REPOSITORY, Question(tuple(sources), tuple(sinks), **choices))


def _needed(datasets: Iterable[str]) -> set[str]:
    """The tasks that make these datasets and all that they depend on."""
    manifest = load_project().manifest
    producers = {output: plan for plan in manifest.tasks for output in plan.outputs}
    found, waiting = set(), [producers[name] for name in datasets if name in producers]
    while waiting:
        plan = waiting.pop()
        if plan.name not in found:
            found.add(plan.name)
            waiting += [producers[read.dataset] for read in plan.inputs if read.dataset in producers]
    return found
