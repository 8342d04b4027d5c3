"""Syntax that is evaluated in the scopes of type parameters and type aliases (Python 3.12)."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.normalize.scope_matching import HEADERS, TYPE_PARAMETER_PARTS
from pipeline_assets.pipes.stacking import stack


def type_pieces(ast_nodes: Table) -> Table:
    """The subtrees, each with the node that opens its scope (`owner`) and which of that node's scopes it is.

    `ast_nodes.scope_node` leaves these scopes out: it names the scope around the definition.
    """
    generic = _generic_definitions(ast_nodes)
    headers = ast_nodes.filter(ast_nodes.field.isin([*HEADERS]))
    headers = headers.semi_join(generic, headers.parent_id == generic.owner)
    values = ast_nodes.filter(ast_nodes.field == "value")
    aliases = ast_nodes.filter(ast_nodes.kind == "TypeAlias").select(alias_id=ast_nodes.node_id)
    values = values.semi_join(aliases, values.parent_id == aliases.alias_id)
    lazy = [_pieces(ast_nodes.filter(ast_nodes.field == field), role) for field, role in TYPE_PARAMETER_PARTS.items()]
    return stack(_pieces(headers, "type_parameters"), _annotations(ast_nodes, generic), _pieces(values, "body"), *lazy)


def _generic_definitions(ast_nodes: Table) -> Table:
    parameters = ast_nodes.filter(ast_nodes.field == "type_params")
    return parameters.select("file_id", owner=parameters.parent_id).distinct()


def _pieces(roots: Table, role: str) -> Table:
    return roots.select(
        "file_id",
        piece_node=roots.node_id,
        piece_end=roots.subtree_end,
        owner=roots.parent_id,
        owner_role=ibis.literal(role),
    )


def _annotations(ast_nodes: Table, generic: Table) -> Table:
    """Annotations of the parameters of generic functions."""
    arguments = ast_nodes.filter(ast_nodes.kind == "arguments").select("node_id", definition_id=ast_nodes.parent_id)
    arguments = arguments.semi_join(generic, arguments.definition_id == generic.owner)
    args = ast_nodes.filter(ast_nodes.kind == "arg").select(arg_id=ast_nodes.node_id, arguments_id=ast_nodes.parent_id)
    args = args.inner_join(arguments, args.arguments_id == arguments.node_id).select(args, arguments.definition_id)
    annotations = ast_nodes.filter(ast_nodes.field == "annotation")
    found = annotations.inner_join(args, annotations.parent_id == args.arg_id)
    return found.select(
        annotations.file_id,
        piece_node=annotations.node_id,
        piece_end=annotations.subtree_end,
        owner=args.definition_id,
        owner_role=ibis.literal("type_parameters"),
    )
