"""Import statements, one row per imported name, resolved inside the repository."""

from __future__ import annotations

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, LINE, REPOSITORY

IMPORTS = Contract(
    name="imports",
    layer="normalize",
    description="One row per imported name, with the module or member of this repository that it means.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("import_id", "int64", "The alias node."),
        Column("statement_id", "int64", "The Import or ImportFrom statement."),
        Column("scope_node", "int64", "Node of the scope in which the statement runs."),
        Column("kind", "string", "`import x` or `from x import y`.", values=("import", "from")),
        Column(
            "module_text",
            "string",
            "Module as written after `from`; null for `import` and for `from . import`.",
            nullable=True,
        ),
        Column("level", "int32", "Leading dots of a relative import."),
        Column("name", "string", "Imported name as written; `*` for a star import."),
        Column("asname", "string", "Alias as written.", nullable=True),
        Column("bound_name", "string", "Name that the statement binds; null for a star import.", nullable=True),
        Column(
            "absolute_module",
            "string",
            "Absolute name of the module that is imported; null when a relative import leaves the top-level package.",
            nullable=True,
        ),
        Column(
            "target_module",
            "string",
            "Module of this repository that the import means or that holds the member.",
            nullable=True,
        ),
        Column("target_file_id", "int64", "File of that module; null for namespace packages.", nullable=True),
        Column(
            "target_name", "string", "Member of the target module; null when the module itself is meant.", nullable=True
        ),
        Column(
            "target_kind",
            "string",
            "module: a module or regular package here; package: a namespace package here; name: a member of a module here; "
            "standard_library, external: outside; missing: its parent is here, it is not.",
            values=("module", "name", "package", "external", "standard_library", "missing"),
        ),
        Column("rank", "int32", "Order among the imports that bind one name in one scope: 0 is tried first."),
        Column("is_star", "boolean", "Whether it is a star import."),
        Column("is_type_checking", "boolean", "Whether it runs only under `if TYPE_CHECKING`."),
        Column("is_conditional", "boolean", "Whether it stands inside `if`, `try`, `match` or a loop of its scope."),
        LINE,
    ),
    key=("import_id",),
    local=("import_id", "statement_id", "scope_node"),
    references=(
        Reference("import_id", "ast_nodes", "node_id"),
        Reference("statement_id", "ast_nodes", "node_id"),
        Reference("target_file_id", "files", "file_id"),
    ),
    query="SELECT target_kind, count(*) AS imports FROM imports GROUP BY target_kind ORDER BY imports DESC",
)
