"""In which order classes look attributes up, what takes the place of what, and what decorators are put on."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.cpg import ids
from pipeline_assets.cpg.edges import derive_edge_ids, edge, edge_family, select_edges
from pipeline_assets.cpg.outside_names import outside_ancestors, outside_methods
from pipeline_assets.cpg.shared import evaluated_nodes, own_variables, special_nodes
from pipeline_assets.pipes import task
from pipeline_assets.pipes.stacking import stack

MEMBER_EDGES = edge_family(
    "member_edges",
    "PY_MRO from classes to their ancestors in order, PY_OVERRIDES between members, PY_DECORATES from decorators to "
    "definitions, PY_IMPLICIT_CALL to what Python calls without call syntax.",
)
_EXACT, _OPEN = 1.0, 0.8
"""Confidence where the resolution order is Python's for certain, and where it may be another."""


def _order_ancestors(mro: Table, class_bases: Table) -> Table:
    """From each class to its ancestors, the class itself left out."""
    inside = mro.filter((mro.position > 0) & mro.ancestor_id.notnull())
    outside = outside_ancestors(mro, class_bases)
    return stack(
        _ancestors(inside, inside.ancestor_id),
        _ancestors(outside, ids.outside_node("TYPE_DECL", outside.ancestor_name)),
    )


def _add_overrides(edges: Table, overrides: Table, bindings: Table) -> Table:
    """Add the member that each member takes the place of; what is no method or class is a variable of its class."""
    sites = own_variables(bindings).select("repository", "file_id", "site_node", "variable_node")
    own = overrides.left_join(
        sites, [overrides.repository == sites.repository, overrides.member_id == sites.site_node]
    ).select(overrides, member_variable=sites.variable_node)
    base = sites.view()
    both = own.left_join(base, [own.repository == base.repository, own.base_id == base.site_node]).select(
        own, base_variable=base.variable_node
    )
    rows = both.mutate(
        member=_member(both.kind, both.member_id, both.member_variable),
        base=_member(both.base_kind, both.base_id, both.base_variable),
        sure=both.is_exact.ifelse(_EXACT, _OPEN),
    )
    known = rows.filter(rows.member.notnull() & rows.base.notnull())
    # Two sources may name one member differently.
    inside = known.group_by("repository", "file_id", "member", "base").aggregate(sure=known.sure.max())
    outside = outside_methods(overrides)
    return stack(
        edges,
        edge(
            inside,
            "PY_OVERRIDES",
            src=inside.member,
            dst=inside.base,
            origin="names",
            method="override",
            confidence=inside.sure,
        ),
        edge(
            outside,
            "PY_OVERRIDES",
            src=outside.member_id,
            dst=ids.outside_node("METHOD", outside.qualname),
            origin="names",
            method="override",
            confidence=outside.is_exact.ifelse(_EXACT, _OPEN),
        ),
    )


def _add_implied(edges: Table, decorators: Table, implicit_targets: Table, definitions: Table, imports: Table) -> Table:
    """Add what decorators are put on, and what is called where no call is written."""
    special = special_nodes(definitions, imports)
    applied = evaluated_nodes(
        decorators.select("repository", "file_id", "decorator_id", "definition_id", "application"),
        special,
        "decorator_id",
    )
    columns = ("repository", "file_id", "site_node", "rank", "way", "target_id", "confidence")
    called = evaluated_nodes(implicit_targets.select(*columns), special, "site_node")
    return stack(
        edges,
        edge(
            applied,
            "PY_DECORATES",
            src=applied.decorator_id,
            dst=applied.definition_id,
            ord=applied.application,
            origin="ast",
            method="decorator",
        ),
        edge(
            called,
            "PY_IMPLICIT_CALL",
            src=called.site_node,
            dst=called.target_id,
            ord=called["rank"],
            variable=called.way,
            origin="names",
            method="implicit",
            confidence=called.confidence,
        ),
    )


@task(
    MEMBER_EDGES,
    stages=(_order_ancestors, _add_overrides, _add_implied, derive_edge_ids, select_edges),
    task_name="member_edges",
)
def member_edges(
    mro: Table,
    class_bases: Table,
    overrides: Table,
    bindings: Table,
    decorators: Table,
    implicit_targets: Table,
    definitions: Table,
    imports: Table,
) -> Table:
    """In which order classes look attributes up, what takes the place of what, and what decorators are put on."""


def _ancestors(rows: Table, dst: ibis.Value) -> Table:
    return edge(
        rows,
        "PY_MRO",
        src=rows.class_id,
        dst=dst,
        ord=rows.position,
        origin="names",
        method="order",
        confidence=rows.reason.isnull().ifelse(_EXACT, _OPEN),
    )


def _member(kind: ibis.Value, site: ibis.Value, variable: ibis.Value) -> ibis.Value:
    """The graph node of a member: a method or class itself, else the variable that its site binds."""
    return ibis.cases((kind.isin(("method", "property", "class")), site), else_=variable)
