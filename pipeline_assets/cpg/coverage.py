"""What was analysed of every file, and what was not: nothing is left out silently."""

from __future__ import annotations

import ibis
from ibis.expr.types import BooleanColumn, Table

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, REPOSITORY
from pipeline_assets.pipes import task
from pipeline_assets.pipes.stacking import stack

LAYERS = (
    "ast",
    "bytecode",
    "cst",
    "files",
    "git",
    "pyrefly",
    "runtime",
    "scip",
    "symtable",
    "tokens",
    "tree_sitter",
)
"""The evidence layers, as `extract_status` names them."""

ANALYSES = {
    "anchors": "bytecode instructions with a position in the source whose syntax node is known",
    "calls": "calls of which a possible target is named",
    "control_flow": "scopes of modules, classes, functions, lambdas and comprehensions with control flow",
    "data_flow": "names read that are uses with all of their definitions",
    "imports": "imported names whose module is known",
    "names": "names read that are found in some scope",
    "types": "type expressions that can be read",
    "values": "calls of which no limit cut candidates off",
}
"""What is counted of each analysis."""

STATUSES = ("complete", "partial", "none", "off")

COVERAGE = Contract(
    name="coverage",
    layer="cpg",
    description="One row per file and evidence layer or analysis: how much of the file it covers, and why not all.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column(
            "subject",
            "string",
            "The layer or the analysis. " + "; ".join(f"{name}: {counted}" for name, counted in ANALYSES.items()) + ".",
            values=tuple(sorted({*LAYERS, *ANALYSES})),
        ),
        Column("is_evidence", "boolean", "Whether it is an evidence layer; else an analysis of such layers."),
        Column(
            "status",
            "string",
            "complete: all there is; partial: some of it; none: nothing, though there may be something; off: the layer "
            "was not asked for.",
            values=STATUSES,
        ),
        Column("total", "int64", "How many there are; null for layers, and where that is unknown.", nullable=True),
        Column("covered", "int64", "How many of them are covered.", nullable=True),
        Column(
            "reason",
            "string",
            "Why not all. Of a layer its status, such as failed or limited; no_syntax: the file cannot be parsed; the "
            "others say what the rest is.",
            nullable=True,
            values=(
                "failed",
                "skipped",
                "limited",
                "crashed",
                "timeout",
                "no_syntax",
                "no_columns",
                "unknown_callees",
                "no_flow",
                "no_instruction",
                "missing_modules",
                "unresolved_names",
                "unreadable_types",
            ),
        ),
        Column("detail", "string", "The layer's message, or the limit that was hit.", nullable=True),
    ),
    key=("file_id", "subject"),
    references=(Reference("file_id", "files", "file_id"),),
    query="SELECT subject, status, reason, count(*) AS files FROM coverage GROUP BY ALL ORDER BY ALL",
)

REASONS = {
    "anchors": "no_columns",
    "calls": "unknown_callees",
    "control_flow": "no_flow",
    "data_flow": "no_instruction",
    "imports": "missing_modules",
    "names": "unresolved_names",
    "types": "unreadable_types",
    "values": "limited",
}
"""What the part of an analysis that is not covered is."""

_LIMIT = "limit"
"""The reason of `call_completeness` for what was cut off."""
FLOW_SCOPES = ("module", "class", "function", "lambda", "comprehension")


def _count_names(name_resolutions: Table, def_use: Table) -> Table:
    """Count the names that are read, found, and seen by the data flow."""
    reads = name_resolutions.filter(name_resolutions.ctx == "load")
    used = def_use.filter((def_use.event == "use") & def_use.node_id.notnull()).select("node_id").distinct()
    joined = reads.left_join(used, reads.node_id == used.node_id).select(reads, used_node=used.node_id)
    counted = joined.group_by("repository", "file_id").aggregate(
        total=joined.count(),
        found=(joined.resolution != "unresolved").sum(),
        used=joined.used_node.count(),
    )
    return stack(
        counted.select("repository", "file_id", "total", subject=ibis.literal("names"), covered=counted.found),
        counted.select("repository", "file_id", "total", subject=ibis.literal("data_flow"), covered=counted.used),
    )


def _count_others(
    counts: Table,
    imports: Table,
    anchors: Table,
    scope_nodes: Table,
    cfg_blocks: Table,
    type_exprs: Table,
    call_sites: Table,
    call_completeness: Table,
) -> Table:
    """Count what the other analyses cover."""
    flowing = cfg_blocks.select("scope_node").distinct()
    scopes = scope_nodes.filter(
        (scope_nodes.role == "body") & scope_nodes.kind.isin(FLOW_SCOPES) & scope_nodes.scope_id.notnull()
    )
    scopes = scopes.left_join(flowing, scopes.node_id == flowing.scope_node).select(scopes, flowing.scope_node)
    placed = anchors.filter(anchors.node_id.notnull() | anchors.reason.isin(["no_columns", "no_node", "no_scope"]))
    return stack(
        counts,
        _counted(imports, "imports", imports.target_kind != "missing"),
        _counted(placed, "anchors", placed.node_id.notnull()),
        _counted(scopes, "control_flow", scopes.scope_node.notnull()),
        _counted(type_exprs, "types", type_exprs.status == "ok"),
        _counted(call_sites, "calls", call_sites.completeness != "unknown"),
        _counted(call_completeness, "values", (call_completeness.reason != _LIMIT).fill_null(True)),
    )


