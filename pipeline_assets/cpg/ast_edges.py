"""The syntax tree as edges, in the specification's shape: wrappers skipped, statements under blocks."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.cpg import ids
from pipeline_assets.cpg.edges import derive_edge_ids, edge, edge_family, select_edges
from pipeline_assets.cpg.kinds import TRANSPARENT
from pipeline_assets.cpg.shared import BLOCK_FIELDS, block_of, expression_node, own_variables
from pipeline_assets.pipes import task
from pipeline_assets.pipes.stacking import stack

AST_EDGES = edge_family("ast_edges", "One AST edge per node inside a file: from what holds it in the syntax tree.")

_ELSEWHERE = ("Module", "arg", *TRANSPARENT)
"""Classes whose own place in the tree follows from `definitions` and `parameters`, or that are no nodes."""
_DEFAULTS = ("defaults", "kw_defaults")


def _skip_wrappers(ast_nodes: Table) -> Table:
    """Hang each node on the nearest holder that is a graph node, with the place it has there."""
    wrappers = ast_nodes.filter(ast_nodes.kind.isin(TRANSPARENT)).view()
    inner = ast_nodes.filter(ast_nodes.kind.notin(_ELSEWHERE) & ~ast_nodes.field.isin(_DEFAULTS))
    joined = inner.left_join(wrappers, inner.parent_id == wrappers.node_id)
    wrapped = wrappers.node_id.notnull()
    return joined.select(
        inner.repository,
        inner.file_id,
        inner.node_id,
        inner.kind,
        parent_id=wrapped.ifelse(wrappers.parent_id, inner.parent_id),
        field=wrapped.ifelse(wrappers.field, inner.field),
        ordinal=wrapped.ifelse(wrappers.ordinal, inner.ordinal),
    )


def _normalize_tree(syntax: Table) -> Table:
    """An edge from what holds each node; a statement hangs on the block that it is in."""
    in_block = syntax.field.isin(tuple(BLOCK_FIELDS)) & syntax.ordinal.notnull()
    return edge(
        syntax,
        "AST",
        src=ibis.cases((in_block, block_of(syntax.parent_id, syntax.field)), else_=syntax.parent_id),
        dst=expression_node(syntax.node_id, syntax.kind),
        ord=syntax.ordinal,
        origin="ast",
        method="syntax",
    )


def _add_blocks(edges: Table, ast_nodes: Table, definitions: Table) -> Table:
    """Add blocks and the names of fields, which are no nodes of the syntax tree."""
    return stack(edges, _blocks(ast_nodes, definitions), _field_identifiers(ast_nodes.view()))


def _add_definitions(edges: Table, definitions: Table, parameters: Table, ast_nodes: Table) -> Table:
    """Add definitions with what holds or ends them, and parameters with their defaults."""
    return stack(
        edges,
        _definitions(definitions),
        *_companions(definitions.view()),
        _parameters(parameters),
        _defaults(parameters.view(), ast_nodes),
    )


def _add_variables(edges: Table, bindings: Table, scope_nodes: Table) -> Table:
    """Add variables: below their method, comprehension or type."""
    return stack(edges, _variables(bindings, scope_nodes))


@task(
    AST_EDGES,
    stages=(
        _skip_wrappers,
        _normalize_tree,
        _add_blocks,
        _add_definitions,
        _add_variables,
        derive_edge_ids,
        select_edges,
    ),
    task_name="ast_edges",
)
def ast_edges(ast_nodes: Table, definitions: Table, parameters: Table, bindings: Table, scope_nodes: Table) -> Table:
    """One AST edge per node inside a file: from what holds it in the syntax tree."""


def _blocks(ast_nodes: Table, definitions: Table) -> Table:
    """A block hangs on its statement; that of a class hangs on the method that runs the class body."""
    firsts = ast_nodes.filter(ast_nodes.field.isin(tuple(BLOCK_FIELDS)) & (ast_nodes.ordinal == 0))
    classes = definitions.filter(definitions.kind == "class")
    joined = firsts.left_join(classes, firsts.parent_id == classes.definition_id)
    holders = joined.select(
        firsts.repository,
        firsts.file_id,
        block=block_of(firsts.parent_id, firsts.field),
        holder=firsts.parent_id + ibis.cases((classes.definition_id.notnull(), ids.CLASS_BODY), else_=0),
    )
    return edge(holders, "AST", src=holders.holder, dst=holders.block, origin="ast", method="syntax")


def _field_identifiers(ast_nodes: Table) -> Table:
    accesses = ast_nodes.filter(ast_nodes.kind == "Attribute")
    field = ids.companion(accesses.node_id, ids.FIELD_IDENTIFIER)
    return edge(accesses, "AST", src=accesses.node_id, dst=field, origin="ast", method="syntax")


def _definitions(definitions: Table) -> Table:
    """Definitions hang directly on the definition that holds them, as methods and types do in the specification."""
    inner = definitions.filter(definitions.parent_id.notnull())
    return edge(inner, "AST", src=inner.parent_id, dst=inner.definition_id, origin="ast", method="syntax")


def _companions(definitions: Table) -> list[Table]:
    modules = definitions.filter(definitions.kind == "module")
    classes = definitions.filter(definitions.kind == "class")
    namespace = ids.companion(modules.definition_id, ids.NAMESPACE_BLOCK)
    body = ids.companion(classes.definition_id, ids.CLASS_BODY)
    in_class = ibis.cases((definitions.kind == "class", ids.CLASS_BODY), else_=0)
    ends = ids.companion(definitions.definition_id, ids.METHOD_RETURN)
    return [
        edge(modules, "AST", src=ids.file_node(modules.file_id), dst=namespace, origin="ast", method="syntax"),
        edge(modules, "AST", src=namespace, dst=modules.definition_id, origin="ast", method="syntax"),
        edge(classes, "AST", src=classes.definition_id, dst=body, origin="ast", method="syntax"),
        edge(definitions, "AST", src=definitions.definition_id + in_class, dst=ends, origin="ast", method="syntax"),
    ]


def _parameters(parameters: Table) -> Table:
    return edge(
        parameters,
        "AST",
        src=parameters.definition_id,
        dst=parameters.parameter_id,
        ord=parameters.position,
        origin="ast",
        method="syntax",
    )


def _defaults(parameters: Table, ast_nodes: Table) -> Table:
    values = ast_nodes.filter(ast_nodes.field.isin(_DEFAULTS))
    joined = values.inner_join(parameters, values.node_id == parameters.default_id)
    defaults = joined.select(
        values.repository,
        values.file_id,
        parameters.parameter_id,
        value=expression_node(values.node_id, values.kind),
    )
    return edge(defaults, "AST", src=defaults.parameter_id, dst=defaults.value, origin="ast", method="syntax")


def _variables(bindings: Table, scope_nodes: Table) -> Table:
    """A local hangs on its method's block, a comprehension's on the comprehension, a member on its type."""
    variables = own_variables(bindings)
    scopes = scope_nodes.filter(scope_nodes.role == "body")
    joined = variables.inner_join(scopes, variables.scope_node == scopes.node_id)
    slot = ibis.cases((scopes.kind.isin(("module", "function")), ids.BODY_BLOCK), else_=0)
    held = joined.select(
        variables.repository,
        variables.file_id,
        holder=scopes.node_id + slot,
        variable_node=variables.variable_node,
    )
    return edge(held, "AST", src=held.holder, dst=held.variable_node, origin="symtable", method="binding")
