"""What every binding site makes of its name, followed through imports and re-exports."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, REPOSITORY, TARGET_KIND_MEANING, TARGET_KINDS
from pipeline_assets.pipes import task

BINDING_TARGETS = Contract(
    name="binding_targets",
    layer="normalize",
    description="One row per binding site, with the definition, module or value that its name then stands for.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("binding_id", "int64", "The binding site."),
        Column("target_kind", "string", f"What the name stands for. {TARGET_KIND_MEANING}.", values=TARGET_KINDS),
        Column(
            "target_id",
            "int64",
            "The definition, the module's syntax node, or the binding; null when it has none here.",
            nullable=True,
        ),
        Column("target_module", "string", "Module that holds the target, or is it; null when missing.", nullable=True),
        Column(
            "target_name",
            "string",
            "The target's name in that module, `<locals>` included; null when the target is a module.",
            nullable=True,
        ),
    ),
    key=("binding_id",),
    local=("binding_id",),
    references=(Reference("binding_id", "bindings", "binding_id"),),
    query="SELECT target_kind, count(*) AS bindings FROM binding_targets GROUP BY target_kind ORDER BY bindings DESC",
)


def _name_bindings(bindings: Table, modules: Table, definitions: Table) -> Table:
    """Name each site in its module: a definition by its qualified name, any other by the name it binds."""
    placed = bindings.inner_join(modules, bindings.file_id == modules.file_id).select(
        bindings.repository,
        bindings.file_id,
        bindings.binding_id,
        bindings.site_node,
        bindings.kind,
        modules.module,
        name=bindings.symbol_name,
    )
    named = placed.left_join(definitions, placed.site_node == definitions.definition_id).select(
        placed, definitions.definition_id, definitions.qualname
    )
    return named.mutate(name=ibis.coalesce(named.qualname.substr(named.module.length() + 1), named.name)).drop(
        "qualname"
    )


def _attach_import(bindings: Table, imports: Table, module_index: Table) -> Table:
    """Attach what the import statement means, and the module where a whole module is bound."""
    found = bindings.left_join(imports, bindings.site_node == imports.import_id).select(
        bindings,
        imports.bound_module,
        imports.target_module,
        imports.target_name,
        imported_name=imports.name,
        outside_module=imports.absolute_module,
        import_kind=imports.target_kind,
    )
    joined = found.left_join(
        module_index, (found.repository == module_index.repository) & (found.bound_module == module_index.module)
    )
    return joined.select(found, here=module_index.module, module_node=module_index.node_id)


def _follow_exports(bindings: Table, exports: Table) -> Table:
    """Follow imported members to what they finally are; one that no text shows may come from a star from outside."""
    opened = exports.filter((exports.name == "*") & (exports.target_kind != "missing")).select(
        "repository", open_module=exports.module, star_kind=exports.target_kind, star_module=exports.target_module
    )
    found = bindings.left_join(
        exports,
        (bindings.repository == exports.repository)
        & (bindings.target_module == exports.module)
        & (bindings.target_name == exports.name),
    ).select(
        bindings,
        found_kind=exports.target_kind,
        final_id=exports.target_id,
        found_module=exports.target_module,
        found_name=exports.target_name,
    )
    joined = found.left_join(
        opened, (found.repository == opened.repository) & (found.target_module == opened.open_module)
    ).select(found, opened.star_kind, opened.star_module)
    is_hidden = joined.found_kind.isnull() & joined.star_kind.notnull()
    return joined.mutate(
        final_kind=ibis.coalesce(joined.found_kind, joined.star_kind),
        final_module=ibis.ifelse(is_hidden, joined.star_module, joined.found_module),
        final_name=ibis.ifelse(is_hidden, joined.target_name, joined.found_name),
    )


def _settle_target(bindings: Table) -> Table:
    """Choose: a whole module, a member followed to its end, something outside, a definition, or the binding itself."""
    is_module = bindings.bound_module.notnull()
    is_here = bindings.here.notnull()
    is_followed = ~is_module & bindings.final_kind.notnull()
    is_import = bindings.kind == "import"
    is_definition = bindings.definition_id.notnull()
    # A member that its module does not show, and one that imports itself in a circle, is nowhere to be found.
    final_kind = ibis.ifelse(bindings.final_kind == "cycle", "missing", bindings.final_kind)
    unseen_kind = ibis.ifelse(bindings.import_kind == "name", "missing", bindings.import_kind)
    return bindings.select(
        "repository",
        "file_id",
        "binding_id",
        target_kind=ibis.cases(
            (is_here, "module"),
            (is_followed, final_kind),
            (is_import, unseen_kind),
            (is_definition, "definition"),
            else_="binding",
        ),
        target_id=ibis.cases(
            (is_here, bindings.module_node),
            (is_followed, bindings.final_id),
            (is_import, None),
            (is_definition, bindings.definition_id),
            else_=bindings.binding_id,
        ),
        target_module=ibis.cases(
            (is_module, bindings.bound_module),
            (is_followed, bindings.final_module),
            (is_import, bindings.outside_module),
            else_=bindings.module,
        ),
        target_name=ibis.cases(
            (is_module, None),
            (is_followed, bindings.final_name),
            (is_import, bindings.imported_name),
            else_=bindings.name,
        ),
    )


@task(BINDING_TARGETS, stages=(_name_bindings, _attach_import, _follow_exports, _settle_target))
def binding_targets(
    bindings: Table, modules: Table, definitions: Table, imports: Table, module_index: Table, exports: Table
) -> Table:
    """One row per binding site, with the definition, module or value that its name then stands for."""
