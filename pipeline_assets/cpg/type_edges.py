"""Which types things have, what aliases stand for, what is raised, and what is written about types where."""

from __future__ import annotations

from ibis.expr.types import Table

from pipeline_assets.cpg import ids
from pipeline_assets.cpg.edges import derive_edge_ids, edge, edge_family, select_edges
from pipeline_assets.cpg.fact_ids import type_expression_node
from pipeline_assets.pipes import task
from pipeline_assets.pipes.stacking import stack

TYPE_EDGES = edge_family(
    "type_edges",
    "EVAL_TYPE, PY_INFERRED_TYPE, ALIAS_OF and PY_RAISES to types, PY_HAS_ANNOTATION to type expressions and from "
    "those to the ones inside, PY_TYPE_PARAM_OF from type parameters to what they belong to.",
)


def _tie_types(type_links: Table) -> Table:
    """From nodes to the types of classes, here and outside."""
    return stack(
        *(
            edge(
                linked,
                kind,
                src=linked.node_id,
                dst=linked.type_node,
                ord=linked.place,
                origin=source,
                method=linked.method,
                confidence=linked.confidence,
            )
            for kind, source in (
                ("EVAL_TYPE", "ast"), ("EVAL_TYPE", "pyrefly"), ("PY_INFERRED_TYPE", "ast"),
                ("PY_INFERRED_TYPE", "pyrefly"), ("ALIAS_OF", "ast"), ("PY_RAISES", "names"),
            )
            for linked in (type_links.filter((type_links.link == kind) & (type_links.origin == source)),)
        )
    )  # fmt: skip


def _tie_annotations(edges: Table, type_exprs: Table, definitions: Table, ast_nodes: Table) -> Table:
    """Add what has an annotation, and type parameters; what a function returns is said of its METHOD_RETURN."""
    functions = definitions.filter(definitions.kind.isin(("function", "async_function"))).select(
        "file_id", "definition_id"
    )
    wholes = type_exprs.filter(type_exprs.depth == 0).select("repository", "file_id", "type_id", "owner_id", "position")
    owned = wholes.left_join(
        functions, [wholes.file_id == functions.file_id, wholes.owner_id == functions.definition_id]
    ).select(wholes, returning=functions.definition_id.notnull())
    is_returned = owned.returning & (owned.position == "return")
    inner = type_exprs.filter(type_exprs.parent_type.notnull())
    generic = ast_nodes.filter(ast_nodes.field == "type_params")
    return stack(
        edges,
        edge(
            owned,
            "PY_HAS_ANNOTATION",
            src=owned.owner_id + is_returned.ifelse(ids.METHOD_RETURN, 0),
            dst=type_expression_node(owned.type_id),
            variable=owned.position,
            origin="ast",
            method="annotation",
        ),
        edge(
            inner,
            "PY_HAS_ANNOTATION",
            src=type_expression_node(inner.parent_type),
            dst=type_expression_node(inner.type_id),
            ord=inner.ordinal,
            origin="ast",
            method="annotation",
        ),
        edge(
            generic,
            "PY_TYPE_PARAM_OF",
            src=generic.node_id,
            dst=generic.parent_id,
            ord=generic.ordinal,
            origin="ast",
            method="syntax",
        ),
    )


@task(
    TYPE_EDGES,
    stages=(_tie_types, _tie_annotations, derive_edge_ids, select_edges),
    task_name="type_edges",
)
def type_edges(type_links: Table, type_exprs: Table, definitions: Table, ast_nodes: Table) -> Table:
    """Which types things have, what aliases stand for, what is raised, and what is written about types where."""
