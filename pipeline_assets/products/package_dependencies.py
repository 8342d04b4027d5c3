"""Which packages each repository imports from outside itself, and which other repository has them."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.inference.contract import Column, Contract
from pipeline_assets.normalize.columns import REPOSITORY
from pipeline_assets.pipes import task

PACKAGE_DEPENDENCIES = Contract(
    name="package_dependencies",
    layer="products",
    description="One row per repository, package that it imports from outside, and repository that has the modules.",
    columns=(
        REPOSITORY,
        Column("package", "string", "Top-level name of what is imported."),
        Column("kind", "string", "What it is.", values=("standard_library", "external")),
        Column(
            "dst_repository",
            "string",
            "Repository of this warehouse that has the imported modules; empty where none has them.",
        ),
        Column("modules", "int64", "How many of its modules are imported."),
        Column("imports", "int64", "How many imports there are."),
        Column("files", "int64", "How many files import it."),
        Column("is_optional", "boolean", "Whether every import of it stands in a block, as in `try`."),
        Column("is_type_checking", "boolean", "Whether only type checkers ever import it."),
        Column("is_test_only", "boolean", "Whether only test code imports it."),
    ),
    key=("repository", "package", "kind", "dst_repository"),
    query=(
        "SELECT repository, package, dst_repository, files FROM package_dependencies WHERE kind = 'external' "
        "ORDER BY files DESC"
    ),
)


def _select_outside(imports: Table, files: Table) -> Table:
    """Imports of modules outside the repository, with their file's role."""
    outside = imports.filter(imports.target_kind.isin(("external", "standard_library")) & ~imports.never_runs)
    known = outside.filter(outside.absolute_module.notnull())
    return known.inner_join(files, [known.repository == files.repository, known.file_id == files.file_id]).select(
        known.repository,
        known.file_id,
        known.target_kind,
        known.is_conditional,
        known.is_type_checking,
        files.is_test,
        module=known.absolute_module,
    )


def _find_providers(outside: Table, modules: Table) -> Table:
    """The other repositories that have the module itself; the standard library is nobody's."""
    held = modules.filter(modules.is_importable).select("module", owner="repository").distinct()
    asked = outside.view().select("repository", "target_kind", "module").distinct()
    found = asked.filter(asked.target_kind == "external").inner_join(held, "module")
    others = found.filter(found.owner != found.repository).select("repository", "module", "owner")
    return outside.left_join(others, [outside.repository == others.repository, outside.module == others.module]).select(
        outside, dst_repository=others.owner.fill_null("")
    )


def _count_imports(imported: Table) -> Table:
    """One row per repository, package and provider."""
    rows = imported.mutate(package=imported.module.split(".")[0], kind=imported.target_kind)
    counted = rows.group_by("repository", "package", "kind", "dst_repository").aggregate(
        modules=rows.module.nunique(),
        imports=rows.count(),
        files=rows.file_id.nunique(),
        is_optional=rows.is_conditional.all(),
        is_type_checking=rows.is_type_checking.all(),
        is_test_only=rows.is_test.all(),
    )
    return PACKAGE_DEPENDENCIES.select(counted.filter(counted.package != ibis.literal("")))


@task(PACKAGE_DEPENDENCIES, stages=(_select_outside, _find_providers, _count_imports))
def package_dependencies(imports: Table, files: Table, modules: Table) -> Table:
    """One row per repository, package that it imports from outside, and repository that has the modules."""
