"""Import statements, one row per imported name, resolved inside the repository."""

from __future__ import annotations

import ibis
from ibis.expr.types import BooleanValue, IntegerValue, StringValue, Table

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, LINE, REPOSITORY
from pipeline_assets.pipes import task
from pipeline_assets.pipes.stacking import stack

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

BRANCHES = ("If", "Try", "TryStar", "For", "AsyncFor", "While", "Match", "With", "AsyncWith")
"""Statements that may run what they hold once, never, or instead of something else."""


def _select_aliases(ast_nodes: Table) -> Table:
    """Keep the alias nodes, each with its statement."""
    aliases = ast_nodes.filter(ast_nodes.kind == "alias")
    statements = ast_nodes.filter(ast_nodes.kind.isin(["Import", "ImportFrom"])).view()
    joined = aliases.inner_join(statements, aliases.parent_id == statements.node_id)
    return joined.select(
        aliases.repository,
        aliases.file_id,
        aliases.name,
        aliases.scope_node,
        aliases.line,
        import_id=aliases.node_id,
        asname=aliases["alias"],
        statement_id=statements.node_id,
        statement_kind=statements.kind,
        module_text=statements.name,
        level_text=statements.value,
    )


def _read_aliases(aliases: Table) -> Table:
    """Tell the two forms of import apart, and what name each alias binds."""
    is_from = aliases.statement_kind == "ImportFrom"
    is_star = is_from & (aliases.name == "*")
    first = aliases.name.re_replace(r"\..*$", "")
    return aliases.mutate(
        kind=ibis.ifelse(is_from, "from", "import"),
        level=ibis.ifelse(is_from, aliases.level_text.cast("int32"), 0).fill_null(0).cast("int32"),
        is_star=is_star,
        bound_name=ibis.cases(
            (is_star, None), (aliases.asname.notnull(), aliases.asname), (is_from, aliases.name), else_=first
        ),
    ).drop("statement_kind", "level_text")


def _make_absolute(aliases: Table, modules: Table) -> Table:
    """Add the package to relative imports; null where the dots lead out of the top-level package."""
    joined = aliases.inner_join(modules, aliases.file_id == modules.file_id).select(aliases, modules.package)
    base = _packages_up(joined.package, joined.level)
    relative = ibis.ifelse(joined.module_text.isnull(), base, base + "." + joined.module_text)
    return joined.mutate(
        absolute_module=ibis.cases(
            (joined.kind == "import", joined.name), (joined.level == 0, joined.module_text), else_=relative
        )
    ).drop("package")


def _match_modules(imports: Table, module_index: Table) -> Table:
    """Look up the module, the submodule that the name may mean, and the top-level package."""
    imports = imports.mutate(top_name=imports.absolute_module.re_replace(r"\..*$", ""))
    module = module_index.select(
        "repository",
        "module",
        module_kind=module_index.kind,
        module_file=module_index.file_id,
        module_node=module_index.node_id,
    )
    submodule = module_index.select(
        "repository",
        "parent",
        submodule=module_index.module,
        submodule_name=module_index.name,
        submodule_kind=module_index.kind,
        submodule_file=module_index.file_id,
    )
    top = module_index.select("repository", top_module=module_index.module, top_kind=module_index.kind)
    found = imports.left_join(
        module, (imports.repository == module.repository) & (imports.absolute_module == module.module)
    ).select(imports, module.module_kind, module.module_file, module.module_node)
    found = found.left_join(
        submodule,
        (found.repository == submodule.repository)
        & (found.kind == "from")
        & (found.absolute_module == submodule.parent)
        & (found.name == submodule.submodule_name),
    ).select(found, submodule.submodule, submodule.submodule_kind, submodule.submodule_file)
    joined = found.left_join(top, (found.repository == top.repository) & (found.top_name == top.top_module))
    return joined.select(found, top.top_kind)


def _match_members(imports: Table, bindings: Table) -> Table:
    """Find out whether the module itself binds the imported name, or may have names that its text does not show."""
    members = _module_members(imports, bindings)
    found = imports.left_join(
        members,
        (imports.repository == members.repository)
        & (imports.module_node == members.scope_node)
        & (imports.name == members.symbol_name),
    ).select(imports, member=members.symbol_name)
    opaque = _opaque_modules(imports, bindings)
    joined = found.left_join(
        opaque, (found.repository == opaque.repository) & (found.module_node == opaque.module_node)
    )
    return joined.select(found, opaque_node=opaque.module_node)


def _choose_target(imports: Table, environment_names: Table) -> Table:
    """Decide what is imported: a member before a submodule, as Python does; then what lies outside."""
    library = environment_names.filter(environment_names.kind == "standard_library")
    found = imports.left_join(
        library, (imports.repository == library.repository) & (imports.top_name == library.name)
    ).select(imports, library_name=library.name)
    is_module = (found.kind == "import") | found.is_star
    is_member = ~is_module & (found.member.notnull() | _may_hide_names(found))
    is_submodule = ~is_module & found.submodule.notnull()
    outside = ibis.ifelse(found.library_name.notnull(), "standard_library", "external")
    kind = ibis.cases(
        (found.absolute_module.isnull(), "missing"),
        (found.module_kind.isnull() & found.top_kind.isin(["module", "package"]), "missing"),
        (found.module_kind.isnull(), outside),
        (is_module, _kind_of(found.module_kind)),
        (is_submodule & found.member.isnull(), _kind_of(found.submodule_kind)),
        (is_member, "name"),
        else_="missing",
    )
    return found.mutate(target_kind=kind, is_submodule=is_submodule & found.member.isnull()).drop("library_name")


