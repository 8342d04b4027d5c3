"""Every occurrence of a name or attribute."""

from __future__ import annotations

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import BEND, BSTART, FILE_ID, LINE, REPOSITORY

REFERENCES = Contract(
    name="references",
    layer="normalize",
    description=(
        "One row per name or attribute occurrence in an expression or target, with the scope it is looked up in."
    ),
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("node_id", "int64", "The Name or Attribute node."),
        Column("kind", "string", "Which of the two.", values=("name", "attribute")),
        Column("name", "string", "Name or attribute as written."),
        Column("symbol_name", "string", "Name as the compiler looks it up: private names inside classes are mangled."),
        Column("ctx", "string", "What happens to it.", values=("load", "store", "del")),
        Column(
            "dotted",
            "string",
            "The whole occurrence when it is a name or a plain chain of attributes on a name (`a.b.c`), else null.",
            nullable=True,
        ),
        Column(
            "root_id", "int64", "The name at the start of that chain (itself for a name), else null.", nullable=True
        ),
        Column("scope_node", "int64", "Node of the scope in which the occurrence is evaluated."),
        Column(
            "scope_id",
            "int64",
            "The symbol table's scope that answers for the name; null when the table has none.",
            nullable=True,
        ),
        Column("definition_id", "int64", "The function, class, lambda or module whose code holds the occurrence."),
        Column("parent_id", "int64", "The syntax node directly above."),
        LINE,
        BSTART,
        BEND,
    ),
    key=("node_id",),
    local=("node_id", "root_id", "scope_node", "scope_id", "definition_id", "parent_id"),
    spans=(("bstart", "bend"),),
    references=(
        Reference("node_id", "ast_nodes", "node_id"),
        Reference("root_id", "ast_nodes", "node_id"),
        Reference("scope_id", "scopes", "scope_id"),
        Reference("definition_id", "definitions", "definition_id"),
    ),
    query=(
        "SELECT name, count(*) AS uses FROM \"references\" WHERE kind = 'name' GROUP BY name ORDER BY uses "
        "DESC LIMIT 20"
    ),
)
