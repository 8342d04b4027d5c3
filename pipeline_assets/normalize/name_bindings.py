"""Which binding each name occurrence reads or writes, by Python's rules of scope."""

from __future__ import annotations

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, REPOSITORY

NAME_BINDINGS = Contract(
    name="name_bindings",
    layer="normalize",
    description="One row per name occurrence, with the scope rule that applies and the binding site it leads to.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("node_id", "int64", "The Name node."),
        Column("name", "string", "Name as the compiler looks it up: private names inside classes are mangled."),
        Column("ctx", "string", "What happens to it.", values=("load", "store", "del")),
        Column(
            "resolution",
            "string",
            "Where the variable lives: local: in this function; class: in this class body; enclosing: in an enclosing "
            "function or comprehension; global: in the module or beyond it; implicit: provided by Python. Null: the "
            "file has no symbol table.",
            nullable=True,
            values=("local", "class", "enclosing", "global", "implicit"),
        ),
        Column(
            "target_scope_id", "int64", "The scope that owns the variable; null where nothing binds it.", nullable=True
        ),
        Column(
            "binding_id", "int64", "The preferred site that can be meant; null where nothing binds it.", nullable=True
        ),
        Column("candidates", "int32", "How many sites the variable has."),
        Column(
            "is_read_before",
            "boolean",
            "Whether a module's name is read in the only statement that binds it, as in `str = str`.",
        ),
    ),
    key=("node_id",),
    local=("node_id", "target_scope_id", "binding_id"),
    references=(
        Reference("node_id", "ast_nodes", "node_id"),
        Reference("target_scope_id", "scopes", "scope_id"),
        Reference("binding_id", "bindings", "binding_id"),
    ),
    query="SELECT resolution, ctx, count(*) AS names FROM name_bindings GROUP BY ALL ORDER BY names DESC",
)
