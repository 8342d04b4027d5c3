"""What modules hold, what they pass on from others, and what is called by which name."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.cpg import ids
from pipeline_assets.cpg.edges import derive_edge_ids, edge, edge_family, select_edges
from pipeline_assets.cpg.fact_ids import export_node, qualified_name_node
from pipeline_assets.cpg.shared import variables_of
from pipeline_assets.pipes import task
from pipeline_assets.pipes.stacking import stack

EXPORT_EDGES = edge_family(
    "export_edges",
    "PY_DECLARES from namespaces to their members, PY_RESOLVES_TO from members to what they are, PY_RE_EXPORTS to what "
    "a module passes on; PY_CALLS_QUALNAME from calls to names, PY_RESOLVES_TO from names to definitions.",
)


def _find_members(exports: Table, modules: Table, bindings: Table) -> Table:
    """Give each member of a module the node of what it finally is, where that is in the repository."""
    held = exports.select("repository", "module", "name", "target_kind", "target_id", "via")
    named = modules.select("repository", "module").distinct()
    known = held.left_join(named, [held.repository == named.repository, held.module == named.module]).select(
        held, has_namespace=named.module.notnull()
    )
    sites = variables_of(bindings).select("repository", "binding_id", "variable_node")
    return known.left_join(sites, [known.repository == sites.repository, known.target_id == sites.binding_id]).select(
        known, sites.variable_node
    )


def _tie_members(members: Table) -> Table:
    """Namespaces to members, members to entities, and namespaces to what they have from other modules."""
    rows = members.mutate(
        file_id=ibis.null("int64"),
        entity=ibis.cases(
            (members.target_kind == "definition", members.target_id),
            (members.target_kind == "module", ids.companion(members.target_id, ids.NAMESPACE_BLOCK)),
            (members.target_kind == "binding", members.variable_node),
            else_=ibis.null("int64"),
        ),
    )
    declared = rows.filter(rows.has_namespace)
    resolved = rows.filter(rows.entity.notnull())
    passed = resolved.filter(resolved.via.isin(("import", "star")) & resolved.has_namespace)
    return stack(
        edge(
            declared,
            "PY_DECLARES",
            src=ids.outside_node("NAMESPACE", declared.module),
            dst=export_node(declared),
            origin="names",
            method="export",
        ),
        edge(
            resolved, "PY_RESOLVES_TO", src=export_node(resolved), dst=resolved.entity, origin="names", method="export"
        ),
        edge(
            passed,
            "PY_RE_EXPORTS",
            src=ids.outside_node("NAMESPACE", passed.module),
            dst=passed.entity,
            variable=passed.name,
            origin="names",
            method="export",
        ),
    )


def _tie_calls(edges: Table, call_sites: Table, definitions: Table) -> Table:
    """Add calls to the dotted name of what they call, and such names to what has them."""
    calls = call_sites.filter(call_sites.qualified_name.notnull()).select(
        "repository", "file_id", "call_id", "qualified_name"
    )
    names = calls.select("repository", "qualified_name").distinct()
    meant = definitions.filter(definitions.kind != "module").select(
        "repository", "file_id", "definition_id", "qualname"
    )
    owned = meant.semi_join(names, [meant.repository == names.repository, meant.qualname == names.qualified_name])
    return stack(
        edges,
        edge(
            calls,
            "PY_CALLS_QUALNAME",
            src=calls.call_id,
            dst=qualified_name_node(calls.qualified_name),
            origin="names",
            method="qualified_name",
        ),
        edge(
            owned,
            "PY_RESOLVES_TO",
            src=qualified_name_node(owned.qualname),
            dst=owned.definition_id,
            origin="names",
            method="qualified_name",
        ),
    )


@task(
    EXPORT_EDGES,
    stages=(_find_members, _tie_members, _tie_calls, derive_edge_ids, select_edges),
    task_name="export_edges",
)
def export_edges(exports: Table, modules: Table, bindings: Table, call_sites: Table, definitions: Table) -> Table:
    """What modules hold, what they pass on from others, and what is called by which name."""
