"""What import statements depend on, and which entity of the repository they mean."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.cpg import ids
from pipeline_assets.cpg.edges import derive_edge_ids, edge, edge_family, select_edges
from pipeline_assets.cpg.shared import import_statements, imported_module, variables_of
from pipeline_assets.pipes import task
from pipeline_assets.pipes.stacking import stack

IMPORT_EDGES = edge_family(
    "import_edges",
    "IMPORTS from each import to the module it depends on, PY_RESOLVES_TO to the entity of this repository it means.",
)


def _find_targets(imports: Table, modules: Table, exports: Table, bindings: Table) -> Table:
    """Give each import the node of the module, definition or variable that it means here, where there is one."""
    statements = import_statements(imports)
    named = statements.mutate(loaded_module=imported_module(statements))
    with_module = named.left_join(
        modules, [named.repository == modules.repository, named.target_file_id == modules.file_id]
    ).select(named, module_node=modules.node_id)
    with_member = with_module.left_join(
        exports,
        [
            with_module.repository == exports.repository,
            with_module.target_module == exports.module,
            with_module.target_name == exports.name,
        ],
    ).select(with_module, member_kind=exports.target_kind, member_id=exports.target_id)
    sites = variables_of(bindings)
    return with_member.left_join(
        sites, [with_member.repository == sites.repository, with_member.member_id == sites.binding_id]
    ).select(with_member, sites.variable_node)


def _normalize_imports(imports: Table) -> Table:
    """IMPORTS and PY_RESOLVES_TO edges."""
    loading = imports.filter(imports.loaded_module.notnull())
    meaning = imports.mutate(
        target_node=ibis.cases(
            (imports.target_kind == "module", ids.companion(imports.module_node, ids.NAMESPACE_BLOCK)),
            (imports.member_kind == "definition", imports.member_id),
            (imports.member_kind == "module", ids.companion(imports.member_id, ids.NAMESPACE_BLOCK)),
            (imports.member_kind == "binding", imports.variable_node),
            else_=ibis.null("int64"),
        )
    )
    resolved = meaning.filter(meaning.target_node.notnull())
    module = ids.outside_node("DEPENDENCY", loading.loaded_module)
    return stack(
        edge(
            loading,
            "IMPORTS",
            src=loading.import_id,
            dst=module,
            variable=loading.bound_name,
            origin="names",
            method="import",
        ),
        edge(
            resolved,
            "PY_RESOLVES_TO",
            src=resolved.import_id,
            dst=resolved.target_node,
            variable=resolved.bound_name,
            origin="names",
            method="import",
        ),
    )


@task(IMPORT_EDGES, stages=(_find_targets, _normalize_imports, derive_edge_ids, select_edges), task_name="import_edges")
def import_edges(imports: Table, modules: Table, exports: Table, bindings: Table) -> Table:
    """IMPORTS to the module each import depends on, PY_RESOLVES_TO to the entity of this repository it means."""
