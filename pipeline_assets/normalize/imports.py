"""Imports, one row per imported name, resolved inside the repository."""

from __future__ import annotations

from dataclasses import replace
from operator import itemgetter

import numpy as np
import pyarrow as pa
from ibis.expr.types import Table

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, LINE, REPOSITORY
from pipeline_assets.normalize.naming.importing import (
    FUNCTIONS,
    HOLDERS,
    CallNode,
    Calls,
    KnownModules,
    ModulePlace,
    Reading,
    Written,
    read_alias,
    row_of,
    tuples,
)
from pipeline_assets.normalize.naming.lookup import at
from pipeline_assets.normalize.naming.sites import BRANCH_COLUMNS, CHECKING, NEVER, POSSIBLY, Branches
from pipeline_assets.pipes import graph_task
from pipeline_assets.pipes.stacking import stack

IMPORTS = Contract(
    name="imports",
    layer="normalize",
    description="One row per imported name, with the module or member of this repository that it means.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("import_id", "int64", "The alias node, or the call."),
        Column("statement_id", "int64", "The Import or ImportFrom statement; of a call, itself."),
        Column("scope_node", "int64", "Node of the scope in which the statement runs."),
        Column(
            "kind",
            "string",
            "`import x`, `from x import y`, or a call of the function of that name with a constant: "
            "`importlib.import_module`, `__import__`, `importlib.util.find_spec`, `pkgutil.resolve_name`.",
            values=("import", "from", "import_module", "__import__", "find_spec", "resolve_name"),
        ),
        Column(
            "module_text",
            "string",
            "Module as written after `from`; null for `import`, `from . import` and calls.",
            nullable=True,
        ),
        Column("level", "int32", "Leading dots of a relative import."),
        Column("name", "string", "Imported name as written; `*` for a star import; the text that a call is given."),
        Column("asname", "string", "Alias as written.", nullable=True),
        Column(
            "bound_name", "string", "Name that the statement binds; null for star imports and calls.", nullable=True
        ),
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
            "module: a module or regular package here; package: a namespace package here; name: a member "
            "of a module here; "
            "standard_library, external: outside; missing: its parent is here, it is not.",
            values=("module", "name", "package", "external", "standard_library", "missing"),
        ),
        Column(
            "bound_module",
            "string",
            "Module that the bound name stands for, here or outside: of `import a.b` it is `a`; null when "
            "a member is bound.",
            nullable=True,
        ),
        Column("rank", "int32", "Order among the imports that bind one name in one scope: 0 is tried first."),
        Column("is_star", "boolean", "Whether it is a star import."),
        Column("is_type_checking", "boolean", "Whether only type checkers run it (`if TYPE_CHECKING`)."),
        Column("is_conditional", "boolean", "Whether it stands in a block of its scope: `if`, `try`, `with`, a loop …"),
        Column(
            "never_runs",
            "boolean",
            "Whether this interpreter never runs it (`if False`, a test of `sys.version_info`).",
        ),
        Column("branch_id", "int64", "The innermost block of the same scope that holds it, if any.", nullable=True),
        LINE,
    ),
    key=("import_id",),
    local=("import_id", "statement_id", "scope_node", "branch_id"),
    references=(
        Reference("import_id", "ast_nodes", "node_id"),
        Reference("statement_id", "ast_nodes", "node_id"),
        Reference("target_file_id", "files", "file_id"),
    ),
    query="SELECT target_kind, count(*) AS imports FROM imports GROUP BY target_kind ORDER BY imports DESC",
)

ALIAS_COLUMNS = ("repository", "file_id", "node_id", "parent_id", "scope_node", "name", "line")


def _select_imports(
    ast_nodes: Table,
    modules: Table,
    module_index: Table,
    bindings: Table,
    name_bindings: Table,
    branches: Table,
    environment_names: Table,
) -> dict[str, Table]:
    """Project import statements, calls that may import, the modules there are, and what modules bind themselves."""
    aliases = ast_nodes.filter(ast_nodes.kind == "alias")
    statements = ast_nodes.filter(ast_nodes.kind.isin(["Import", "ImportFrom"]))
    placed = modules.filter(modules.node_id.notnull())
    members = bindings.filter(bindings.kind != "del")
    members = members.semi_join(placed, (members.file_id == placed.file_id) & (members.scope_node == placed.node_id))
    sites = bindings.filter(bindings.kind == "import")
    library = environment_names.filter(environment_names.kind == "standard_library")
    return {
        "aliases": aliases.select(*ALIAS_COLUMNS, asname=aliases["alias"]),
        "statements": statements.select("node_id", "kind", "name", "value"),
        "modules": modules.select("file_id", "module", "package", "is_package", "is_importable"),
        "index": module_index.select("repository", "module", "kind", "file_id", "node_id"),
        "members": members.select("scope_node", "symbol_name", "kind", "site_node"),
        "sites": sites.select("binding_id", "site_node", "scope_node", "symbol_name", "rank"),
        "branches": branches.select(*BRANCH_COLUMNS),
        "library": library.select("repository", "name"),
        "code": _calls(ast_nodes),
        "names": _importing_names(ast_nodes, bindings, name_bindings).select("node_id", "binding_id"),
    }


def _read_aliases(inputs: dict[str, pa.Table]) -> Reading:
    """Tell the two forms of import apart, and what name each alias binds."""
    statements = {row[0]: row[1:] for row in tuples(inputs["statements"])}
    files = {row[0]: ModulePlace(*row[1:]) for row in tuples(inputs["modules"])}
    found = []
    for repository, file_id, node_id, parent_id, scope_node, name, line, asname in tuples(inputs["aliases"]):
        kind, module, level = statements[parent_id]
        written = Written(repository, file_id, node_id, parent_id, scope_node, name, line, asname)
        found.append(read_alias(written, kind == "ImportFrom", module, int(level or 0), files[file_id]))
    return Reading(inputs, files, found)


