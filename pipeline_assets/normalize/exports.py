"""The members of every module, followed through imports, aliases and stars to what they finally are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

import pyarrow as pa
from ibis.expr.types import Table

from pipeline_assets.inference.contract import Column, Contract
from pipeline_assets.normalize.columns import REPOSITORY
from pipeline_assets.normalize.re_exports import (
    STRONGEST,
    WEAKEST,
    Member,
    Module,
    Pointer,
    Repository,
    Strength,
    Target,
)
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
            "site_id",
            "int64",
            "The preferred binding site, or the alias of the star import; null for submodules.",
            nullable=True,
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


SITE_COLUMNS = (
    "repository",
    "module",
    "symbol_name",
    "kind",
    "site_node",
    "site_scope",
    "binding_id",
    "rank",
    "fallbacks",
    "runs",
)
IMPORTED_COLUMNS = (
    "import_id",
    "absolute_module",
    "name",
    "asname",
    "target_kind",
    "target_module",
    "target_name",
    "bound_module",
)
STAR_COLUMNS = (
    "repository",
    "module",
    "import_id",
    "target_kind",
    "target_module",
    "absolute_module",
    "fallbacks",
    "runs",
)

GONE_FROM_STUBS = ("del", "except_target")
GONE = (*GONE_FROM_STUBS, "declaration")
"""Sites that leave no member behind; in a stub a declaration stands for one."""


def _select_members(
    module_index: Table, modules: Table, bindings: Table, branches: Table, imports: Table, all_names: Table
) -> dict[str, Table]:
    """Project the modules, the sites of each of their names, their imports, and what is said of `__all__`."""
    own = _of_modules(bindings, "scope_node", module_index)
    stars = _of_modules(imports.filter(imports.is_star), "scope_node", module_index)
    loading = imports.filter(~imports.never_runs & ~imports.is_type_checking & imports.kind.isin(["import", "from"]))
    listed = all_names.filter(all_names.is_effective)
    listed = listed.inner_join(module_index, listed.file_id == module_index.file_id)
    return {
        "modules": module_index.select("repository", "module", "parent", "name", "node_id", "file_id"),
        "stubs": modules.filter(modules.is_stub).select("file_id"),
        "own": _with_branch(own, branches).select(*SITE_COLUMNS),
        "imported": imports.filter(~imports.is_star).select(*IMPORTED_COLUMNS),
        "stars": _with_branch(stars, branches).select(*STAR_COLUMNS),
        "loading": _of_modules(loading, "scope_node", module_index).select("repository", "module", "target_module"),
        "listed": listed.select(
            all_names.repository, module_index.module, all_names.element_id, all_names.kind, all_names.name
        ),
    }


def _build_repositories(inputs: dict[str, pa.Table]) -> dict[str, Repository]:
    """Give every module its own members, submodules and stars, repository by repository."""
    repositories: dict[str, Repository] = {}
    stubs = {*inputs["stubs"]["file_id"].to_pylist()}
    for row in inputs["modules"].to_pylist():
        repository = repositories.setdefault(row["repository"], Repository())
        repository.add(row["module"], row["node_id"], row["file_id"] in stubs)
    imported = {row["import_id"]: row for row in inputs["imported"].to_pylist()}
    for (name, module, symbol), sites in _by_name(inputs["own"]).items():
        _bind_own(repositories[name], repositories[name].modules[module], symbol, sites, imported)
    for row in inputs["stars"].sort_by("import_id").to_pylist():
        if row["runs"] != "never":
            star = row["target_kind"], row["target_module"], row["absolute_module"]
            repositories[row["repository"]].modules[row["module"]].add_star(*star, row["import_id"], _strength(row))
    for row in inputs["listed"].sort_by("element_id").to_pylist():
        repositories[row["repository"]].modules[row["module"]].list_name(row["kind"], row["name"])
    for row in inputs["modules"].to_pylist():
        repositories[row["repository"]].add_submodule(row["parent"], row["name"], row["module"])
    for row in inputs["loading"].to_pylist():
        repositories[row["repository"]].note_import(row["module"], row["target_module"])
    return repositories


def _expand_stars(repositories: dict[str, Repository]) -> dict[str, Repository]:
    """Add what star imports bring, through any number of modules and in any order."""
    return {name: repository.with_stars() for name, repository in repositories.items()}


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
            "site_id": module.sites.get(member),
            "is_public": module.is_public(member),
            "steps": steps,
        }
        for name, repository in repositories.items()
        for module in repository.modules.values()
        for member, target, steps in repository.members_of(module)
    ]
    return pa.Table.from_pylist(rows, schema=EXPORTS.schema.to_pyarrow())


@graph_task(EXPORTS, stages=(_select_members, _build_repositories, _expand_stars, _follow_members))
def exports(
    module_index: Table, modules: Table, bindings: Table, branches: Table, imports: Table, all_names: Table
) -> Table:
    """One row per member of a module, followed through re-exports to the definition, module or variable behind it."""


def _of_modules(rows: Table, node: str, module_index: Table) -> Table:
    """Rows that belong to the file an import finds, with the module's name."""
    same = (rows.repository == module_index.repository) & (rows[node] == module_index.node_id)
    return rows.inner_join(module_index, same).select(rows, module_index.module)


