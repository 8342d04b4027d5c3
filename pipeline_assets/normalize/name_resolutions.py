"""What each name occurrence stands for."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, REPOSITORY, TARGET_KIND_MEANING, TARGET_KINDS
from pipeline_assets.normalize.inlining import inlined_variables
from pipeline_assets.pipes import task

NAME_RESOLUTIONS = Contract(
    name="name_resolutions",
    layer="normalize",
    description="One row per name occurrence, with the rule that resolves it and what it stands for.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("node_id", "int64", "The Name node."),
        Column("name", "string", "Name as the compiler looks it up: private names inside classes are mangled."),
        Column("ctx", "string", "What happens to it.", values=("load", "store", "del")),
        Column(
            "resolution",
            "string",
            "Where the lookup ends: local: this function or module-level code; class: this class body; enclosing: an "
            "enclosing function; global: the module; builtin: the interpreter's builtins; implicit: "
            "provided by Python; "
            "unresolved: nowhere that can be seen.",
            values=("local", "class", "enclosing", "global", "builtin", "implicit", "unresolved"),
        ),
        Column(
            "target_scope_id",
            "int64",
            "The scope that owns the variable; null outside the file's scopes.",
            nullable=True,
        ),
        Column("binding_id", "int64", "The preferred binding site in that scope (`bindings.rank` 0).", nullable=True),
        Column(
            "target_kind",
            "string",
            f"What it stands for. {TARGET_KIND_MEANING}; null: unresolved.",
            nullable=True,
            values=TARGET_KINDS,
        ),
        Column(
            "target_id",
            "int64",
            "The definition, the module's syntax node, or the binding, through imports and re-exports; "
            "null when it has none here.",
            nullable=True,
        ),
        Column(
            "target_module", "string", "Module that holds the target, or is it; `builtins` for builtins.", nullable=True
        ),
        Column(
            "target_name",
            "string",
            "The target's name in that module; null when the target is a module.",
            nullable=True,
        ),
        Column("candidates", "int32", "How many binding sites the variable has; 0 when nothing in the file binds it."),
        Column(
            "reason",
            "string",
            "Why nothing was found: undefined: no binding anywhere; star_import: a star import from "
            "outside may bind it; "
            "no_symbols: the file has no symbol table.",
            nullable=True,
            values=("undefined", "star_import", "no_symbols"),
        ),
    ),
    key=("node_id",),
    local=("node_id", "target_scope_id", "binding_id"),
    references=(
        Reference("node_id", "ast_nodes", "node_id"),
        Reference("target_scope_id", "scopes", "scope_id"),
        Reference("binding_id", "bindings", "binding_id"),
    ),
    query="SELECT resolution, target_kind, count(*) AS names FROM name_resolutions GROUP BY ALL ORDER BY names DESC",
)


def _select_names(references: Table) -> Table:
    """Keep the names."""
    names = references.filter(references.kind == "name")
    return names.select("repository", "file_id", "node_id", "ctx", "scope_id", "scope_node", name=names.symbol_name)


def _find_home(names: Table, symbol_homes: Table, scope_nodes: Table) -> Table:
    """Ask the symbol table which scope owns the variable; in a comprehension its class body does not count."""
    inlined = scope_nodes.filter(scope_nodes.scope_id.isnull() & scope_nodes.lookup_scope_id.notnull())
    found = names.left_join(inlined, names.scope_node == inlined.node_id).select(
        names, is_inlined=inlined.node_id.notnull()
    )
    joined = found.left_join(
        symbol_homes, (found.scope_id == symbol_homes.scope_id) & (found.name == symbol_homes.name)
    ).select(found, symbol_homes.home_scope_id, symbol_homes.resolution)
    is_hidden = (joined.is_inlined & (joined.resolution == "class")).fill_null(False)
    return joined.mutate(
        home_scope_id=ibis.ifelse(is_hidden, None, joined.home_scope_id),
        resolution=ibis.ifelse(is_hidden, None, joined.resolution),
    )


def _search_outwards(names: Table, symbol_homes: Table, scope_nodes: Table) -> Table:
    """Search outwards for names that the compiler never looks up: those in annotations that are kept as text.

    A class body counts only for names directly in it, as for any other name; the module comes last.
    """
    skipped = (
        names.filter(names.resolution.isnull()).select("file_id", "node_id", "name", "scope_id", "is_inlined").view()
    )
    owners = _owning_scopes(symbol_homes, scope_nodes)
    pairs = skipped.inner_join(
        owners,
        (skipped.file_id == owners.file_id)
        & (skipped.name == owners.name)
        & (owners.scope_id <= skipped.scope_id)
        & (skipped.scope_id < owners.scope_end)
        & (~owners.is_class | ((owners.scope_id == skipped.scope_id) & ~skipped.is_inlined)),
    ).select(skipped.file_id, skipped.node_id, owner_id=owners.scope_id)
    innermost = pairs.group_by("file_id", "node_id").aggregate(owner_id=pairs.owner_id.max())
    found = names.left_join(innermost, names.node_id == innermost.node_id).select(names, innermost.owner_id)
    modules = scope_nodes.filter(scope_nodes.kind == "module").select("file_id", module_scope_id=scope_nodes.scope_id)
    found = found.left_join(modules, found.file_id == modules.file_id).select(found, modules.module_scope_id)
    home = ibis.coalesce(found.home_scope_id, found.owner_id, found.module_scope_id)
    is_implicit = found.resolution == "implicit"
    return found.mutate(home_scope_id=ibis.ifelse(is_implicit.fill_null(False), None, home)).drop("owner_id")


def _name_rule(names: Table, scope_nodes: Table) -> Table:
    """Name the rule by which names that the compiler never looks up were found."""
    body = scope_nodes.filter(scope_nodes.scope_id.notnull())
    joined = names.left_join(body, names.home_scope_id == body.scope_id).select(names, home_kind=body.kind)
    by_place = ibis.cases(
        (joined.home_kind == "module", "global"),
        (joined.home_scope_id != joined.scope_id, "enclosing"),
        (joined.home_kind == "class", "class"),
        (joined.home_scope_id.notnull(), "local"),
    )
    return joined.mutate(resolution=ibis.coalesce(joined.resolution, by_place)).drop("home_kind")


def _enter_comprehensions(names: Table, bindings: Table, scope_nodes: Table, ast_nodes: Table) -> Table:
    """Find the variables of comprehensions that the symbol table gives to the scope around them (3.12)."""
    variables = inlined_variables(bindings, scope_nodes, ast_nodes)
    inside = names.inner_join(
        variables,
        (names.file_id == variables.file_id)
        & (names.name == variables.symbol_name)
        & (names.home_scope_id == variables.lookup_scope_id)
        & (variables.comprehension < names.node_id)
        & (names.node_id < variables.inner_end)
        & ((names.node_id < variables.iterable_start) | (variables.iterable_end <= names.node_id)),
    ).select(names.file_id, names.node_id, variables.comprehension)
    innermost = inside.group_by("file_id", "node_id").aggregate(comprehension=inside.comprehension.max())
    found = names.left_join(innermost, names.node_id == innermost.node_id).select(names, innermost.comprehension)
    is_own = found.comprehension == found.scope_node
    is_around = found.comprehension.notnull() | (found.is_inlined & (found.resolution == "local"))
    return found.mutate(
        home_id=ibis.coalesce(found.comprehension, found.home_scope_id),
        resolution=ibis.cases((is_own, "local"), (is_around, "enclosing"), else_=found.resolution),
    ).drop("comprehension", "home_scope_id", "scope_node", "is_inlined")


def _pass_own_statement(names: Table, bindings: Table) -> Table:
    """Choose the binding site: the preferred one, but never the one whose own value or header the name is part of.

    There, `class A(A)` or `x = x`, the name is read before the site takes effect: an earlier site is meant, in a class
    body failing that the module's variable. A name that is stored to means its own site.
    """
    preferred = bindings.filter(bindings.rank == 0)
    inside = names.inner_join(
        preferred,
        (names.home_id == preferred.scope_id)
        & (names.scope_id == preferred.scope_id)
        & (names.name == preferred.symbol_name)
        & (preferred.header_start < names.node_id)
        & (names.node_id < preferred.header_end),
    ).select(names.file_id, names.node_id, names.name, names.home_id, preferred.header_start)
    earlier = _earlier_sites(inside, bindings)
    found = names.left_join(inside, names.node_id == inside.node_id).select(names, own_statement=inside.header_start)
    found = found.left_join(earlier, found.node_id == earlier.node_id).select(found, earlier.earlier_rank)
    sites = bindings.select("site_node", own_rank=bindings.rank)
    found = found.left_join(sites, found.node_id == sites.site_node).select(found, sites.own_rank)
    is_before = found.own_statement.notnull() & found.earlier_rank.isnull() & found.own_rank.isnull()
    is_outer = is_before & (found.resolution == "class")
    return found.mutate(
        rank=ibis.coalesce(found.own_rank, found.earlier_rank, 0),
        home_id=ibis.ifelse(is_outer, found.module_scope_id, found.home_id),
        resolution=ibis.ifelse(is_outer, "global", found.resolution),
        is_before=is_before & (found.resolution == "global"),
    ).drop("own_statement", "earlier_rank", "own_rank", "module_scope_id")


def _bind(names: Table, bindings: Table) -> Table:
    """Attach the binding site."""
    sites = bindings.mutate(home_id=ibis.coalesce(bindings.scope_id, bindings.scope_node))
    joined = names.left_join(
        sites,
        (names.home_id == sites.home_id) & (names.name == sites.symbol_name) & (names.rank == sites.rank),
    )
    bound = joined.select(names, sites.binding_id, sites.candidates, target_scope_id=sites.scope_id)
    return bound.drop("rank")


def _follow_binding(names: Table, binding_targets: Table, modules: Table) -> Table:
    """Attach what the site makes of the name, through imports and re-exports; a store means the variable itself."""
    found = names.left_join(binding_targets, names.binding_id == binding_targets.binding_id).select(
        names,
        binding_targets.target_kind,
        binding_targets.target_id,
        binding_targets.target_module,
        binding_targets.target_name,
    )
    placed = found.inner_join(modules, found.file_id == modules.file_id).select(found, modules.module)
    is_store = placed.ctx != "load"
    return placed.mutate(
        target_kind=ibis.ifelse(is_store, "binding", placed.target_kind),
        target_id=ibis.ifelse(is_store, placed.binding_id, placed.target_id),
        target_module=ibis.ifelse(is_store, placed.module, placed.target_module),
        target_name=ibis.ifelse(is_store, placed.name, placed.target_name),
    )


def _look_beyond(names: Table, exports: Table, environment_names: Table) -> Table:
    """Look for names that nothing in the file binds: star imports and submodules, then what Python provides."""
    builtin = environment_names.filter(environment_names.kind != "standard_library").select(
        "repository", provided=environment_names.name, provided_kind=environment_names.kind
    )
    member = exports.filter(exports.via.isin(["star", "submodule"]) & (exports.name != "*"))
    member = member.select(
        "repository",
        "module",
        member=member.name,
        member_kind=member.target_kind,
        member_id=member.target_id,
        member_module=member.target_module,
        member_name=member.target_name,
    )
    opened = exports.filter(exports.name == "*").select("repository", open_module=exports.module)
    found = names.left_join(
        member,
        (names.repository == member.repository) & (names.module == member.module) & (names.name == member.member),
    ).select(names, member.member_kind, member.member_id, member.member_module, member.member_name)
    found = found.left_join(
        builtin, (found.repository == builtin.repository) & (found.name == builtin.provided)
    ).select(found, builtin.provided_kind)
    joined = found.left_join(opened, (found.repository == opened.repository) & (found.module == opened.open_module))
    return joined.select(found, opened.open_module)


def _settle_target(names: Table) -> Table:
    """Choose what each name stands for, in the order of Python's own lookup, or say why nothing was found."""
    is_elsewhere = names.binding_id.isnull() | (names.is_before & names.provided_kind.notnull())
    is_global = is_elsewhere & (names.resolution == "global")
    is_member = is_global & names.member_kind.notnull()
    is_provided = is_global & names.provided_kind.notnull()
    is_implicit = names.resolution == "implicit"
    is_found = is_member | is_provided | is_implicit | ~is_elsewhere
    own = ibis.ifelse(is_implicit, "implicit", names.provided_kind)
    return NAME_RESOLUTIONS.select(
        names.mutate(
            binding_id=ibis.ifelse(is_elsewhere, None, names.binding_id),
            target_scope_id=ibis.ifelse(is_elsewhere, None, names.target_scope_id),
            candidates=ibis.ifelse(is_elsewhere, 0, names.candidates).cast("int32"),
            resolution=ibis.cases(
                (is_member, "global"),
                (is_provided, names.provided_kind),
                (is_found, names.resolution),
                else_="unresolved",
            ),
            target_kind=ibis.cases(
                (is_member, names.member_kind), (is_provided | is_implicit, own), (~is_elsewhere, names.target_kind)
            ),
            target_id=ibis.cases((is_member, names.member_id), (~is_elsewhere, names.target_id)),
            target_module=ibis.cases(
                (is_member, names.member_module),
                (is_provided & (own == "builtin"), "builtins"),
                ((is_provided | is_implicit) & (own == "implicit"), names.module),
                (~is_elsewhere, names.target_module),
            ),
            target_name=ibis.cases(
                (is_member, names.member_name),
                (is_provided | is_implicit, names.name),
                (~is_elsewhere, names.target_name),
            ),
            reason=ibis.cases(
                (is_found, None),
                (names.home_id.isnull(), "no_symbols"),
                (names.open_module.notnull(), "star_import"),
                else_="undefined",
            ),
        )
    )


