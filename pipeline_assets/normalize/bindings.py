"""Every place that gives a name a value, and the scope whose variable it is."""

from __future__ import annotations

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, LINE, REPOSITORY

BINDINGS = Contract(
    name="bindings",
    layer="normalize",
    description="One row per place that binds or deletes a name, in the scope that owns the variable.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("binding_id", "int64", "The binding: the site's id in the definition-site family."),
        Column(
            "site_node",
            "int64",
            "Syntax node that binds: Name, arg, alias, FunctionDef, ClassDef, ExceptHandler, pattern …",
        ),
        Column("name", "string", "Name as written (an import binds its first part or its alias)."),
        Column("symbol_name", "string", "Name as the symbol table has it: private names inside classes are mangled."),
        Column(
            "kind",
            "string",
            "What binds it. `global` and `nonlocal` statements bind nothing: they move the sites to another scope.",
            values=(
                "parameter",
                "variable",
                "import",
                "function",
                "class",
                "for_target",
                "with_target",
                "except_target",
                "comprehension",
                "walrus",
                "match",
                "type_parameter",
                "type_alias",
                "del",
            ),
        ),
        Column("scope_node", "int64", "Node of the scope that owns the variable."),
        Column("scope_id", "int64", "That scope in the symbol table; null when the table has none.", nullable=True),
        Column(
            "rank",
            "int32",
            "Preference among the sites of one variable, 0 first: classes, functions and imports before other values, "
            "branches before their fallbacks (`except`, `else`), imports by first, all others by last site.",
        ),
        Column("candidates", "int32", "How many sites the variable has."),
        LINE,
    ),
    key=("binding_id",),
    local=("file_id", "binding_id", "site_node", "scope_node", "scope_id"),
    references=(
        Reference("site_node", "ast_nodes", "node_id"),
        Reference("scope_node", "ast_nodes", "node_id"),
        Reference("scope_id", "scopes", "scope_id"),
    ),
    query="SELECT kind, count(*) AS sites FROM bindings GROUP BY kind ORDER BY sites DESC",
)
