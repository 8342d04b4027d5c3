"""Variables as graph nodes: a LOCAL per variable of a module or function, a MEMBER per variable of a class."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.cpg import ids
from pipeline_assets.cpg.nodes import derive_node_evidence, node_family, select_nodes
from pipeline_assets.pipes import task

VARIABLE_NODES = node_family(
    "variable_nodes", "One node per variable that is no parameter: LOCAL, or MEMBER in a class body."
)


def own_variables(bindings: Table) -> Table:
    """The preferred site of every variable, with the parameter that declares it, if one does.

    A variable has one site of rank 0; its LOCAL or MEMBER is named after that site. A parameter, however often it is
    assigned again, stays the METHOD_PARAMETER_IN that its `arg` node is; type parameters likewise.
    """
    declared = ibis.cases(
        (bindings.kind.isin(("parameter", "type_parameter")), bindings.site_node), else_=ibis.null("int64")
    )
    variable = ibis.window(group_by=("file_id", "scope_node", "scope_id", "symbol_name"))
    marked = bindings.mutate(parameter_node=declared.min().over(variable))
    return marked.filter(marked["rank"] == 0)


def _normalize_variables(bindings: Table, scope_nodes: Table) -> Table:
    """One row per variable in the columns of nodes; class variables are members of the type."""
    variables = own_variables(bindings)
    scopes = scope_nodes.filter(scope_nodes.role == "body")
    joined = variables.filter(variables.parameter_node.isnull()).inner_join(
        scopes, [variables.scope_node == scopes.node_id]
    )
    return joined.select(
        variables.repository,
        variables.file_id,
        node_id=ids.companion(variables.binding_id, ids.VARIABLE),
        kind=ibis.cases((scopes.kind == "class", "MEMBER"), else_="LOCAL"),
        bstart=ibis.null("int32"),
        bend=ibis.null("int32"),
        line=variables.line,
        name=variables.symbol_name,
        qualname=ibis.null("string"),
        stable_id=ibis.null("string"),
        origin=ibis.literal("symtable"),
    )


@task(VARIABLE_NODES, stages=(_normalize_variables, derive_node_evidence, select_nodes), task_name="variable_nodes")
def variable_nodes(bindings: Table, scope_nodes: Table) -> Table:
    """One node per variable that is no parameter: LOCAL, or MEMBER in a class body."""
