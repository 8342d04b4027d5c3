"""What dotted names mean when they start at a module, a class or something outside."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
from ibis.expr.types import Table

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, REPOSITORY, TARGET_KIND_MEANING, TARGET_KINDS
from pipeline_assets.normalize.member_index import OUTSIDE, Meaning, MemberIndex
from pipeline_assets.pipes import graph_task

ATTRIBUTE_RESOLUTIONS = Contract(
    name="attribute_resolutions",
    layer="normalize",
    description=(
        "One row per attribute chain on a name that is a module, a class or outside the repository, with what it means."
    ),
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("node_id", "int64", "The Attribute node."),
        Column("root_id", "int64", "The name at the start of the chain."),
        Column("dotted", "string", "The chain as written."),
        Column("target_kind", "string", f"What it stands for. {TARGET_KIND_MEANING}.", values=TARGET_KINDS),
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
            "The target's dotted name in that module; null when the target is a module.",
            nullable=True,
        ),
    ),
    key=("node_id",),
    local=("node_id", "root_id"),
    references=(Reference("node_id", "ast_nodes", "node_id"), Reference("root_id", "ast_nodes", "node_id")),
    query="SELECT target_kind, count(*) AS chains FROM attribute_resolutions GROUP BY target_kind ORDER BY chains DESC",
)


def _select_chains(
    references: Table,
    name_resolutions: Table,
    exports: Table,
    scope_nodes: Table,
    bindings: Table,
    binding_targets: Table,
) -> dict[str, Table]:
    """Project the chains whose first name is a module, a definition or outside, and the members they may reach."""
    chains = references.filter((references.kind == "attribute") & references.dotted.notnull())
    roots = name_resolutions.filter(name_resolutions.target_kind.isin(["module", "definition", *OUTSIDE]))
    rooted = chains.inner_join(
        roots, (chains.repository == roots.repository) & (chains.root_id == roots.node_id)
    ).select(
        chains.repository,
        chains.file_id,
        chains.node_id,
        chains.root_id,
        chains.dotted,
        roots.target_kind,
        roots.target_id,
        roots.target_module,
        roots.target_name,
    )
    return {
        "chains": rooted,
        "exports": exports.select(
            "repository", "module", "name", "target_kind", "target_id", "target_module", "target_name"
        ),
        "class_members": _class_members(scope_nodes, bindings, binding_targets),
    }


def _index_members(inputs: dict[str, pa.Table]) -> tuple[pa.Table, MemberIndex]:
    """Index module members by module and name, class members by class and name."""
    members = MemberIndex()
    exports, of_classes = inputs["exports"], inputs["class_members"]
    keys = (exports[name].to_pylist() for name in ("repository", "module", "name"))
    for repository, module, name, meaning in zip(*keys, _meanings(exports), strict=True):
        kind = "missing" if meaning.target_kind == "cycle" else meaning.target_kind
        members.add_module_member(repository, module, name, meaning._replace(target_kind=kind))
    keys = (of_classes[name].to_pylist() for name in ("class_id", "name"))
    for class_id, name, meaning in zip(*keys, _meanings(of_classes), strict=True):
        members.add_class_member(class_id, name, meaning)
    return inputs["chains"], members


def _walk_chains(found: tuple[pa.Table, MemberIndex]) -> pa.Table:
    """Walk each chain from its first name; chains that reach a value or an inherited member are left out."""
    chains, members = found
    walked: dict[tuple[str, Meaning, str], Meaning | None] = {}
    ends: list[Meaning | None] = []
    columns = chains["repository"].to_pylist(), _meanings(chains), chains["dotted"].to_pylist()
    for repository, start, dotted in zip(*columns, strict=True):
        rest = dotted[dotted.index(".") + 1 :]
        key = repository, start, rest
        if key not in walked:
            walked[key] = _walk(members, repository, start, rest)
        ends.append(walked[key])
    kept = [place for place, end in enumerate(ends) if end is not None]
    rows = chains.select(["repository", "file_id", "node_id", "root_id", "dotted"]).take(pa.array(kept, pa.int64()))
    reached = [end for end in ends if end is not None]
    targets = {name: [getattr(end, name) for end in reached] for name in Meaning._fields}
    columns_of = {name: rows[name] for name in rows.column_names} | targets
    return pa.table(columns_of, schema=ATTRIBUTE_RESOLUTIONS.schema.to_pyarrow())


@graph_task(ATTRIBUTE_RESOLUTIONS, stages=(_select_chains, _index_members, _walk_chains))
def attribute_resolutions(
    references: Table,
    name_resolutions: Table,
    exports: Table,
    scope_nodes: Table,
    bindings: Table,
    binding_targets: Table,
) -> Table:
    """One row per attribute chain on a name that is a module, a class or outside the repository, with what it means."""


def _class_members(scope_nodes: Table, bindings: Table, binding_targets: Table) -> Table:
    """The preferred site of each name bound in a class body, and what the name stands for."""
    classes = scope_nodes.filter(scope_nodes.kind == "class")
    sites = bindings.filter((bindings.rank == 0) & (bindings.kind != "del"))
    members = sites.semi_join(classes, sites.scope_id == classes.scope_id)
    same = (members.repository == binding_targets.repository) & (members.binding_id == binding_targets.binding_id)
    return members.inner_join(binding_targets, same).select(
        binding_targets.target_kind,
        binding_targets.target_id,
        binding_targets.target_module,
        binding_targets.target_name,
        class_id=members.scope_node,
        name=members.symbol_name,
    )


def _meanings(table: pa.Table) -> Iterator[Meaning]:
    return map(Meaning._make, zip(*(table[name].to_pylist() for name in Meaning._fields), strict=True))


def _walk(members: MemberIndex, repository: str, start: Meaning, attributes: str) -> Meaning | None:
    meaning: Meaning | None = start
    for attribute in attributes.split("."):
        meaning = members.member(repository, meaning, attribute) if meaning else None
    return meaning