def _name_target(imports: Table) -> Table:
    """Name the target and what the bound name stands for."""
    is_inside = imports.target_kind.isin(["module", "package", "name"])
    from_member = (imports.kind == "from") & ~imports.is_star & ~imports.is_submodule
    first = ibis.ifelse(imports.asname.isnull(), imports.top_name, imports.absolute_module)
    return imports.mutate(
        target_module=ibis.cases(
            (is_inside & imports.is_submodule, imports.submodule),
            (is_inside | imports.module_kind.notnull(), imports.absolute_module),
        ),
        target_file_id=ibis.cases(
            (is_inside & imports.is_submodule, imports.submodule_file),
            (is_inside | imports.module_kind.notnull(), imports.module_file),
        ),
        target_name=ibis.ifelse(imports.module_kind.notnull() & from_member, imports.name, None),
        bound_module=ibis.cases(
            (imports.is_star, None), (imports.kind == "import", first), (imports.is_submodule, imports.submodule)
        ),
    )


def _describe_place(imports: Table, ast_nodes: Table, bindings: Table) -> Table:
    """Say under what conditions each import runs, and rank those that bind one name in one scope."""
    branches = ast_nodes.filter(ast_nodes.kind.isin(BRANCHES)).select("file_id", "node_id", "subtree_end", "scope_node")
    conditional = _inside(imports, branches)
    checking = _inside(imports, _type_checking_branches(ast_nodes))
    placed = imports.left_join(conditional, imports.import_id == conditional.import_id).select(
        imports, is_conditional=conditional.import_id.notnull()
    )
    placed = placed.left_join(checking, placed.import_id == checking.import_id).select(
        placed, is_type_checking=checking.import_id.notnull()
    )
    bound = placed.left_join(bindings, placed.import_id == bindings.site_node).select(
        placed, home=bindings.scope_node, site_rank=bindings.rank
    )
    same = [bound.file_id, bound.home, bound.bound_name]
    order = [bound.site_rank, bound.import_id]
    rank = ibis.ifelse(bound.is_star, 0, ibis.row_number().over(group_by=same, order_by=order))
    return IMPORTS.select(bound.mutate(rank=rank.cast("int32")))


@task(
    IMPORTS,
    stages=(
        _select_aliases,
        _read_aliases,
        _make_absolute,
        _match_modules,
        _match_members,
        _choose_target,
        _name_target,
        _describe_place,
    ),
)
def imports(ast_nodes: Table, modules: Table, module_index: Table, bindings: Table, environment_names: Table) -> Table:
    """One row per imported name, with the module or member of this repository that it means."""


def _packages_up(package: StringValue, level: IntegerValue) -> StringValue:
    """The package that `level` dots mean: one dot is the package itself, each further dot the one above."""
    parts = ibis.ifelse(package == "", 0, package.length() - package.replace(".", "").length() + 1)
    last_parts = ibis.literal(r"(\.[^.]*){") + (level - 1).cast("string") + "}$"
    return ibis.ifelse(parts >= level, package.re_replace(last_parts, ""), None)


def _module_members(imports: Table, bindings: Table) -> Table:
    """Names that modules bind themselves; importing one's own submodule (`from . import x`) makes no other member."""
    own = imports.filter((imports.file_id == imports.module_file) & imports.submodule.notnull())
    sites = bindings.filter(bindings.kind != "del")
    sites = sites.anti_join(own, sites.site_node == own.import_id)
    return sites.select("repository", "scope_node", "symbol_name").distinct()


def _opaque_modules(imports: Table, bindings: Table) -> Table:
    """Modules that may have members which no statement of theirs names: by a star import or `__getattr__`."""
    stars = imports.filter(imports.is_star).select("repository", module_node=imports.scope_node)
    hooks = bindings.filter((bindings.symbol_name == "__getattr__") & (bindings.kind == "function"))
    return stack(stars, hooks.select("repository", module_node=hooks.scope_node)).distinct()


def _may_hide_names(imports: Table) -> BooleanValue:
    """Whether the module may have the member though nothing binds it: also when its file could not be parsed."""
    is_unread = imports.module_file.notnull() & imports.module_node.isnull()
    return imports.opaque_node.notnull() | is_unread | imports.name.re_search(r"^__\w+__$")


def _kind_of(module_kind: StringValue) -> StringValue:
    return ibis.ifelse(module_kind == "namespace", "package", "module")


def _inside(imports: Table, regions: Table) -> Table:
    """Imports that stand in one of `regions` and run in the same scope as it."""
    pairs = imports.inner_join(
        regions,
        (imports.scope_node == regions.scope_node)
        & (regions.node_id < imports.import_id)
        & (imports.import_id < regions.subtree_end),
    )
    return pairs.select(imports.file_id, imports.import_id).distinct()


def _type_checking_branches(ast_nodes: Table) -> Table:
    """The statements directly under `if TYPE_CHECKING:` or `if typing.TYPE_CHECKING:`."""
    tests = ast_nodes.filter((ast_nodes.field == "test") & (ast_nodes.name == "TYPE_CHECKING")).view()
    statements = ast_nodes.filter(ast_nodes.field == "body")
    return statements.semi_join(tests, statements.parent_id == tests.parent_id).select(
        "file_id", "node_id", "subtree_end", "scope_node"
    )