def _read_calls(reading: Reading) -> Reading:
    """Add the calls of `importlib` and its like whose module is a constant."""
    inputs = reading.inputs
    imported = {found.written.node_id: found for found in reading.imports}
    sites = {row[0]: imported.get(row[1]) for row in tuples(inputs["sites"])}
    names = {row[0]: row[1] for row in tuples(inputs["names"])}
    nodes = map(CallNode._make, tuples(inputs["code"]))
    calls = Calls(nodes, {node: None if site is None else sites.get(site) for node, site in names.items()}, names)
    return replace(reading, imports=[*reading.imports, *calls.imports(reading.files)])


def _choose_targets(reading: Reading) -> Reading:
    """Decide what is imported: a member before a submodule, as Python does; then what lies outside."""
    inputs = reading.inputs
    known = KnownModules(tuples(inputs["index"]), tuples(inputs["library"]), tuples(inputs["members"]))
    known.leave_out_own_submodules(reading.imports)
    known.open_modules(reading.imports)
    divided = [known.divided(found) for found in reading.imports]
    return replace(reading, imports=divided, targets=[known.target(found) for found in divided])


def _tabulate(reading: Reading) -> pa.Table:
    """Say under what conditions each import runs, rank those that bind one variable, and keep the columns."""
    inputs, imports = reading.inputs, reading.imports
    nodes = np.array([found.written.node_id for found in imports], np.int64)
    scopes = np.array([found.written.scope_node for found in imports], np.int64)
    branches = Branches.of(inputs["branches"])
    around = branches.around(nodes, scopes)
    runs = np.where(around >= 0, at(branches.runs, around), POSSIBLY)
    ranks = _ranks(inputs["sites"])
    rows = [
        row_of(found, target)
        | {
            "rank": ranks.get(found.written.node_id, 0),
            "is_conditional": place >= 0,
            "branch_id": int(branches.ids[place]) if place >= 0 else None,
            "is_type_checking": run == CHECKING,
            "never_runs": run == NEVER,
        }
        for found, target, place, run in zip(imports, reading.targets, around.tolist(), runs.tolist(), strict=True)
    ]
    return pa.Table.from_pylist(sorted(rows, key=itemgetter("import_id")), schema=IMPORTS.schema.to_pyarrow())


@graph_task(IMPORTS, stages=(_select_imports, _read_aliases, _read_calls, _choose_targets, _tabulate))
def imports(
    ast_nodes: Table,
    modules: Table,
    module_index: Table,
    bindings: Table,
    name_bindings: Table,
    branches: Table,
    environment_names: Table,
) -> Table:
    """One row per imported name, with the module or member of this repository that it means."""


def _calls(ast_nodes: Table) -> Table:
    """The nodes of calls of what is named like one of the functions that import, or was imported from it."""
    aliases = ast_nodes.filter(
        (ast_nodes.kind == "alias") & ast_nodes.name.isin([*FUNCTIONS]) & ast_nodes["alias"].notnull()
    )
    aliases = aliases.select("file_id", asname=aliases["alias"]).distinct()
    called = ast_nodes.filter((ast_nodes.field == "func") & ast_nodes.name.notnull()).view()
    renamed = called.semi_join(aliases, (called.file_id == aliases.file_id) & (called.name == aliases.asname))
    functions = stack(
        called.filter(called.name.isin([*FUNCTIONS])).select("file_id", "parent_id"),
        renamed.select("file_id", "parent_id"),
    ).distinct()
    calls = ast_nodes.filter(ast_nodes.kind == "Call").view()
    calls = calls.semi_join(functions, (calls.file_id == functions.file_id) & (calls.node_id == functions.parent_id))
    extents = calls.select("file_id", call_id=calls.node_id, call_end=calls.subtree_end)
    nodes = ast_nodes.view()
    inside = nodes.inner_join(
        extents,
        (nodes.file_id == extents.file_id) & (extents.call_id <= nodes.node_id) & (nodes.node_id < extents.call_end),
    )
    return inside.select(*(nodes[name] for name in CallNode._fields)).distinct()


def _importing_names(ast_nodes: Table, bindings: Table, name_bindings: Table) -> Table:
    """Names that may stand for a function that imports, or for what holds one."""
    aliases = ast_nodes.filter((ast_nodes.kind == "alias") & ast_nodes.name.isin([*FUNCTIONS, *HOLDERS]))
    sites = bindings.semi_join(aliases, (bindings.file_id == aliases.file_id) & (bindings.site_node == aliases.node_id))
    named = name_bindings.semi_join(
        sites, (name_bindings.file_id == sites.file_id) & (name_bindings.binding_id == sites.binding_id)
    )
    plain = name_bindings.filter(name_bindings.name == "__import__")
    return stack(named, plain).distinct()


def _ranks(sites: pa.Table) -> dict[int, int]:
    """Order among the imports that bind one variable."""
    ranks: dict[int, int] = {}
    last: tuple[int, str] | None = None
    count = 0
    ordered = sorted(tuples(sites.select(["scope_node", "symbol_name", "rank", "site_node"])))
    for scope, name, _, site in ordered:
        count = count + 1 if last == (scope, name) else 0
        last, ranks[site] = (scope, name), count
    return ranks
