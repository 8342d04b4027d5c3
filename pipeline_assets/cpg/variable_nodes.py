"""Variables as graph nodes: a LOCAL per variable of a module or function, a MEMBER per variable of a class."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.cpg.nodes import derive_node_evidence, node_family
from pipeline_assets.cpg.shared import own_variables
from pipeline_assets.pipes import task

VARIABLE_NODES = node_family(
    "variable_nodes", "One node per variable that is no parameter: LOCAL, or MEMBER in a class body."
)


def _normalize_variables(bindings: Table, scope_nodes: Table) -> Table:
    """One row per variable in the columns of nodes; class variables are members of the type."""
    variables = own_variables(bindings)
    scopes = scope_nodes.filter(scope_nodes.role == "body")
    joined = variables.inner_join(scopes, variables.scope_node == scopes.node_id)
    return joined.select(
        variables.repository,
        variables.file_id,
        node_id=variables.variable_node,
        kind=ibis.cases((scopes.kind == "class", "MEMBER"), else_="LOCAL"),
        bstart=ibis.null("int32"),
        bend=ibis.null("int32"),
        line=variables.line,
        name=variables.symbol_name,
        qualname=ibis.null("string"),
        stable_id=ibis.null("string"),
        origin=ibis.literal("symtable"),
    )


@task(VARIABLE_NODES, stages=(_normalize_variables, derive_node_evidence), task_name="variable_nodes")
def variable_nodes(bindings: Table, scope_nodes: Table) -> Table:
    """One node per variable that is no parameter: LOCAL, or MEMBER in a class body."""
