"""Looking up names that strings and comments say: no symbol table knows them, but the scopes around them do."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.normalize.member_index import OUTSIDE

_TARGET = ("target_kind", "target_id", "target_module", "target_name")
MOST_ATTRIBUTES = 3
"""Attributes that are followed from a name: deeper chains do not occur."""


def bind_names(placed: Table, bindings: Table, scope_nodes: Table, binding_targets: Table) -> Table:
    """Per name, what the innermost scope around it knows by its first part."""
    bound = _innermost(placed, bindings, scope_nodes)
    named = placed.left_join(bound, (placed.file_id == bound.file_id) & (placed.type_id == bound.type_id)).select(
        placed, bound.binding_id
    )
    meant = binding_targets.semi_join(
        bound, (binding_targets.file_id == bound.file_id) & (binding_targets.binding_id == bound.binding_id)
    )
    return named.left_join(
        meant, (named.repository == meant.repository) & (named.binding_id == meant.binding_id)
    ).select(named, *(meant[name] for name in _TARGET))


def follow_attributes(
    names: Table, exports: Table, scope_nodes: Table, bindings: Table, binding_targets: Table
) -> Table:
    """Walk the rest of each dotted name, one attribute at a time; what cannot be followed has no target."""
    parts = names.filter(names.rest.notnull()).mutate(part=names.rest.split("."))
    wanted = parts.unnest("part").select("repository", "part").distinct()
    members = _class_members(wanted, scope_nodes, bindings, binding_targets)
    held = exports.select("repository", "module", "name", *_TARGET)
    held = held.semi_join(wanted, (held.repository == wanted.repository) & (held.name == wanted.part))
    for _ in range(MOST_ATTRIBUTES):
        names = _follow_one(names, held, members)
    return names.filter(names.target_kind.notnull() & names.rest.isnull())


def place_texts(said: Table, scope_nodes: Table) -> Table:
    """Names with the symbol table's scope that each is looked up in; `rest` holds the parts after the first."""
    first = said.dotted.re_extract(r"^[^.]+", 0)
    rest = ibis.ifelse(said.dotted.contains("."), said.dotted.re_replace(r"^[^.]+\.", ""), None)
    named = said.select(
        "repository", "file_id", "type_id", "lookup_node", "lookup_role", "scope_node", name=first, rest=rest
    )
    own = scope_nodes.select("file_id", "node_id", "role", "lookup_scope_id")
    around = own.filter(own.role == "body").view()
    joined = named.left_join(
        own,
        (named.file_id == own.file_id) & (named.lookup_node == own.node_id) & (named.lookup_role == own.role),
    ).select(named, own_scope=own.lookup_scope_id)
    found = joined.left_join(around, (joined.file_id == around.file_id) & (joined.scope_node == around.node_id)).select(
        joined, around.lookup_scope_id
    )
    return found.mutate(scope_id=ibis.coalesce(found.own_scope, found.lookup_scope_id)).drop(
        "own_scope", "lookup_scope_id", "lookup_node", "lookup_role", "scope_node"
    )


def _innermost(placed: Table, bindings: Table, scope_nodes: Table) -> Table:
    """The preferred site of the innermost scope around that binds the name; class bodies count only directly."""
    extent = scope_nodes.filter(scope_nodes.scope_id.notnull()).select("file_id", "scope_id", "scope_end", "kind")
    sites = bindings.filter((bindings.rank == 0) & (bindings.kind != "del"))
    wanted = placed.select("file_id", "name").distinct()
    sites = sites.semi_join(wanted, (sites.file_id == wanted.file_id) & (sites.symbol_name == wanted.name))
    sites = sites.inner_join(extent, (sites.file_id == extent.file_id) & (sites.scope_id == extent.scope_id)).select(
        sites.file_id, sites.symbol_name, sites.binding_id, sites.scope_id, extent.scope_end, extent.kind
    )
    inner = placed.select("file_id", "type_id", "name", inner_id=placed.scope_id)
    pairs = inner.inner_join(
        sites,
        (inner.file_id == sites.file_id)
        & (inner.name == sites.symbol_name)
        & (sites.scope_id <= inner.inner_id)
        & (inner.inner_id < sites.scope_end)
        & ((sites.kind != "class") | (sites.scope_id == inner.inner_id)),
    ).select(inner.file_id, inner.type_id, sites.scope_id, sites.binding_id)
    last = ibis.window(group_by=[pairs.file_id, pairs.type_id], order_by=pairs.scope_id.desc())
    ranked = pairs.mutate(place=ibis.row_number().over(last))
    return ranked.filter(ranked.place == 0).select("file_id", "type_id", "binding_id")


