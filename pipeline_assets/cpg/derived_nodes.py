"""Nodes that the specification asks for and the AST does not spell: files, blocks, returns, types, references."""

from __future__ import annotations

import ibis
from ibis.expr.types import IntegerValue, Table

from pipeline_assets.cpg import ids
from pipeline_assets.cpg.nodes import derive_node_evidence, node_family, select_nodes
from pipeline_assets.cpg.shared import BLOCK_FIELDS, block_of
from pipeline_assets.pipes import task
from pipeline_assets.pipes.stacking import stack

DERIVED_NODES = node_family(
    "derived_nodes",
    "One node per file, namespace, block, method return, class body, class type, field name, and reference to a "
    "definition where it is evaluated.",
)


_DEFINITION_COMPANIONS = (
    # (kinds of definition, node kind, slot, name or None for the definition's own, suffix of the qualified name)
    (("module",), "NAMESPACE_BLOCK", ids.NAMESPACE_BLOCK, None, ""),
    (("class",), "TYPE", ids.CLASS_TYPE, None, ""),
    (("class",), "METHOD", ids.CLASS_BODY, "<body>", ".<body>"),
    (("class",), "TYPE_REF", ids.TYPE_REF, None, ""),
    (("function", "async_function", "lambda"), "METHOD_REF", ids.METHOD_REF, None, ""),
    (("module", "class", "function", "async_function", "lambda"), "METHOD_RETURN", ids.METHOD_RETURN, "RET", None),
)


def _collect_companions(definitions: Table, ast_nodes: Table, files: Table) -> Table:
    """Files, companions of definitions, statement blocks and field names, in the columns of nodes."""
    return stack(
        *(_definition_companion(definitions.view(), *row) for row in _DEFINITION_COMPANIONS),
        _blocks(ast_nodes),
        _field_identifiers(ast_nodes.view()),
        _files(files),
    )


@task(DERIVED_NODES, stages=(_collect_companions, derive_node_evidence, select_nodes), task_name="derived_nodes")
def derived_nodes(definitions: Table, ast_nodes: Table, files: Table) -> Table:
    """One node per file, namespace, block, method return, class body, class type, reference and field name."""


def _definition_companion(
    definitions: Table, of: tuple[str, ...], kind: str, slot: int, name: str | None, suffix: str | None
) -> Table:
    owners = definitions.filter(definitions.kind.isin(of))
    return _nodes(
        owners,
        ids.companion(owners.definition_id, slot),
        kind,
        name=owners.name if name is None else ibis.literal(name),
        qualname=ibis.null("string") if suffix is None else owners.qualname + suffix,
        origin="ast",
    )


def _blocks(ast_nodes: Table) -> Table:
    """A block per list of statements, from the first statement's first byte to the last one's end."""
    statements = ast_nodes.filter(ast_nodes.field.isin(tuple(BLOCK_FIELDS)) & ast_nodes.ordinal.notnull())
    spans = statements.group_by("repository", "file_id", "parent_id", "field").aggregate(
        bstart=statements.bstart.min(), bend=statements.bend.max(), line=statements.line.min()
    )
    return _nodes(spans, block_of(spans.parent_id, spans.field), "BLOCK", origin="ast")


def _field_identifiers(ast_nodes: Table) -> Table:
    accesses = ast_nodes.filter(ast_nodes.kind == "Attribute")
    tokens = accesses.mutate(bstart=accesses.name_bstart, bend=accesses.name_bend)
    return _nodes(
        tokens, ids.companion(tokens.node_id, ids.FIELD_IDENTIFIER), "FIELD_IDENTIFIER", name=tokens.name, origin="ast"
    )


def _files(files: Table) -> Table:
    read = files.filter(files.sha256.notnull())
    whole = read.mutate(bstart=ibis.null("int32"), bend=ibis.null("int32"), line=ibis.null("int32"))
    return _nodes(whole, ids.file_node(whole.file_id), "FILE", name=whole.path, qualname=whole.path, origin="files")


def _nodes(
    table: Table,
    node_id: IntegerValue,
    kind: str,
    *,
    origin: str,
    name: ibis.Value | None = None,
    qualname: ibis.Value | None = None,
) -> Table:
    nothing = ibis.null("string")
    return table.select(
        "repository", "file_id", "bstart", "bend", "line",
        node_id=node_id,
        kind=ibis.literal(kind),
        name=nothing if name is None else name,
        qualname=nothing if qualname is None else qualname,
        stable_id=nothing,
        origin=ibis.literal(origin),
    )  # fmt: skip
