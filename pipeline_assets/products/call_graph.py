"""Who calls whom, by name, with the line that shows it."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.cpg.kinds import CALL_METHODS
from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, LINE, REPOSITORY
from pipeline_assets.pipes import task
from pipeline_assets.pipes.stacking import stack

CALL_GRAPH = Contract(
    name="call_graph",
    layer="products",
    description="One row per call and supported callee, by dotted names as PyCG writes them; none where unresolved.",
    columns=(
        REPOSITORY,
        Column("caller", "string", "The function, class body, lambda or module whose code calls."),
        Column(
            "callee",
            "string",
            "What is called: no `<locals>`, lambdas as `<lambdaN>`, builtins as `<builtin>.name`, classes as their "
            "`__init__` where the repository has one; null when unresolved.",
            nullable=True,
        ),
        Column("path", "string", "File of the call."),
        LINE,
        Column("confidence", "float64", "How sure the rule is; 0 for unresolved calls."),
        Column(
            "method",
            "string",
            "Rule that found the callee (see `call_targets`), implicit where no call is written, or unresolved.",
            values=("import", *CALL_METHODS, "implicit", "unresolved"),
        ),
        Column(
            "way",
            "string",
            "call: a call expression; the others call without one: decorator, property, kinds of `implicit_calls` …",
        ),
        Column("resolved", "boolean", "Whether the callee is one definition, builtin or outside entity."),
        FILE_ID,
        Column("call_id", "int64", "The call, or the syntax that calls without call syntax."),
        Column("rank", "int32", "Preference among the call's candidates, 0 first."),
    ),
    key=("call_id", "way", "rank"),
    local=("file_id", "call_id"),
    references=(Reference("call_id", "ast_nodes", "node_id"),),
    query="SELECT caller, path, line FROM call_graph WHERE callee = '<builtin>.open' ORDER BY path, line",
)


def _find_candidates(call_sites: Table, call_targets: Table, implicit_targets: Table) -> Table:
    """Every call with each of its candidates; calls without any keep one row; and what is called implicitly."""
    joined = call_sites.left_join(call_targets, call_sites.call_id == call_targets.call_id)
    written = joined.select(
        call_sites.repository,
        call_sites.file_id,
        call_sites.call_id,
        call_sites.caller_id,
        call_sites.line,
        way=ibis.literal("call"),
        callee=call_targets.target_name,
        confidence=call_targets.confidence.fill_null(0.0),
        method=call_targets.method.fill_null("unresolved"),
        resolved=call_targets.target_name.notnull(),
        rank=call_targets["rank"].fill_null(0),
    )
    implied = implicit_targets.select(
        "repository", "file_id", "caller_id", "line", "way", "confidence", "rank",
        call_id=implicit_targets.site_node,
        callee=implicit_targets.target_name,
        method=ibis.literal("implicit"),
        resolved=ibis.literal(True),
    )  # fmt: skip
    return stack(written, implied.select(written.columns))


def _name_callers(calls: Table, definitions: Table, files: Table) -> Table:
    """The caller's name and the file's path."""
    with_caller = calls.inner_join(definitions, calls.caller_id == definitions.definition_id).select(
        calls, caller=definitions.pycg_name
    )
    return with_caller.inner_join(files, with_caller.file_id == files.file_id).select(with_caller, files.path)


def _select_calls(calls: Table) -> Table:
    """The columns of the contract, in order and of its types."""
    return calls.select(*(calls[c.name].cast(c.type).name(c.name) for c in CALL_GRAPH.columns))


@task(CALL_GRAPH, stages=(_find_candidates, _name_callers, _select_calls))
def call_graph(
    call_sites: Table, call_targets: Table, implicit_targets: Table, definitions: Table, files: Table
) -> Table:
    """One row per call and supported callee, by dotted names as PyCG writes them; none where unresolved."""
