"""What each name occurrence stands for."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, REPOSITORY, TARGET_KIND_MEANING, TARGET_KINDS
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
            "Why nothing was found, or something else may be: undefined: nothing that the lookup reaches binds it; "
            "unbound: the function's variable is cleared before (`except … as`); star_import: a star import from "
            "outside may bind it, also instead of a builtin; no_symbols: the file has no symbol table.",
            nullable=True,
            values=("undefined", "unbound", "star_import", "no_symbols"),
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
    builtin = environment_names.filter(environment_names.kind.isin(["builtin", "implicit"])).select(
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
        member_site=ibis.ifelse(member.via == "star", member.site_id, None),
    )
    opened = exports.filter(exports.name == "*").select("repository", open_module=exports.module)
    found = names.left_join(
        member,
        (names.repository == member.repository) & (names.module == member.module) & (names.name == member.member),
    ).select(names, member.member_kind, member.member_id, member.member_module, member.member_name, member.member_site)
    found = found.left_join(
        builtin, (found.repository == builtin.repository) & (found.name == builtin.provided)
    ).select(found, builtin.provided_kind)
    joined = found.left_join(opened, (found.repository == opened.repository) & (found.module == opened.open_module))
    return joined.select(found, opened.open_module)


def _settle_target(names: Table) -> Table:
    """Choose what each name stands for, in the order of Python's own lookup, or say why nothing was found."""
    # A star import behind all of a module's own sites of a name has bound it last.
    is_replaced = (names.ctx == "load") & (names.member_site < names.node_id).fill_null(False)
    is_elsewhere = names.binding_id.isnull() | names.is_read_before | (is_replaced & (names.resolution == "global"))
    is_global = is_elsewhere & (names.resolution == "global")
    is_member = is_global & names.member_kind.notnull()
    is_provided = is_global & names.provided_kind.notnull()
    is_implicit = names.resolution == "implicit"
    is_unbound = is_elsewhere & names.resolution.isin(["local", "enclosing"])
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
                (is_found | is_unbound, names.resolution),
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
                (is_provided & names.open_module.notnull(), "star_import"),
                (is_found, None),
                (is_unbound, "unbound"),
                (names.resolution.isnull(), "no_symbols"),
                (names.open_module.notnull(), "star_import"),
                else_="undefined",
            ),
        )
    )


@task(NAME_RESOLUTIONS, stages=(_follow_binding, _look_beyond, _settle_target))
def name_resolutions(
    name_bindings: Table, binding_targets: Table, modules: Table, exports: Table, environment_names: Table
) -> Table:
    """One row per name occurrence, with the rule that resolves it and what it stands for."""
