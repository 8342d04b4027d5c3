"""Which importable module each Python file is."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, REPOSITORY
from pipeline_assets.pipes import task

MODULES = Contract(
    name="modules",
    layer="normalize",
    description="One row per Python file, with the dotted name under which an import finds it.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column(
            "module",
            "string",
            "Dotted module name below the import root; the path itself where no import can spell one.",
        ),
        Column("package", "string", "Where a relative import of level one starts; empty for a top-level module."),
        Column("is_package", "boolean", "Whether the file is a package's `__init__`."),
        Column("is_stub", "boolean", "Whether the file is a `.pyi` stub."),
        Column("is_importable", "boolean", "Whether an import statement can spell the name."),
        Column("node_id", "int64", "The file's Module node; null when the file could not be parsed.", nullable=True),
    ),
    key=("file_id",),
    local=("node_id",),
    references=(Reference("file_id", "files", "file_id"), Reference("node_id", "ast_nodes", "node_id")),
    query="SELECT package, count(*) AS files FROM modules GROUP BY package ORDER BY files DESC LIMIT 20",
)


def _select_files(files: Table) -> Table:
    """Keep the files that are code, with what their path says about them."""
    readable = files.filter(files.status == "ok")
    return readable.select(
        "repository",
        "file_id",
        module=readable.module.fill_null(readable.path),
        is_package=readable.path.re_search(r"(^|/)__init__\.pyi?$"),
        is_stub=readable.path.endswith(".pyi"),
        is_importable=readable.module.notnull(),
    )


def _derive_package(files: Table) -> Table:
    """Name the package that relative imports start from."""
    parent = files.module.re_replace(r"(^|\.)[^.]*$", "")
    return files.mutate(package=ibis.ifelse(files.is_package | ~files.is_importable, files.module, parent))


def _attach_syntax(files: Table, ast_nodes: Table) -> Table:
    """Join each file's Module node."""
    roots = ast_nodes.filter(ast_nodes.kind == "Module").select("file_id", "node_id")
    joined = files.left_join(roots, files.file_id == roots.file_id)
    return joined.select(*(files[name] for name in MODULES.names if name != "node_id"), roots.node_id)


@task(MODULES, stages=(_select_files, _derive_package, _attach_syntax))
def modules(files: Table, ast_nodes: Table) -> Table:
    """One row per Python file, with the dotted name under which an import finds it."""