def _with_branch(rows: Table, branches: Table) -> Table:
    """Rows with what is known of when they run; a row that stands in no block runs."""
    same = (rows.repository == branches.repository) & (rows.branch_id == branches.branch_id)
    joined = rows.left_join(branches, same)
    return joined.select(rows, fallbacks=branches.fallbacks.fill_null(0), runs=branches.runs.fill_null("always"))


def _by_name(own: pa.Table) -> dict[tuple[str, str, str], list[dict[str, Any]]]:
    """The sites of every module's names, the preferred one first."""
    found: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for row in own.sort_by("rank").to_pylist():
        found.setdefault((row["repository"], row["module"], row["symbol_name"]), []).append(row)
    return found


def _bind_own(
    repository: Repository,
    module: Module,
    name: str,
    sites: Sequence[Mapping[str, Any]],
    imported: Mapping[int, Mapping[str, Any]],
) -> None:
    """Bind a name to what its preferred site makes of it, unless nothing does or it is deleted in the end."""
    binding = [site for site in sites if site["kind"] not in (GONE if not module.is_stub else GONE_FROM_STUBS)]
    last = max(sites, key=itemgetter("site_node"))
    is_own_code = last["site_scope"] == module.node_id
    if not binding:
        return
    row, source = binding[0], imported.get(binding[0]["site_node"])
    if last["kind"] == "del" and last["runs"] == "always" and is_own_code:
        module.deleted[name] = _member(row, source, repository)
        return
    if name == "__all__":
        module.listed = set()
    module.answers_all |= name == "__getattr__"
    strongest = max(_strength(site, module.node_id) for site in binding)
    via = "own" if source is None else "import"
    module.bind(name, _member(row, source, repository), via, row["site_node"], strongest)
    is_private_import = source is not None and module.is_stub and source["asname"] != source["name"]
    if is_private_import or all(site["runs"] == "never" for site in binding):
        module.private.add(name)


def _strength(row: Mapping[str, Any], module_node: int | None = None) -> Strength:
    """How strong a site or star is; what functions bind comes after all that the module's own code does."""
    place = row["import_id"] if "import_id" in row else row["site_node"]
    if module_node is not None and row["site_scope"] != module_node:
        return STRONGEST
    if row["runs"] in ("never", "type_checking"):
        return Strength(WEAKEST.fallbacks, place)
    return Strength(-row["fallbacks"], place)


def _member(row: Mapping[str, Any], imported: Mapping[str, Any] | None, repository: Repository) -> Member:
    if imported is None:
        is_definition = row["kind"] in ("function", "class")
        kind, target_id = ("definition", row["site_node"]) if is_definition else ("binding", row["binding_id"])
        return Target(kind, target_id, row["module"], row["symbol_name"])
    if imported["bound_module"] is not None:
        return repository.module_target(imported["bound_module"], imported["target_kind"])
    if imported["target_kind"] == "name":
        return Pointer(imported["target_module"], imported["target_name"])
    return Target(imported["target_kind"], None, imported["absolute_module"], imported["name"])
