"""What each name occurrence stands for."""

from __future__ import annotations

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, REPOSITORY, TARGET_KIND_MEANING, TARGET_KINDS

NAME_RESOLUTIONS = Contract(
    name="name_resolutions",
    layer="normalize",
    description="One row per name occurrence, with the rule that resolves it and what it stands for.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("node_id", "int64", "The Name node."),
        Column("name", "string", "Name as the compiler looks it up: private names inside classes are mangled."),
        Column("ctx", "string", "What happens to it.", values=("load", "store", "del")),
        Column(
            "resolution",
            "string",
            "Where the lookup ends: local: this function or module-level code; class: this class body; enclosing: an "
            "enclosing function; global: the module; builtin: the interpreter's builtins; implicit: provided by Python; "
            "unresolved: nowhere that can be seen.",
            values=("local", "class", "enclosing", "global", "builtin", "implicit", "unresolved"),
        ),
        Column(
            "target_scope_id",
            "int64",
            "The scope that owns the variable; null outside the file's scopes.",
            nullable=True,
        ),
        Column("binding_id", "int64", "The preferred binding site in that scope (`bindings.rank` 0).", nullable=True),
        Column(
            "target_kind",
            "string",
            f"What it stands for. {TARGET_KIND_MEANING}; null: unresolved.",
            nullable=True,
            values=TARGET_KINDS,
        ),
        Column(
            "target_id",
            "int64",
            "The definition, the module's syntax node, or the binding, through imports and re-exports; null when it has none here.",
            nullable=True,
        ),
        Column(
            "target_module", "string", "Module that holds the target, or is it; `builtins` for builtins.", nullable=True
        ),
        Column(
            "target_name",
            "string",
            "The target's name in that module; null when the target is a module.",
            nullable=True,
        ),
        Column("candidates", "int32", "How many binding sites the variable has; 0 when nothing in the file binds it."),
        Column(
            "reason",
            "string",
            "Why nothing was found: undefined: no binding anywhere; star_import: a star import from outside may bind it; "
            "no_symbols: the file has no symbol table.",
            nullable=True,
            values=("undefined", "star_import", "no_symbols"),
        ),
    ),
    key=("node_id",),
    local=("node_id", "target_scope_id", "binding_id"),
    references=(
        Reference("node_id", "ast_nodes", "node_id"),
        Reference("target_scope_id", "scopes", "scope_id"),
        Reference("binding_id", "bindings", "binding_id"),
    ),
    query="SELECT resolution, target_kind, count(*) AS names FROM name_resolutions GROUP BY ALL ORDER BY names DESC",
)
