"""Edges of what definitions, imports, closures and files are declared to be, and the parts of control structures."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.cpg import ids
from pipeline_assets.cpg.edges import derive_edge_ids, edge, edge_family, select_edges
from pipeline_assets.cpg.shared import (
    FILE_ROLES,
    captures,
    expression_node,
    import_calls,
    modifiers,
    own_body,
    type_aliases,
)
from pipeline_assets.pipes import task
from pipeline_assets.pipes.stacking import stack

DECLARED_EDGES = edge_family(
    "declared_edges",
    "AST to modifiers, annotations, output parameters and aliases, PARAMETER_LINK, CAPTURE and CAPTURED_BY, "
    "IS_CALL_FOR_IMPORT, TAGGED_BY, REF of namespaces, and the parts of control structures by their role.",
)

_PARTS = {
    # Edge kind → (class of the statement, field), and the slot of the block that holds a list; None: an expression.
    "CONDITION": (
        ("If", "test", None),
        ("While", "test", None),
        ("Match", "subject", None),
        ("comprehension", "ifs", None),
    ),
    "TRUE_BODY": (("If", "body", ids.BODY_BLOCK), ("While", "body", ids.BODY_BLOCK)),
    "FALSE_BODY": (*((kind, "orelse", ids.ELSE_BLOCK) for kind in ("If", "While", "For", "AsyncFor")),),
    "FOR_BODY": (("For", "body", ids.BODY_BLOCK), ("AsyncFor", "body", ids.BODY_BLOCK)),
    "TRY_BODY": (("Try", "body", ids.BODY_BLOCK), ("TryStar", "body", ids.BODY_BLOCK)),
    "CATCH_BODY": (("Try", "handlers", None), ("TryStar", "handlers", None)),
    "FINALLY_BODY": (("Try", "finalbody", ids.FINAL_BLOCK), ("TryStar", "finalbody", ids.FINAL_BLOCK)),
}


def _find_parts(ast_nodes: Table) -> Table:
    """Pair the expressions and first statements of control structures with the class of what holds them."""
    kinds = tuple(sorted({kind for parts in _PARTS.values() for kind, _, _ in parts}))
    fields = tuple(sorted({field for parts in _PARTS.values() for _, field, _ in parts}))
    holders = ast_nodes.filter(ast_nodes.kind.isin(kinds)).select("file_id", holder="node_id", holder_kind="kind")
    held = ast_nodes.filter(ast_nodes.field.isin(fields))
    parts = held.select("repository", "file_id", "node_id", "parent_id", "kind", "field", "ordinal")
    return parts.inner_join(holders, [parts.file_id == holders.file_id, parts.parent_id == holders.holder]).select(
        parts, holders.holder_kind
    )


def _name_parts(parts: Table) -> Table:
    """CONDITION to the expressions that decide, and from each statement to its blocks and handlers by their role."""
    return stack(*(_part(parts, kind, *part) for kind, found in _PARTS.items() for part in found))


def _place_parts(edges: Table, parameters: Table, definitions: Table, decorators: Table) -> Table:
    """Place in the tree what belongs to a definition: output parameters, annotations, modifiers."""
    outputs = ids.companion(parameters.parameter_id, ids.PARAMETER_OUT)
    annotation = ids.companion(decorators.decorator_id, ids.ANNOTATION)
    return stack(
        edges,
        _tree(parameters, parameters.definition_id, outputs),
        edge(parameters, "PARAMETER_LINK", src=parameters.parameter_id, dst=outputs, origin="ast", method="syntax"),
        _tree(decorators, decorators.definition_id, annotation),
        *(_tree(held, holder, node) for held, node, holder, _ in modifiers(definitions, decorators)),
    )


def _place_aliases(edges: Table, imports: Table, type_exprs: Table, scope_nodes: Table) -> Table:
    """Place imports by call, which are tied to their call, and names for types."""
    calls, aliases = import_calls(imports), own_body(type_aliases(type_exprs), scope_nodes)
    call_import = ids.companion(calls.import_id, ids.IMPORT)
    alias = ids.companion(aliases.owner_id, ids.ALIAS)
    return stack(
        edges,
        _tree(calls, calls.import_id, call_import),
        edge(calls, "IS_CALL_FOR_IMPORT", src=calls.import_id, dst=call_import, origin="ast", method="import"),
        _tree(aliases, aliases.definition_id, alias),
    )


def _tie_files(edges: Table, modules: Table, files: Table) -> Table:
    """Tie files to their namespaces and to the roles that they have."""
    named = modules.filter(modules.node_id.notnull())
    namespace = ids.companion(named.node_id, ids.NAMESPACE_BLOCK)
    roles = [(files.filter(files[role] & files.sha256.notnull()), tag) for role, tag in FILE_ROLES.items()]
    return stack(
        edges,
        edge(
            named,
            "REF",
            src=namespace,
            dst=ids.outside_node("NAMESPACE", named.module),
            origin="files",
            method="file",
        ),
        *(
            edge(
                held,
                "TAGGED_BY",
                src=ids.file_node(held.file_id),
                dst=ids.outside_node("TAG", ibis.literal(tag)),
                origin="files",
                method="file",
            )
            for held, tag in roles
        ),
    )


def _add_captures(edges: Table, symbols: Table, symbol_homes: Table, scope_nodes: Table, bindings: Table) -> Table:
    """Tie each captured variable to the reference of the function or class that captures it."""
    found = captures(symbols, symbol_homes, scope_nodes, bindings)
    binding = ids.fact_node("CLOSURE_BINDING", found.symbol_id)
    reference = found.closure_node + ibis.cases((found.is_class, ids.TYPE_REF), else_=ids.METHOD_REF)
    locals_ = found.filter(~found.declared)
    captured = ids.fact_node("CLOSURE_BINDING", locals_.symbol_id)
    return stack(
        edges,
        edge(found, "CAPTURE", src=reference, dst=binding, origin="symtable", method="binding"),
        edge(found, "REF", src=binding, dst=found.variable_node, origin="symtable", method="binding"),
        edge(locals_, "CAPTURED_BY", src=locals_.variable_node, dst=captured, origin="symtable", method="binding"),
    )


@task(
    DECLARED_EDGES,
    stages=(
        _find_parts,
        _name_parts,
        _place_parts,
        _place_aliases,
        _tie_files,
        _add_captures,
        derive_edge_ids,
        select_edges,
    ),
    task_name="declared_edges",
)
def declared_edges(
    ast_nodes: Table,
    modules: Table,
    files: Table,
    definitions: Table,
    parameters: Table,
    decorators: Table,
    imports: Table,
    type_exprs: Table,
    scope_nodes: Table,
    symbols: Table,
    symbol_homes: Table,
    bindings: Table,
) -> Table:
    """What definitions, imports, closures and files are declared to be, and the parts of control structures."""


def _part(parts: Table, kind: str, holder_kind: str, field: str, slot: int | None) -> Table:
    found = parts.filter((parts.holder_kind == holder_kind) & (parts.field == field))
    if slot is not None:
        found = found.filter(found.ordinal == 0)
    dst = expression_node(found.node_id, found.kind) if slot is None else found.parent_id + slot
    place = found.ordinal if slot is None else ibis.null("int32")
    return edge(found, kind, src=found.parent_id, dst=dst, ord=place, origin="ast", method="syntax")


def _tree(table: Table, holder: ibis.Value, node: ibis.Value) -> Table:
    return edge(table, "AST", src=holder, dst=node, origin="ast", method="syntax")