def _list_analyses(counts: Table, files: Table) -> Table:
    """Set the counts beside every file and analysis: a file may have nothing that is counted."""
    every = stack(*(_for_each(files, name) for name in ANALYSES))
    same = (every.file_id == counts.file_id) & (every.subject == counts.subject)
    return every.left_join(counts, same).select(every, counts.total, counts.covered)


def _attach_limits(counts: Table, data_flow_limits: Table, control_limits: Table, call_completeness: Table) -> Table:
    """Attach the limits that an analysis met."""
    limited = stack(
        _limits(data_flow_limits, "data_flow", "variables have more definitions than are listed"),
        _limits(control_limits, "control_flow", "scopes have more control dependence than is listed"),
        _limits(
            call_completeness.filter(call_completeness.reason == _LIMIT), "values", "calls have more than is followed"
        ),
    )
    same = (counts.file_id == limited.file_id) & (counts.subject == limited.subject)
    return counts.left_join(limited, same).select(counts, limited.detail)


def _judge_analyses(counts: Table, extract_status: Table) -> Table:
    """Give every file a verdict on every analysis: one without syntax has none, one without such things is complete."""
    parsed = extract_status.filter((extract_status.layer == "ast") & (extract_status.status == "ok"))
    joined = counts.left_join(parsed, counts.file_id == parsed.file_id).select(counts, parsed_file=parsed.file_id)
    total, covered = joined.total.fill_null(0), joined.covered.fill_null(0)
    is_read = joined.parsed_file.notnull()
    is_all = (covered == total) & joined.detail.isnull()
    return joined.select(
        "repository",
        "file_id",
        "subject",
        is_evidence=ibis.literal(False),
        status=ibis.cases((~is_read, "none"), (is_all, "complete"), (covered > 0, "partial"), else_="none"),
        total=ibis.ifelse(is_read, total, None),
        covered=ibis.ifelse(is_read, covered, None),
        reason=ibis.cases(
            (~is_read, "no_syntax"),
            (is_all, None),
            (joined.detail.notnull() & (covered == total), "limited"),
            *((joined.subject == name, reason) for name, reason in REASONS.items()),
        ),
        detail=joined.detail,
    )


def _add_layers(judged: Table, files: Table, extract_status: Table) -> Table:
    """Add what became of every file in every evidence layer."""
    every = stack(*(_for_each(files, name) for name in LAYERS))
    joined = every.left_join(
        extract_status, (every.file_id == extract_status.file_id) & (every.subject == extract_status.layer)
    ).select(every, found=extract_status.status, message=extract_status.message, limit=extract_status["limit"])
    layers = joined.select(
        "repository",
        "file_id",
        "subject",
        is_evidence=ibis.literal(True),
        status=ibis.cases(
            (joined.found.isnull(), "off"),
            (joined.found == "ok", "complete"),
            (joined.found == "limited", "partial"),
            else_="none",
        ),
        total=ibis.null("int64"),
        covered=ibis.null("int64"),
        reason=ibis.cases((joined.found != "ok", joined.found)),
        detail=ibis.cases((joined.found != "ok", ibis.coalesce(joined.message, joined["limit"]))),
    )
    return COVERAGE.select(stack(judged, layers))


@task(COVERAGE, stages=(_count_names, _count_others, _list_analyses, _attach_limits, _judge_analyses, _add_layers))
def coverage(
    name_resolutions: Table,
    def_use: Table,
    imports: Table,
    anchors: Table,
    scope_nodes: Table,
    cfg_blocks: Table,
    type_exprs: Table,
    call_sites: Table,
    call_completeness: Table,
    files: Table,
    extract_status: Table,
    data_flow_limits: Table,
    control_limits: Table,
) -> Table:
    """One row per file and evidence layer or analysis: how much of the file it covers, and why not all."""


def _counted(rows: Table, subject: str, is_covered: BooleanColumn) -> Table:
    marked = rows.select("repository", "file_id", is_covered=is_covered)
    counted = marked.group_by("repository", "file_id").aggregate(
        total=marked.count(), covered=marked.is_covered.sum().fill_null(0)
    )
    return counted.select("repository", "file_id", "total", "covered", subject=ibis.literal(subject))


def _limits(rows: Table, subject: str, told: str) -> Table:
    counted = rows.group_by("file_id").aggregate(count=rows.count())
    return counted.select(
        "file_id", subject=ibis.literal(subject), detail=counted["count"].cast("string") + ibis.literal(f" {told}")
    )


def _for_each(files: Table, subject: str) -> Table:
    return files.select("repository", "file_id", subject=ibis.literal(subject))
