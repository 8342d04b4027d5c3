"""Which importable module each Python file is."""

from __future__ import annotations

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, REPOSITORY

MODULES = Contract(
    name="modules",
    layer="normalize",
    description="One row per Python file, with the dotted name under which an import finds it.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("module", "string", "Dotted module name, below the repository's import root."),
        Column(
            "package",
            "string",
            "Dotted name that a relative import of level one starts from; empty for a top-level module.",
        ),
        Column("is_package", "boolean", "Whether the file is a package's `__init__`."),
        Column("is_stub", "boolean", "Whether the file is a `.pyi` stub."),
        Column(
            "rank",
            "int32",
            "Order among the files of the same module name: 0 is the file an import finds "
            "(packages before modules, source before stubs).",
        ),
        Column("node_id", "int64", "The file's Module node; null when the file could not be parsed.", nullable=True),
    ),
    key=("file_id",),
    local=("file_id", "node_id"),
    references=(Reference("file_id", "files", "file_id"), Reference("node_id", "ast_nodes", "node_id")),
    query="SELECT package, count(*) AS files FROM modules GROUP BY package ORDER BY files DESC LIMIT 20",
)
