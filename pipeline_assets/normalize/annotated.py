"""Annotations that are never evaluated."""

from __future__ import annotations

from ibis.expr.types import Table

from pipeline_assets.pipes.stacking import stack


def unevaluated_annotations(ast_nodes: Table, scope_nodes: Table) -> Table:
    """Annotations of variables in functions, and all of files that import `annotations` from `__future__`."""
    found = ast_nodes.filter(ast_nodes.field.isin(["annotation", "returns"])).select(
        "file_id", "node_id", "parent_id", "subtree_end", "scope_node"
    )
    columns = ("file_id", "node_id", "subtree_end", "scope_node")
    deferring = deferring_files(ast_nodes.view())
    deferred = found.semi_join(deferring, found.file_id == deferring.file_id).select(*columns)
    return stack(deferred, _local_annotations(found, ast_nodes.view(), scope_nodes).select(*columns))


def deferring_files(ast_nodes: Table) -> Table:
    """Files that import `annotations` from `__future__`, by their ids."""
    aliases = ast_nodes.filter((ast_nodes.kind == "alias") & (ast_nodes.name == "annotations"))
    statements = ast_nodes.filter((ast_nodes.kind == "ImportFrom") & (ast_nodes.name == "__future__")).view()
    same = (aliases.file_id == statements.file_id) & (aliases.parent_id == statements.node_id)
    return aliases.semi_join(statements, same).select("file_id").distinct()


def _local_annotations(annotations: Table, ast_nodes: Table, scope_nodes: Table) -> Table:
    statements = ast_nodes.filter(ast_nodes.kind == "AnnAssign")
    statements = statements.select("file_id", "node_id", "scope_node")
    functions = scope_nodes.filter((scope_nodes.role == "body") & (scope_nodes.kind == "function")).select(
        "file_id", "node_id"
    )
    local = statements.semi_join(
        functions, (statements.file_id == functions.file_id) & (statements.scope_node == functions.node_id)
    )
    same = (annotations.file_id == local.file_id) & (annotations.parent_id == local.node_id)
    return annotations.semi_join(local, same)
