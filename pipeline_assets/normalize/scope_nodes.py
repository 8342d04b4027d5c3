"""Which syntax node each scope of CPython's symbol table is."""

from __future__ import annotations

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, REPOSITORY

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
    local=("file_id", "node_id", "scope_id", "parent_node", "definition_id"),
    references=(
        Reference("node_id", "ast_nodes", "node_id"),
        Reference("scope_id", "scopes", "scope_id"),
        Reference("parent_node", "ast_nodes", "node_id"),
        Reference("definition_id", "definitions", "definition_id"),
    ),
    query="SELECT kind, count(*) AS scopes, count(scope_id) AS in_symtable FROM scope_nodes GROUP BY kind ORDER BY scopes DESC",
)