def look_beyond(bound: Table, modules: Table, exports: Table, environment_names: Table) -> Table:
    """What nothing in the file binds may come by a star import or be a submodule; builtins come last."""
    names = bound.inner_join(modules, bound.file_id == modules.file_id).select(bound, modules.module)
    member = exports.filter(exports.via.isin(["star", "submodule"]) & (exports.name != "*"))
    member = member.select(
        "repository", "module", member=member.name, **{f"member_{name}": member[name] for name in _TARGET}
    )
    builtin = environment_names.filter(environment_names.kind == "builtin")
    builtin = builtin.select("repository", provided=builtin.name)
    found = names.left_join(
        member,
        (names.repository == member.repository) & (names.module == member.module) & (names.name == member.member),
    ).select(names, *(member[f"member_{name}"] for name in _TARGET))
    joined = found.left_join(builtin, (found.repository == builtin.repository) & (found.name == builtin.provided))
    given = joined.select(found, is_provided=builtin.provided.notnull())
    is_bound, is_member = given.target_kind.notnull(), given.member_target_kind.notnull()
    return given.select(
        "repository",
        "file_id",
        "type_id",
        "rest",
        target_kind=ibis.cases(
            (is_bound, given.target_kind), (is_member, given.member_target_kind), (given.is_provided, "builtin")
        ),
        target_id=ibis.cases((is_bound, given.target_id), (is_member, given.member_target_id)),
        target_module=ibis.cases(
            (is_bound, given.target_module), (is_member, given.member_target_module), (given.is_provided, "builtins")
        ),
        target_name=ibis.cases(
            (is_bound, given.target_name), (is_member, given.member_target_name), (given.is_provided, given.name)
        ),
    )


def _class_members(wanted: Table, scope_nodes: Table, bindings: Table, binding_targets: Table) -> Table:
    """The preferred site of each wanted name bound in a class body, and what it stands for."""
    classes = scope_nodes.filter(scope_nodes.kind == "class").select("file_id", "scope_id")
    sites = bindings.filter((bindings.rank == 0) & (bindings.kind != "del"))
    sites = sites.semi_join(wanted, (sites.repository == wanted.repository) & (sites.symbol_name == wanted.part))
    sites = sites.semi_join(classes, (sites.file_id == classes.file_id) & (sites.scope_id == classes.scope_id))
    same = (sites.repository == binding_targets.repository) & (sites.binding_id == binding_targets.binding_id)
    return binding_targets.inner_join(sites, same).select(
        sites.repository,
        class_id=sites.scope_node,
        member=sites.symbol_name,
        **{f"held_{name}": binding_targets[name] for name in _TARGET},
    )


def _follow_one(names: Table, exports: Table, members: Table) -> Table:
    """Replace the target of every name that goes on by its next attribute; one that is not found ends the walk."""
    going = names.mutate(
        attribute=names.rest.re_extract(r"^[^.]+", 0),
        after=ibis.ifelse(names.rest.contains("."), names.rest.re_replace(r"^[^.]+\.", ""), None),
        of_module=ibis.ifelse(names.target_kind == "module", names.target_module, None),
        of_class=ibis.ifelse(names.target_kind == "definition", names.target_id, None),
    )
    found = going.left_join(
        exports,
        (going.repository == exports.repository)
        & (going.of_module == exports.module)
        & (going.attribute == exports.name),
    ).select(going, **{f"exported_{name}": exports[name] for name in _TARGET})
    found = found.left_join(
        members,
        (found.repository == members.repository)
        & (found.of_class == members.class_id)
        & (found.attribute == members.member),
    ).select(found, *(members[f"held_{name}"] for name in _TARGET))
    is_done, is_outside = found.rest.isnull(), found.target_kind.isin(OUTSIDE)
    own = ibis.ifelse(is_done, found.target_name, ibis.coalesce(found.target_name + ".", "") + found.attribute)
    is_kept = is_done | is_outside
    settled = {
        name: ibis.cases(
            (is_kept, own if name == "target_name" else found[name]),
            (found.exported_target_kind.notnull(), found[f"exported_{name}"]),
            else_=found[f"held_{name}"],
        )
        for name in _TARGET
    }
    kind = ibis.ifelse(settled["target_kind"] == "cycle", "missing", settled["target_kind"])
    columns = ("repository", "file_id", "type_id")
    return found.select(*columns, rest=found.after, **(settled | {"target_kind": kind}))
