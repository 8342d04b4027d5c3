"""The faithfulness check: three projections rebuilt from live objects must be one graph, and the engine must agree.

rustworkx edges come from the compiled graph, Hamilton edges from the driver's nodes, Dagster edges from the loaded
definitions: none is derived from another here. Then DuckDB's own EXPLAIN says which columns each plan scans.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Set
from typing import Any

import duckdb
import sqlglot
from dagster import Definitions
from sqlglot import expressions as sql_ast
from sqlglot.errors import SqlglotError

from pipeline_assets.inference.contract import Contract
from pipeline_assets.inference.functions import MACROS
from pipeline_assets.inference.manifest import TaskPlan
from pipeline_assets.project import Project
from pipeline_assets.store.columns import duckdb_type, quote
from pipeline_assets.store.connection import connect

Edges = Set[tuple[str, str]]
WAVES = "waves"
"""The control asset: it records what happened and is no dataset of the plan."""


def check_faithfulness(project: Project, definitions: Definitions) -> list[str]:
    """Every difference between the projections, one sentence each; empty when they are one graph."""
    graph = set(project.compiled.graph.edges())
    return [
        *_differences("Hamilton", set(project.driver.edges()), graph),
        *_differences("Dagster", dagster_edges(definitions), graph),
        *_parameter_differences(project),
        *_guard_findings(project),
        *_scan_differences(project),
    ]


def dagster_edges(definitions: Definitions) -> Edges:
    """The dataset → task and task → dataset edges of the loaded assets; a step is a task."""
    edges: set[tuple[str, str]] = set()
    for asset in definitions.get_repository_def().asset_graph.assets_defs:
        if not asset.is_executable or asset.node_def.name == WAVES:
            continue
        task = asset.node_def.name
        for key in asset.keys:
            edges.add((f"task:{task}", f"dataset:{key.path[-1]}"))
            edges.update((f"dataset:{dep.path[-1]}", f"task:{task}") for dep in asset.asset_deps[key])
    return edges


def scanned_columns(project: Project) -> dict[str, dict[str, set[str]]]:
    """Task → dataset → columns that DuckDB says it would scan, over small tables of every dataset."""
    connection = connect(macros=MACROS)
    try:
        # The sample rows are nulls: what their statistics rule out would be left out of the plan. Scans that two parts
        # of a plan share are kept whole, columns that neither needs included: they are told apart here.
        connection.execute("SET disabled_optimizers = 'join_order,statistics_propagation,common_subplan'")
        for contract in project.contracts.values():
            connection.execute(_sample_table(contract))
        return {task.name: _task_scans(connection, project, task) for task in project.manifest.tasks}
    finally:
        connection.close()


def _differences(name: str, found: Edges, graph: Edges) -> Iterator[str]:
    yield from (f"{name} has {a} → {b}, the task graph has not" for a, b in sorted(found - graph))
    yield from (f"{name} lacks {a} → {b}" for a, b in sorted(graph - found))


def _parameter_differences(project: Project) -> Iterator[str]:
    for task in project.manifest.tasks:
        reads = {read.dataset for read in task.inputs}
        if reads != set(task.declared_inputs):
            yield f"{task.name} declares {sorted(task.declared_inputs)} but reads {sorted(reads)}"


def _guard_findings(project: Project) -> Iterator[str]:
    """What the guard nodes of the live Hamilton graph find, in `log` mode as well."""
    for task in project.manifest.tasks:
        yield from (f"the guard of {task.name} found {what}" for what in project.driver.violations(task.name))


def _scan_differences(project: Project) -> Iterator[str]:
    for name, scans in scanned_columns(project).items():
        reads = {read.dataset: set(read.all_columns) for read in project.manifest.task(name).inputs}
        for dataset, columns in scans.items():
            beyond = sorted(columns - reads.get(dataset, set()))
            if beyond:
                yield f"{name}: DuckDB scans {dataset}.{', '.join(beyond)}, which was not inferred"


def _task_scans(connection: duckdb.DuckDBPyConnection, project: Project, task: TaskPlan) -> dict[str, set[str]]:
    """What the SQL that is run scans: rendering it anew would take four fifths of the whole check."""
    scans: dict[str, set[str]] = {}
    for sql in project.sql(task.name).values():
        (row,) = connection.execute(f"EXPLAIN (FORMAT json) {sql}").fetchall()
        for dataset, columns in _scans(json.loads(row[1])):
            scans.setdefault(dataset, set()).update(columns)
    return scans


def _scans(operators: list[Mapping[str, Any]]) -> Iterator[tuple[str, set[str]]]:
    """(table, columns) of every table scan in an explained plan: projected columns and those of pushed-down filters."""
    pending = list(operators)
    while pending:
        operator = pending.pop()
        pending.extend(operator["children"])
        info = operator["extra_info"]
        if "Table" not in info:
            continue
        projected = info.get("Projections") or []
        columns = {projected} if isinstance(projected, str) else set(projected)
        filters = info.get("Filters") or []
        columns.update(_columns_of([filters] if isinstance(filters, str) else filters))
        yield info["Table"].rpartition(".")[2].strip('"'), columns


def _columns_of(lines: list[str]) -> Iterator[str]:
    """Column names in filters as EXPLAIN prints them, such as `name>='a' AND name IS NOT NULL`.

    It ends a filter with a line break, and does not mark those inside of a filter's texts.
    """
    predicate = ""
    for line in lines:
        predicate += line.replace("optional: ", "")
        try:
            parsed = sqlglot.parse_one(predicate, dialect="duckdb")
        except SqlglotError:
            predicate += "\n"
            continue
        yield from (column.name for column in parsed.find_all(sql_ast.Column))
        predicate = ""
    if predicate:
        raise ValueError(f"the engine printed a filter that is not SQL: {predicate!r}")


def _sample_table(contract: Contract) -> str:
    """A few rows of nulls: with none, DuckDB would answer from the statistics and scan nothing."""
    columns = ", ".join(f"CAST(NULL AS {duckdb_type(c.type)}) AS {quote(c.name)}" for c in contract.columns)
    return f"CREATE TABLE {quote(contract.name)} AS SELECT {columns} FROM range(3)"
