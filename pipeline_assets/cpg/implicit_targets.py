"""What Python calls without call syntax, going by values: decorators, properties, operators, iteration, `with`."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.cpg.naming_targets import value_targets
from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, LINE, REPOSITORY
from pipeline_assets.pipes import task

IMPLICIT_TARGETS = Contract(
    name="implicit_targets",
    layer="cpg",
    description="One row per place that calls without call syntax and callee of the repository that its values have.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("site_node", "int64", "The decorator, attribute, operator, loop, `with` item or call that makes it."),
        Column("rank", "int32", "Place among the callees of the site, counted from 0."),
        Column(
            "way",
            "string",
            "decorator: it is applied; property, get_attribute, set_attribute: an attribute is read or set; builtin: "
            "a builtin asks its argument (`len(x)`); the others are kinds of `implicit_calls`.",
        ),
        Column("caller_id", "int64", "The definition whose code the site is."),
        Column("target_id", "int64", "The method that is called: a node of the graph."),
        Column("target_name", "string", "Its dotted name as PyCG writes it."),
        Column("confidence", "float64", "Less than 1 where the site has several."),
        LINE,
    ),
    key=("site_node", "rank"),
    local=("site_node", "caller_id"),
    references=(
        Reference("site_node", "ast_nodes", "node_id"),
        Reference("caller_id", "definitions", "definition_id"),
        Reference("target_id", "definitions", "definition_id"),
    ),
    query="SELECT way, count(*) AS calls FROM implicit_targets GROUP BY way ORDER BY calls DESC",
)


def _select_implicit(call_candidates: Table, definitions: Table) -> Table:
    """Keep what is not called by a call expression, and is a function of the repository."""
    found = call_candidates.filter(
        ~call_candidates.way.isin(("call", "callback")) & (call_candidates.target_kind == "definition")
    )
    return value_targets(found, definitions)


def _attach_callers(found: Table, ast_nodes: Table, scope_nodes: Table) -> Table:
    """The definition whose code each site is, and its line."""
    nodes = ast_nodes.select("file_id", "node_id", "scope_node", "line")
    placed = nodes.inner_join(found, (nodes.file_id == found.file_id) & (nodes.node_id == found.site_node)).select(
        found, nodes.scope_node, line=nodes.line.fill_null(1)
    )
    body = scope_nodes.filter(scope_nodes.role == "body").select("file_id", "node_id", "definition_id")
    return placed.inner_join(body, (placed.file_id == body.file_id) & (placed.scope_node == body.node_id)).select(
        placed, caller_id=body.definition_id
    )


def _rank_callees(placed: Table) -> Table:
    """Number the callees of each site; how sure each is."""
    once = placed.group_by(
        "repository", "file_id", "site_node", "way", "caller_id", "target_id", "target_name", "line"
    ).aggregate(place=placed.ordinal.min())
    by_site = ibis.window(group_by=("repository", "file_id", "site_node"))
    order = ibis.window(group_by=("repository", "file_id", "site_node"), order_by=("place", "way", "target_id"))
    ranked = once.mutate(rank=ibis.row_number().over(order), others=once.place.count().over(by_site))
    return IMPLICIT_TARGETS.select(
        ranked.mutate(rank=ranked["rank"].cast("int32"), confidence=(ranked.others > 1).ifelse(0.8, 0.95))
    )


@task(IMPLICIT_TARGETS, stages=(_select_implicit, _attach_callers, _rank_callees))
def implicit_targets(call_candidates: Table, definitions: Table, ast_nodes: Table, scope_nodes: Table) -> Table:
    """One row per place that calls without call syntax and callee of the repository that its values have."""
