"""Which scope is in which, what each one is the scope of, which variables it has, and which code touches them."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.cpg import ids
from pipeline_assets.cpg.edges import derive_edge_ids, edge, edge_family, select_edges
from pipeline_assets.cpg.shared import variables_of
from pipeline_assets.pipes import task
from pipeline_assets.pipes.stacking import stack

SCOPE_EDGES = edge_family(
    "scope_edges",
    "PY_SCOPE_PARENT between scopes, PY_RESOLVES_TO from scopes and code units to what they belong to, PY_DECLARES to "
    "variables, PY_READS, PY_WRITES and PY_DELETES from methods to the variables that their code touches.",
)

_NO_WRITES = ("parameter", "type_parameter", "declaration", "del")
"""Kinds of bindings that give no value while the code runs."""


def _tie_scopes(scopes: Table, scope_nodes: Table, unit_scopes: Table, bindings: Table) -> Table:
    """Scopes to the scope around, to what opens them and to their variables; code units to what they run."""
    inner = scopes.filter(scopes.parent_scope_id.notnull())
    opened = scope_nodes.filter(scope_nodes.scope_id.notnull())
    sites = variables_of(bindings)
    owned = sites.filter((sites["rank"] == 0) & sites.scope_id.notnull())
    return stack(
        edge(
            inner, "PY_SCOPE_PARENT", src=inner.scope_id, dst=inner.parent_scope_id, origin="symtable", method="scope"
        ),
        edge(opened, "PY_RESOLVES_TO", src=opened.scope_id, dst=opened.node_id, origin="symtable", method="scope"),
        edge(owned, "PY_DECLARES", src=owned.scope_id, dst=owned.variable_node, origin="symtable", method="scope"),
        edge(
            unit_scopes,
            "PY_RESOLVES_TO",
            src=unit_scopes.code_unit_id,
            dst=unit_scopes.scope_node,
            origin="bytecode",
            method="evaluation",
        ),
    )


def _find_accesses(
    edges: Table, bindings: Table, references: Table, name_resolutions: Table, scope_nodes: Table, definitions: Table
) -> Table:
    """Add one edge per method, variable and what its code does to it, however often."""
    sites = variables_of(bindings).select("repository", "file_id", "binding_id", "kind", "site_scope", "variable_node")
    loads = name_resolutions.filter((name_resolutions.ctx == "load") & name_resolutions.binding_id.notnull())
    named = references.filter(references.ctx == "load").select("file_id", "node_id", "definition_id")
    found = loads.select("repository", "file_id", "node_id", "binding_id").inner_join(
        named, [loads.file_id == named.file_id, loads.node_id == named.node_id]
    )
    variable = sites.select("file_id", "binding_id", "variable_node")
    read = found.inner_join(
        variable, [found.file_id == variable.file_id, found.binding_id == variable.binding_id]
    ).select(found.repository, found.file_id, found.definition_id, variable.variable_node)
    bodies = scope_nodes.filter(scope_nodes.role == "body").select("file_id", "node_id", "definition_id")
    made = sites.filter(sites.kind.notin(_NO_WRITES) | (sites.kind == "del"))
    touched = made.inner_join(bodies, [made.file_id == bodies.file_id, made.site_scope == bodies.node_id]).select(
        made.repository, made.file_id, made.kind, made.variable_node, bodies.definition_id
    )
    classes = definitions.filter(definitions.kind == "class").select("file_id", "definition_id")
    accesses = {
        "PY_READS": read,
        "PY_WRITES": touched.filter(touched.kind != "del"),
        "PY_DELETES": touched.filter(touched.kind == "del"),
    }
    return stack(edges, *(_accesses(kind, rows, classes) for kind, rows in accesses.items()))


@task(
    SCOPE_EDGES,
    stages=(_tie_scopes, _find_accesses, derive_edge_ids, select_edges),
    task_name="scope_edges",
)
def scope_edges(
    scopes: Table,
    scope_nodes: Table,
    unit_scopes: Table,
    bindings: Table,
    references: Table,
    name_resolutions: Table,
    definitions: Table,
) -> Table:
    """Which scope is in which, what each one is the scope of, its variables, and which code touches them."""


def _accesses(kind: str, rows: Table, classes: Table) -> Table:
    """The code of a class is that of its `<body>`."""
    once = rows.select("repository", "file_id", "definition_id", "variable_node").distinct()
    own = classes.view()
    joined = once.left_join(own, [once.file_id == own.file_id, once.definition_id == own.definition_id]).select(
        once, in_class=own.definition_id
    )
    method = joined.definition_id + ibis.cases((joined.in_class.notnull(), ids.CLASS_BODY), else_=0)
    return edge(joined, kind, src=method, dst=joined.variable_node, origin="symtable", method="access")
