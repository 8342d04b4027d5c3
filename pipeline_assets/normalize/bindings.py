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
            "What binds it; declaration: an annotation without a value. `global` and `nonlocal` bind "
            "nothing: they move "
            "a name's sites to another scope.",
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
                "declaration",
                "del",
            ),
        ),
        Column("scope_node", "int64", "Node of the scope that owns the variable."),
        Column(
            "site_scope",
            "int64",
            "Node of the scope in which the site itself is evaluated: another one after `global` and `nonlocal`, for "
            "parameters, and for assignment expressions in comprehensions.",
        ),
        Column(
            "scope_id", "int64", "The owning scope in the symbol table; null when the table has none.", nullable=True
        ),
        Column(
            "rank",
            "int32",
            "Preference among the sites of one variable, 0 first: what this interpreter never runs comes last; "
            "classes, functions and imports before other values; what only type checkers run later; branches before "
            "their fallbacks (`except`, `else` of `if`); a property before its accessors; then classes and functions "
            "before imports; imports by first, all others by last site.",
        ),
        Column("candidates", "int32", "How many sites the variable has."),
        Column(
            "header_start",
            "int64",
            "The statement or expression that binds, when it computes something first: a definition's header, a value.",
            nullable=True,
        ),
        Column(
            "header_end",
            "int64",
            "Names of the same scope inside `header_start` and before this id are read before the site takes effect.",
            nullable=True,
        ),
        Column(
            "lasts_until",
            "int64",
            "Where the variable is cleared again: the end of the clause of an `except … as`. Names of this id or later "
            "do not mean the site.",
            nullable=True,
        ),
        Column(
            "branch_id", "int64", "The innermost block of the same scope that holds the site, if any.", nullable=True
        ),
        LINE,
    ),
    key=("binding_id",),
    local=("binding_id", "site_node", "scope_node", "site_scope", "scope_id", "branch_id"),
    references=(
        Reference("site_node", "ast_nodes", "node_id"),
        Reference("scope_node", "ast_nodes", "node_id"),
        Reference("scope_id", "scopes", "scope_id"),
        Reference("branch_id", "branches", "branch_id"),
    ),
    query="SELECT kind, count(*) AS sites FROM bindings GROUP BY kind ORDER BY sites DESC",
)

BINDING_FAMILY = 4
"""The id family of definition sites: a binding's id is its site's with this family in place of syntax."""
