"""Which syntax node each scope of CPython's symbol table is."""

from __future__ import annotations

import ibis
import pyarrow as pa
from ibis.expr.types import Table

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, REPOSITORY
from pipeline_assets.normalize.scope_matching import (
    NODE_COLUMNS,
    SCOPE_KINDS,
    TABLE_NAMES,
    TYPE_PARAMETER_PARTS,
    FileScopes,
    SymbolTable,
    read_nodes,
    siblings,
)
from pipeline_assets.pipes import graph_task

SCOPE_NODES = Contract(
    name="scope_nodes",
    layer="normalize",
    description="One row per syntax node that opens a scope and per scope it opens, tied to CPython's symbol table.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("node_id", "int64", "The syntax node that opens the scope."),
        Column(
            "role",
            "string",
            "body: the scope of the node's own names; type_parameters: the scope between a generic definition and its "
            "surroundings; bound, default: the lazily evaluated parts of a type parameter.",
            values=("body", "type_parameters", "bound", "default"),
        ),
        Column(
            "kind",
            "string",
            "What the scope is.",
            values=(
                "module",
                "class",
                "function",
                "lambda",
                "comprehension",
                "type_alias",
                "type_parameters",
                "type_variable",
            ),
        ),
        Column(
            "scope_id",
            "int64",
            "The symbol table's scope; null when the compiler made none (the file was refused, or the node sits in an "
            "annotation that is never evaluated).",
            nullable=True,
        ),
        Column(
            "scope_end",
            "int64",
            "Scope ids from `scope_id` to before this one are the scope and those inside it.",
            nullable=True,
        ),
        Column(
            "lookup_scope_id",
            "int64",
            "The symbol table's scope that answers for names evaluated here: `scope_id`, or where the compiler runs a "
            "comprehension in the scope around it (from 3.12 on) that one.",
            nullable=True,
        ),
        Column("parent_node", "int64", "The node that opens the enclosing scope; null for the module.", nullable=True),
        Column(
            "definition_id",
            "int64",
            "The nearest function, class, lambda or module that holds the scope's code, itself included.",
        ),
        Column(
            "private_class",
            "string",
            "Name of the class that private names (`__x`) in this scope are mangled with; null outside classes.",
            nullable=True,
        ),
    ),
    key=("node_id", "role"),
    local=("node_id", "scope_id", "lookup_scope_id", "parent_node", "definition_id"),
    references=(
        Reference("node_id", "ast_nodes", "node_id"),
        Reference("scope_id", "scopes", "scope_id"),
        Reference("parent_node", "ast_nodes", "node_id"),
        Reference("definition_id", "definitions", "definition_id"),
    ),
    query="SELECT kind, count(*) AS scopes, count(scope_id) AS compiled FROM scope_nodes GROUP BY kind ORDER BY kind",
)


def _select_scopes(ast_nodes: Table, scopes: Table) -> dict[str, Table]:
    """Project the nodes that open scopes, the way up from those that need it, and the symbol table's scopes."""
    openers = _openers(ast_nodes)
    deferring = _deferring_files(ast_nodes)
    return {
        "openers": openers.select("file_id", *NODE_COLUMNS, "repository"),
        "above": _above(_ambiguous(openers, deferring), ast_nodes),
        "deferring": deferring,
        "scopes": scopes.select("file_id", "scope_id", "parent_scope_id", "kind", "name", "line"),
    }


def _open_scopes(inputs: dict[str, pa.Table]) -> FileScopes:
    """List the scopes that the syntax opens, each below its enclosing one, in source order."""
    file = FileScopes(inputs)
    for node in read_nodes(inputs["openers"]):
        file.open(node)
    return file


def _match_table(file: FileScopes) -> FileScopes:
    """Find each scope in the symbol table: by parent, kind, name and line, ties in CPython's order of visit."""
    table = SymbolTable(file.inputs["scopes"])
    for group in siblings(file.scopes.values()):
        found = table.children(group[0])
        if len(group) > 1:
            group.sort(key=file.visit_key)
        if len(found) == len(group):
            for opened, scope_id in zip(group, found, strict=True):
                opened.scope_id, opened.scope_end = scope_id, table.ends[scope_id]
    return file


def _tabulate(file: FileScopes) -> pa.Table:
    """Lay the scopes out on the contract's columns."""
    rows = [
        {
            "repository": file.repository,
            "file_id": file.file_id,
            "node_id": opened.node.node_id,
            "role": opened.role,
            "kind": opened.kind,
            "scope_id": opened.scope_id,
            "scope_end": opened.scope_end,
            "lookup_scope_id": opened.compiled_in.scope_id,
            "parent_node": opened.parent.node.node_id if opened.parent else None,
            "definition_id": opened.definition_id,
            "private_class": opened.private_class,
        }
        for opened in file.scopes.values()
    ]
    return pa.Table.from_pylist(rows, schema=SCOPE_NODES.schema.to_pyarrow())


@graph_task(SCOPE_NODES, stages=(_select_scopes, _open_scopes, _match_table, _tabulate), by="file_id")
def scope_nodes(ast_nodes: Table, scopes: Table) -> Table:
    """One row per syntax node that opens a scope and per scope it opens, tied to CPython's symbol table."""


def _openers(ast_nodes: Table) -> Table:
    return ast_nodes.filter(
        ast_nodes.kind.isin([*SCOPE_KINDS]) | ast_nodes.field.isin(["type_params", *TYPE_PARAMETER_PARTS])
    )


def _deferring_files(ast_nodes: Table) -> Table:
    """Files that start with `from __future__ import annotations`."""
    aliases = ast_nodes.filter((ast_nodes.kind == "alias") & (ast_nodes.name == "annotations"))
    statements = ast_nodes.filter((ast_nodes.kind == "ImportFrom") & (ast_nodes.name == "__future__")).view()
    return aliases.semi_join(statements, aliases.parent_id == statements.node_id).select("file_id").distinct()


def _ambiguous(openers: Table, deferring: Table) -> Table:
    """Scopes that need a look at the syntax above: those that look alike on one line, sit in a file whose annotations
    are not evaluated, or in one with type parameters."""
    alike = ibis.window(group_by=[openers.file_id, openers.kind, openers.line])
    file = ibis.window(group_by=openers.file_id)
    counted = openers.mutate(
        is_crowded=openers.count().over(alike) > 1,
        has_type_scopes=((openers.field == "type_params") | (openers.kind == "TypeAlias")).any().over(file),
    )
    joined = counted.left_join(deferring, counted.file_id == deferring.file_id)
    found = joined.filter(
        counted.has_type_scopes
        | (counted.kind.isin([*TABLE_NAMES]) & (counted.is_crowded | deferring.file_id.notnull()))
    )
    return found.select(counted.file_id, counted.node_id)


def _above(scopes: Table, ast_nodes: Table) -> Table:
    """The nodes above each of `scopes`."""
    inner = ast_nodes.view()
    pairs = scopes.inner_join(
        inner,
        (scopes.file_id == inner.file_id) & (inner.node_id < scopes.node_id) & (inner.subtree_end > scopes.node_id),
    )
    return pairs.select(*(inner[name] for name in ("file_id", *NODE_COLUMNS))).distinct()
