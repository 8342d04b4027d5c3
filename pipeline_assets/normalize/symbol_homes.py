"""In which scope the variable behind each symbol lives."""

from __future__ import annotations

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, REPOSITORY

SYMBOL_HOMES = Contract(
    name="symbol_homes",
    layer="normalize",
    description=(
        "One row per symbol, with the scope that owns its variable by the compiler's local, global and free rules."
    ),
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("symbol_id", "int64", "The symbol."),
        Column("scope_id", "int64", "The scope in which the name occurs."),
        Column("name", "string", "The name as the symbol table has it: private names are mangled."),
        Column(
            "home_scope_id",
            "int64",
            "The scope that owns the variable; null for `__class__`, which no scope binds.",
            nullable=True,
        ),
        Column(
            "resolution",
            "string",
            "local: bound in this scope; class: bound in this class body; enclosing: in an enclosing function; "
            "global: in the module or, failing that, in the builtins; implicit: provided by Python.",
            values=("local", "class", "enclosing", "global", "implicit"),
        ),
    ),
    key=("symbol_id",),
    local=("symbol_id", "scope_id", "home_scope_id"),
    references=(Reference("symbol_id", "symbols", "symbol_id"), Reference("home_scope_id", "scopes", "scope_id")),
    query="SELECT resolution, count(*) AS symbols FROM symbol_homes GROUP BY resolution ORDER BY symbols DESC",
)