@task(
    NAME_RESOLUTIONS,
    stages=(
        _select_names,
        _find_home,
        _search_outwards,
        _name_rule,
        _enter_comprehensions,
        _pass_own_statement,
        _bind,
        _follow_binding,
        _look_beyond,
        _settle_target,
    ),
)
def name_resolutions(
    references: Table,
    symbol_homes: Table,
    scope_nodes: Table,
    bindings: Table,
    binding_targets: Table,
    modules: Table,
    exports: Table,
    environment_names: Table,
    ast_nodes: Table,
) -> Table:
    """One row per name occurrence, with the rule that resolves it and what it stands for."""


def _owning_scopes(symbol_homes: Table, scope_nodes: Table) -> Table:
    """Per scope and name that the scope itself owns: how far the scope reaches."""
    owned = symbol_homes.filter(symbol_homes.home_scope_id == symbol_homes.scope_id)
    joined = owned.inner_join(scope_nodes, owned.scope_id == scope_nodes.scope_id)
    return joined.select(
        owned.file_id, owned.name, owned.scope_id, scope_nodes.scope_end, is_class=scope_nodes.kind == "class"
    )


def _earlier_sites(inside: Table, bindings: Table) -> Table:
    """The preferred of the sites that come before the statement a name is part of."""
    sites = bindings.filter(bindings.kind != "del").select(
        "scope_id", "symbol_name", "site_node", earlier_rank=bindings.rank
    )
    pairs = inside.inner_join(
        sites,
        (inside.home_id == sites.scope_id)
        & (inside.name == sites.symbol_name)
        & (sites.site_node < inside.header_start),
    ).select(inside.file_id, inside.node_id, sites.earlier_rank)
    return pairs.group_by("file_id", "node_id").aggregate(earlier_rank=pairs.earlier_rank.min())
