"""Which method evaluates what, which type has which methods, and which file holds them."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.cpg import ids
from pipeline_assets.cpg.edges import derive_edge_ids, edge, edge_family, select_edges
from pipeline_assets.cpg.kinds import CONTAINED_KINDS, SYNTAX_KINDS
from pipeline_assets.cpg.shared import BLOCK_FIELDS, REFERENCES, block_of, expression_node
from pipeline_assets.pipes import task
from pipeline_assets.pipes.stacking import stack

CONTAINMENT_EDGES = edge_family(
    "containment_edges", "CONTAINS from methods, types and files to what they hold, SOURCE_FILE back to the file."
)

_CONTAINED = (*(name for kind in CONTAINED_KINDS for name in SYNTAX_KINDS.get(kind, ())), *REFERENCES)


def _find_methods(ast_nodes: Table, scope_nodes: Table) -> Table:
    """Tell for each syntax node which method evaluates it: that of its scope, not of the header it is written in."""
    codes = scope_nodes.select("repository", "file_id", "node_id", "definition_id", "kind").distinct()
    owners = codes.group_by("repository", "file_id", "node_id").aggregate(definition_id=codes.definition_id.max())
    joined = ast_nodes.inner_join(owners, ast_nodes.scope_node == owners.node_id)
    return joined.select(
        ast_nodes.repository,
        ast_nodes.file_id,
        ast_nodes.node_id,
        ast_nodes.kind,
        ast_nodes.field,
        ast_nodes.ordinal,
        ast_nodes.parent_id,
        owners.definition_id,
    )


def _normalize_containment(syntax: Table, definitions: Table, comments: Table) -> Table:
    """CONTAINS and SOURCE_FILE edges of methods, class bodies, types and files."""
    evaluated = _in_methods(syntax, definitions.view())
    inner = definitions.filter(definitions.class_id.notnull())
    methods = inner.filter(inner.kind != "class")
    return stack(
        *evaluated,
        edge(methods, "CONTAINS", src=methods.class_id, dst=methods.definition_id, origin="ast", method="syntax"),
        *_in_files(definitions.view()),
        edge(
            comments,
            "SOURCE_FILE",
            src=ids.fact_node("COMMENT", comments.comment_id),
            dst=ids.file_node(comments.file_id),
            origin="files",
            method="file",
        ),
    )


@task(
    CONTAINMENT_EDGES,
    stages=(_find_methods, _normalize_containment, derive_edge_ids, select_edges),
    task_name="containment_edges",
)
def containment_edges(ast_nodes: Table, scope_nodes: Table, definitions: Table, comments: Table) -> Table:
    """CONTAINS from methods, types and files to what they hold, SOURCE_FILE back to the file."""


def _in_methods(syntax: Table, definitions: Table) -> list[Table]:
    """Expressions, jumps, statement blocks and field names; the code of a class is that of its `<body>`."""
    classes = definitions.filter(definitions.kind == "class")
    joined = syntax.left_join(classes, syntax.definition_id == classes.definition_id)
    owned = joined.select(
        syntax.repository,
        syntax.file_id,
        syntax.node_id,
        syntax.kind,
        syntax.field,
        syntax.ordinal,
        syntax.parent_id,
        holder=syntax.definition_id + ibis.cases((classes.definition_id.notnull(), ids.CLASS_BODY), else_=0),
    )
    nodes = owned.filter(owned.kind.isin(_CONTAINED))
    firsts = owned.filter(owned.field.isin(tuple(BLOCK_FIELDS)) & (owned.ordinal == 0))
    accesses = owned.filter(owned.kind == "Attribute")
    targets = (
        (nodes, expression_node(nodes.node_id, nodes.kind)),
        (firsts, block_of(firsts.parent_id, firsts.field)),
        (accesses, ids.companion(accesses.node_id, ids.FIELD_IDENTIFIER)),
    )
    return [
        edge(table, "CONTAINS", src=table.holder, dst=dst, origin="ast", method="evaluation") for table, dst in targets
    ]


def _in_files(definitions: Table) -> list[Table]:
    modules = definitions.filter(definitions.kind == "module")
    classes = definitions.filter(definitions.kind == "class")
    namespace = ids.companion(modules.definition_id, ids.NAMESPACE_BLOCK)
    body = ids.companion(classes.definition_id, ids.CLASS_BODY)
    held = (
        (definitions, definitions.definition_id, True),
        (classes, body, True),
        (modules, namespace, False),
    )
    contains = [
        edge(table, "CONTAINS", src=ids.file_node(table.file_id), dst=node, origin="files", method="file")
        for table, node, is_contained in held
        if is_contained
    ]
    back = [
        edge(table, "SOURCE_FILE", src=node, dst=ids.file_node(table.file_id), origin="files", method="file")
        for table, node, _ in held
    ]
    return [*contains, *back]
