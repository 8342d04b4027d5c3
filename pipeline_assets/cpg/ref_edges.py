"""Which variable, parameter or method an occurrence denotes."""

from __future__ import annotations

from ibis.expr.types import Table

from pipeline_assets.cpg import ids
from pipeline_assets.cpg.edges import derive_edge_ids, edge, edge_family, select_edges
from pipeline_assets.cpg.shared import variables_of
from pipeline_assets.pipes import task
from pipeline_assets.pipes.stacking import stack

REF_EDGES = edge_family(
    "ref_edges", "REF from names to the variable or parameter they denote, from method references to their method."
)


def _find_variables(name_resolutions: Table, bindings: Table) -> Table:
    """Give each name that something in its file binds the node of its variable."""
    sites = variables_of(bindings)
    joined = name_resolutions.inner_join(sites, name_resolutions.binding_id == sites.binding_id)
    return joined.select(
        name_resolutions.repository,
        name_resolutions.file_id,
        name_resolutions.node_id,
        sites.variable_node,
    )


def _normalize_references(names: Table, definitions: Table) -> Table:
    """REF edges of names and of method references."""
    methods = definitions.filter(definitions.kind.isin(("function", "async_function", "lambda")))
    reference = ids.companion(methods.definition_id, ids.METHOD_REF)
    return stack(
        edge(names, "REF", src=names.node_id, dst=names.variable_node, origin="symtable", method="binding"),
        edge(methods, "REF", src=reference, dst=methods.definition_id, origin="ast", method="syntax"),
    )


@task(REF_EDGES, stages=(_find_variables, _normalize_references, derive_edge_ids, select_edges), task_name="ref_edges")
def ref_edges(name_resolutions: Table, bindings: Table, definitions: Table) -> Table:
    """REF from names to the variable or parameter they denote, from method references to their method."""
