"""Figures of a repository: its size, what was read of it, and how much of it is resolved."""

from __future__ import annotations

from collections.abc import Mapping

import ibis
from ibis.expr.types import StringValue, Table

from pipeline_assets.inference.contract import Column, Contract
from pipeline_assets.normalize.columns import REPOSITORY
from pipeline_assets.pipes import task
from pipeline_assets.pipes.stacking import stack

METRICS = (
    "files",
    "lines",
    "largest_files",
    "rows",
    "coverage",
    "coverable",
    "covered",
    "definitions",
    "nodes",
    "edges",
    "calls",
    "resolved_calls",
    "completeness",
    "not_closed",
    "candidates",
    "candidates_per_call",
    "agreement",
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
            "What is counted: files by status; lines, and those of the ten largest files; rows of larger datasets "
            "by layer; files by what covers them and how far, and for each analysis how much there is to cover and "
            "how much is covered; definitions, nodes and edges by kind; calls; resolved calls by method; calls by "
            "how much is known of them, and those that are not closed by reason; candidate callees by the evidence "
            "that has them; calls by how many callees they may have, and by who knows one: both, ours, pyrefly, "
            "contradicting; names by resolution; imports by target; unresolved questions by subject and reason.",
            values=METRICS,
        ),
        Column("detail", "string", "Which of them; empty when there is one figure only."),
        Column("value", "int64", "How many."),
    ),
    key=("repository", "metric", "detail"),
    query="SELECT metric, detail, value FROM repository_summary ORDER BY metric, value DESC",
)


LARGEST = 10
"""Files that are listed by size."""
MANY = 5
"""Candidates of a call that are counted one by one, up to this."""


def _measure_files(files: Table) -> Table:
    """The largest files, and how many files and lines there are."""
    read = files.filter(files.lines.notnull()).select("repository", "path", "lines")
    place = ibis.row_number().over(group_by=read.repository, order_by=[read.lines.desc(), read.path])
    ranked = read.mutate(place=place)
    largest = ranked.filter(ranked.place < LARGEST)
    return stack(
        largest.select(
            "repository", detail="path", value=largest.lines.cast("int64"), metric=ibis.literal("largest_files")
        ),
        _count(files, "files", files.status),
        _total(files, "lines", files.lines),
    )


def _measure_evidence(measured: Table, ast_nodes: Table, tokens: Table, symbols: Table, instructions: Table) -> Table:
    """Add how many rows the larger datasets of evidence have."""
    evidence = {"ast_nodes": ast_nodes, "tokens": tokens, "symbols": symbols, "instructions": instructions}
    return stack(measured, *_sizes("extract", evidence))


def _measure_analyses(
    measured: Table,
    references: Table,
    bindings: Table,
    call_sites: Table,
    cfg_edges: Table,
    reaching_defs: Table,
    properties: Table,
) -> Table:
    """Add how many rows the larger datasets of the layers above have."""
    analyses = {
        "references": references,
        "bindings": bindings,
        "call_sites": call_sites,
        "cfg_edges": cfg_edges,
        "reaching_defs": reaching_defs,
    }
    return stack(measured, *_sizes("normalize", analyses), *_sizes("cpg", {"properties": properties}))


def _measure_coverage(sizes: Table, coverage: Table) -> Table:
    """Add how many files each layer and analysis covers, and what share of what there is."""
    known = coverage.filter(coverage.total.notnull() & coverage.covered.notnull())
    return stack(
        sizes,
        _count(coverage, "coverage", coverage.subject + ": " + coverage.status),
        _total(known, "coverable", known.total, known.subject),
        _total(known, "covered", known.covered, known.subject),
    )


def _measure_calls(measured: Table, call_graph: Table, call_completeness: Table) -> Table:
    """Add how many calls are resolved, and how much is known of them."""
    best = call_graph.filter((call_graph["rank"] == 0) & (call_graph.way == "call"))
    resolved = best.filter(best.resolved)
    open_ones = call_completeness.filter(call_completeness.completeness != "closed")
    return stack(
        measured,
        _count(best, "calls", ibis.literal("")),
        _count(resolved, "resolved_calls", resolved.method),
        _count(call_completeness, "completeness", call_completeness.completeness),
        _count(open_ones, "not_closed", open_ones.reason),
    )


