"""The members of every module, followed through imports, aliases and stars to what they finally are."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from ibis.expr.types import Table

from pipeline_assets.inference.contract import Column, Contract
from pipeline_assets.normalize.columns import REPOSITORY
from pipeline_assets.normalize.re_exports import Member, Pointer, Repository, Target
from pipeline_assets.pipes import graph_task

EXPORTS = Contract(
    name="exports",
    layer="normalize",
    description=(
        "One row per member of a module, followed through re-exports to the definition, module or variable behind it."
    ),
    columns=(
        REPOSITORY,
        Column("module", "string", "The module that has the member."),
        Column(
            "name",
            "string",
            "The member; `*` stands for what star imports from outside may bring: missing when there are several.",
        ),
        Column(
            "target_kind",
            "string",
            "definition: a class or function here; module: a module or package here; binding: another value here; "
            "external, standard_library: something outside; missing: an import that leads nowhere here; cycle: imports "
            "that lead back to themselves.",
            values=("definition", "module", "binding", "external", "standard_library", "missing", "cycle"),
        ),
        Column(
            "target_id",
            "int64",
            "The definition, the module's syntax node, or the binding; null outside the repository and for "
            "namespace packages.",
            nullable=True,
        ),
        Column(
            "target_module",
            "string",
            "Module that finally holds it, or is it; null where imports lead nowhere.",
            nullable=True,
        ),
        Column("target_name", "string", "Its name there; null when the target is a module.", nullable=True),
        Column(
            "via",
            "string",
            "How the module comes to have it: own: bound by its code; import: an import statement; star: a "
            "star import; "
            "submodule: a module below a package.",
            values=("own", "import", "star", "submodule"),
        ),
        Column(
            "is_public",
            "boolean",
            "Whether `from module import *` hands it on: listed in `__all__`, else no leading underscore.",
        ),
        Column("steps", "int32", "How many other modules' members were passed on the way."),
    ),
    key=("repository", "module", "name"),
    query="SELECT via, target_kind, count(*) AS members FROM exports GROUP BY ALL ORDER BY members DESC",
)


def _select_members(module_index: Table, bindings: Table, imports: Table, all_names: Table) -> dict[str, Table]:
    """Project the modules, the preferred binding of each of their names, what imports bind, the stars and `__all__`."""
    own = _of_modules(bindings.filter((bindings.rank == 0) & (bindings.kind != "del")), "scope_node", module_index)
    stars = _of_modules(imports.filter(imports.is_star), "scope_node", module_index)
    listed = all_names.inner_join(module_index, all_names.file_id == module_index.file_id)
    return {
        "modules": module_index.select("repository", "module", "parent", "name", "node_id"),
        "own": own.select("repository", "module", "symbol_name", "kind", "site_node", "binding_id"),
        "imported": imports.filter(~imports.is_star).select(
            "import_id", "absolute_module", "name", "target_kind", "target_module", "target_name", "bound_module"
        ),
        "stars": stars.select("repository", "module", "import_id", "target_kind", "target_module", "absolute_module"),
        "listed": listed.select(
            all_names.repository, module_index.module, all_names.element_id, all_names.kind, all_names.name
        ),
    }


def _build_repositories(inputs: dict[str, pa.Table]) -> dict[str, Repository]:
    """Give every module its own members, submodules and stars, repository by repository."""
    repositories: dict[str, Repository] = {}
    for row in inputs["modules"].to_pylist():
        repositories.setdefault(row["repository"], Repository()).add(row["module"], row["node_id"])
    imported = {row["import_id"]: row for row in inputs["imported"].to_pylist()}
    for row in inputs["own"].to_pylist():
        repository = repositories[row["repository"]]
        member = _member(row, imported.get(row["site_node"]), repository)
        repository.modules[row["module"]].bind(
            row["symbol_name"], member, "import" if row["kind"] == "import" else "own"
        )
    for row in inputs["stars"].sort_by("import_id").to_pylist():
        repositories[row["repository"]].modules[row["module"]].add_star(*_star(row))
    for row in inputs["listed"].sort_by("element_id").to_pylist():
        repositories[row["repository"]].modules[row["module"]].list_name(row["kind"], row["name"])
    for row in inputs["modules"].to_pylist():
        repositories[row["repository"]].add_submodule(row["parent"], row["name"], row["module"])
    return repositories


def _expand_stars(repositories: dict[str, Repository]) -> dict[str, Repository]:
    """Add what star imports bring, through any number of modules and in any order."""
    for repository in repositories.values():
        repository.expand_stars()
    return repositories


def _follow_members(repositories: dict[str, Repository]) -> pa.Table:
    """Follow every member to what it finally is."""
    rows = [
        {
            "repository": name,
            "module": module.name,
            "name": member,
            "target_kind": target.kind,
            "target_id": target.id,
            "target_module": target.module,
            "target_name": target.name,
            "via": module.via.get(member, "star"),
            "is_public": module.is_public(member),
            "steps": steps,
        }
        for name, repository in repositories.items()
        for module in repository.modules.values()
        for member, target, steps in repository.members_of(module)
    ]
    return pa.Table.from_pylist(rows, schema=EXPORTS.schema.to_pyarrow())


@graph_task(EXPORTS, stages=(_select_members, _build_repositories, _expand_stars, _follow_members))
def exports(module_index: Table, bindings: Table, imports: Table, all_names: Table) -> Table:
    """One row per member of a module, followed through re-exports to the definition, module or variable behind it."""


def _of_modules(rows: Table, node: str, module_index: Table) -> Table:
    """Rows that belong to the file an import finds, with the module's name."""
    same = (rows.repository == module_index.repository) & (rows[node] == module_index.node_id)
    return rows.inner_join(module_index, same).select(rows, module_index.module)


def _member(row: dict[str, Any], imported: dict[str, Any] | None, repository: Repository) -> Member:
    if imported is None:
        is_definition = row["kind"] in ("function", "class")
        kind, target_id = ("definition", row["site_node"]) if is_definition else ("binding", row["binding_id"])
        return Target(kind, target_id, row["module"], row["symbol_name"])
    if imported["bound_module"] is not None:
        return repository.module_target(imported["bound_module"], imported["target_kind"])
    if imported["target_kind"] == "name":
        return Pointer(imported["target_module"], imported["target_name"])
    return Target(imported["target_kind"], None, imported["absolute_module"], imported["name"])


def _star(row: dict[str, Any]) -> tuple[str, str | None, str | None]:
    """Kind and module of a star import's target: inside the repository, else outside."""
    return row["target_kind"], row["target_module"], row["absolute_module"]
