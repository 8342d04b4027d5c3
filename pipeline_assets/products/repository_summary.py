"""Figures of a repository: its size, what was read of it, and how much of it is resolved."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.inference.contract import Column, Contract
from pipeline_assets.normalize.columns import REPOSITORY
from pipeline_assets.pipes import task
from pipeline_assets.pipes.stacking import stack

METRICS = (
    "files",
    "lines",
    "definitions",
    "nodes",
    "edges",
    "calls",
    "resolved_calls",
    "names",
    "imports",
    "unresolved",
)

REPOSITORY_SUMMARY = Contract(
    name="repository_summary",
    layer="products",
    description="One row per repository, metric and detail: counts that agree with SQL over the datasets.",
    columns=(
        REPOSITORY,
        Column(
            "metric",
            "string",
            "What is counted: files by status; lines; definitions, nodes and edges by kind; calls; resolved calls by "
            "method; names by resolution; imports by target; unresolved questions by subject and reason.",
            values=METRICS,
        ),
        Column("detail", "string", "Which of them; empty when there is one figure only."),
        Column("value", "int64", "How many."),
    ),
    key=("repository", "metric", "detail"),
    query="SELECT metric, detail, value FROM repository_summary ORDER BY metric, value DESC",
)


def _count_rows(
    files: Table,
    definitions: Table,
    nodes: Table,
    edges: Table,
    call_graph: Table,
    name_resolutions: Table,
    imports: Table,
    unresolved: Table,
) -> Table:
    """Every metric, grouped by its detail."""
    best = call_graph.filter(call_graph["rank"] == 0)
    resolved = best.filter(best.resolved)
    question = unresolved.what + ": " + unresolved.reason
    nothing = ibis.literal("")
    return stack(
        _count(files, "files", files.status),
        _total(files, "lines", files.lines),
        _count(definitions, "definitions", definitions.kind),
        _count(nodes, "nodes", nodes.kind),
        _count(edges, "edges", edges.kind),
        _count(best, "calls", nothing),
        _count(resolved, "resolved_calls", resolved.method),
        _count(name_resolutions, "names", name_resolutions.resolution),
        _count(imports, "imports", imports.target_kind),
        _count(unresolved, "unresolved", question),
    )


def _select_summary(counts: Table) -> Table:
    """The columns of the contract, in order and of its types."""
    return counts.select(*(counts[c.name].cast(c.type).name(c.name) for c in REPOSITORY_SUMMARY.columns))


@task(REPOSITORY_SUMMARY, stages=(_count_rows, _select_summary))
def repository_summary(
    files: Table,
    definitions: Table,
    nodes: Table,
    edges: Table,
    call_graph: Table,
    name_resolutions: Table,
    imports: Table,
    unresolved: Table,
) -> Table:
    """One row per repository, metric and detail: counts that agree with SQL over the datasets."""


def _count(table: Table, metric: str, detail: ibis.Value) -> Table:
    rows = table.select("repository", detail=detail)
    counted = rows.group_by("repository", "detail").aggregate(value=rows.count())
    return counted.select("repository", "detail", "value", metric=ibis.literal(metric))


def _total(table: Table, metric: str, amount: ibis.Value) -> Table:
    rows = table.select("repository", amount=amount)
    summed = rows.group_by("repository").aggregate(value=rows.amount.sum().fill_null(0))
    return summed.select("repository", "value", detail=ibis.literal(""), metric=ibis.literal(metric))