def _measure_candidates(measured: Table, call_targets: Table) -> Table:
    """Add how precisely calls are known, and by which evidence."""
    return stack(
        measured,
        _count(call_targets, "candidates", _evidence(call_targets)),
        _count_candidates(call_targets),
        _count_agreement(call_targets),
    )


def _count_names(
    measured: Table, definitions: Table, name_resolutions: Table, imports: Table, unresolved: Table
) -> Table:
    """Add what is defined, and what names and imports lead to."""
    question = unresolved.what + ": " + unresolved.reason
    return stack(
        measured,
        _count(definitions, "definitions", definitions.kind),
        _count(name_resolutions, "names", name_resolutions.resolution),
        _count(imports, "imports", imports.target_kind),
        _count(unresolved, "unresolved", question),
    )


def _count_graph(measured: Table, nodes: Table, edges: Table) -> Table:
    """Add the kinds of nodes and edges."""
    return stack(measured, _count(nodes, "nodes", nodes.kind), _count(edges, "edges", edges.kind))


def _select_summary(counts: Table) -> Table:
    """The columns of the contract, in order and of its types."""
    return counts.select(*(counts[c.name].cast(c.type).name(c.name) for c in REPOSITORY_SUMMARY.columns))


@task(
    REPOSITORY_SUMMARY,
    stages=(
        _measure_files,
        _measure_evidence,
        _measure_analyses,
        _measure_coverage,
        _measure_calls,
        _measure_candidates,
        _count_names,
        _count_graph,
        _select_summary,
    ),
)
def repository_summary(
    files: Table,
    ast_nodes: Table,
    tokens: Table,
    symbols: Table,
    instructions: Table,
    references: Table,
    bindings: Table,
    call_sites: Table,
    cfg_edges: Table,
    reaching_defs: Table,
    properties: Table,
    coverage: Table,
    definitions: Table,
    nodes: Table,
    edges: Table,
    call_graph: Table,
    call_targets: Table,
    call_completeness: Table,
    name_resolutions: Table,
    imports: Table,
    unresolved: Table,
) -> Table:
    """One row per repository, metric and detail: counts that agree with SQL over the datasets."""


def _evidence(call_targets: Table) -> StringValue:
    """The names of the evidence that has a candidate, in the order in which the graph trusts it."""
    names = {"points_to": call_targets.by_points_to, "names": call_targets.by_names, "pyrefly": call_targets.by_pyrefly}
    told = [ibis.ifelse(has, ibis.literal(f" + {name}"), ibis.literal("")) for name, has in names.items()]
    return (told[0] + told[1] + told[2]).substr(len(" + "))


def _count_candidates(call_targets: Table) -> Table:
    """Resolved calls by the number of their candidates; many are counted together."""
    calls = call_targets.group_by("repository", "file_id", "call_id").aggregate(found=call_targets.count())
    few = (calls.found < MANY).ifelse(calls.found.cast("string"), ibis.literal(f"{MANY} and more"))
    return _count(calls, "candidates_per_call", few)


def _count_agreement(call_targets: Table) -> Table:
    """Calls by who knows a callee: we, Pyrefly, both the same one, or each another."""
    is_ours = call_targets.by_names | call_targets.by_points_to
    calls = call_targets.group_by("repository", "file_id", "call_id").aggregate(
        ours=is_ours.any(), others=call_targets.by_pyrefly.any(), agreed=(is_ours & call_targets.by_pyrefly).any()
    )
    detail = ibis.cases(
        (calls.agreed, "both"), (~calls.others, "ours"), (~calls.ours, "pyrefly"), else_="contradicting"
    )
    return _count(calls, "agreement", detail)


def _sizes(layer: str, tables: Mapping[str, Table]) -> list[Table]:
    return [_count(table, "rows", ibis.literal(f"{layer}: {name}")) for name, table in tables.items()]


def _count(table: Table, metric: str, detail: ibis.Value) -> Table:
    rows = table.select("repository", detail=detail)
    counted = rows.group_by("repository", "detail").aggregate(value=rows.count())
    return counted.select("repository", "detail", "value", metric=ibis.literal(metric))


def _total(table: Table, metric: str, amount: ibis.Value, detail: ibis.Value | None = None) -> Table:
    rows = table.select("repository", detail=ibis.literal("") if detail is None else detail, amount=amount)
    summed = rows.group_by("repository", "detail").aggregate(value=rows.amount.sum().fill_null(0))
    return summed.select("repository", "detail", "value", metric=ibis.literal(metric))
