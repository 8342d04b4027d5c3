"""The types of parameters, returned values, variables, attributes and receivers, from every source that knows any."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, REPOSITORY
from pipeline_assets.normalize.type_evidence.assigned import assignments, instances, literals
from pipeline_assets.normalize.type_evidence.declared import declared_types
from pipeline_assets.normalize.type_evidence.inferred import inferred_types, receiver_types
from pipeline_assets.normalize.type_evidence.rows import DECLARED, ORIGINS, ROLES
from pipeline_assets.pipes import task
from pipeline_assets.pipes.stacking import stack

TYPES = Contract(
    name="types",
    layer="normalize",
    description=(
        "One row per typed entity, source of its type, and class that the type comes down to: the preferred source "
        "has rank 0."
    ),
    columns=(
        REPOSITORY,
        FILE_ID,
        Column(
            "entity_id",
            "int64",
            "What has the type: a parameter, a function (what it returns), the target of an assignment, or an "
            "expression of which an attribute is read.",
        ),
        Column("role", "string", "Which of these.", values=ROLES),
        Column("name", "string", "Its name; null for an expression that has none.", nullable=True),
        Column(
            "origin",
            "string",
            "Where the type comes from. annotation, string_annotation, type_comment: declared; pyrefly: inferred; "
            "instantiation: a class is called; literal: a literal or display.",
            values=ORIGINS,
        ),
        Column("type_text", "string", "The whole type, as the source spells it.", nullable=True),
        Column("member", "int32", "Place of the class among those of the type, from 0: a union has several."),
        Column("member_text", "string", "This part of the type.", nullable=True),
        Column("class_id", "int64", "The class, if it is one of this repository.", nullable=True),
        Column(
            "class_name",
            "string",
            "Fully dotted name of the class, here or outside; null when it is not known.",
            nullable=True,
        ),
        Column("is_class_object", "boolean", "Whether the value is the class itself and not an object of it."),
        Column(
            "confidence",
            "float64",
            "How sure it is that values have the type: 1 literals, 0.95 called classes, 0.9 declarations, 0.8 "
            "inference, 0.5 inference that leaves other classes open.",
        ),
        Column("rank", "int32", "Place of the source among those of the entity: 0 is preferred."),
        Column(
            "agreement",
            "string",
            "only: no other source knows the entity; agrees, differs: this source names the same classes as the "
            "preferred one or not; of the preferred one itself, as all others or not.",
            values=("only", "agrees", "differs"),
        ),
        Column("evidence_id", "int64", "Row of `type_exprs`, fact of `pyrefly_types`, or syntax node of the value."),
    ),
    key=("entity_id", "role", "origin", "member"),
    local=("entity_id", "evidence_id"),
    references=(
        Reference("entity_id", "ast_nodes", "node_id"),
        Reference("class_id", "definitions", "definition_id"),
    ),
    query=(
        "SELECT role, origin, agreement, count(DISTINCT entity_id) AS entities FROM types GROUP BY ALL "
        "ORDER BY entities DESC"
    ),
)


def _find_assignments(ast_nodes: Table) -> Table:
    """The names and attributes that are given a literal, a display or what a call returns."""
    return assignments(ast_nodes)


def _read_values(
    assigned: Table,
    name_resolutions: Table,
    attribute_resolutions: Table,
    definitions: Table,
    environment_names: Table,
) -> Table:
    """Tell the classes of those values."""
    called = instances(assigned, name_resolutions, attribute_resolutions, definitions, environment_names)
    return stack(literals(assigned), called)


def _add_declarations(found: Table, type_exprs: Table, definitions: Table, ast_nodes: Table) -> Table:
    """Add what annotations and type comments declare, unions taken apart and aliases opened."""
    return stack(found, declared_types(type_exprs, definitions, ast_nodes))


def _add_inferred(found: Table, pyrefly_types: Table, definitions: Table, parameters: Table, ast_nodes: Table) -> Table:
    """Add what Pyrefly infers."""
    return stack(found, inferred_types(pyrefly_types, definitions, parameters, ast_nodes))


def _drop_duplicates(found: Table) -> Table:
    """Keep the first of the members of a declared type that name the same class."""
    declared, others = found.filter(found.origin.isin(DECLARED)), found.filter(~found.origin.isin(DECLARED))
    entity = [declared.file_id, declared.entity_id, declared.role, declared.origin]
    classes = ibis.coalesce(declared.class_name, declared.member_text, "")
    same = ibis.window(group_by=[*entity, classes], order_by=[declared.member, declared.evidence_id])
    numbered = declared.mutate(repeated=ibis.row_number().over(same))
    kept = numbered.filter(numbered.repeated == 0).drop("repeated")
    order = ibis.window(
        group_by=[kept.file_id, kept.entity_id, kept.role, kept.origin], order_by=[kept.member, kept.evidence_id]
    )
    return stack(kept.mutate(member=ibis.row_number().over(order).cast("int32")), others)


def _prefer_and_merge(found: Table) -> Table:
    """Rank the sources of each entity, and compare the classes that they name with those of the preferred one."""
    preference = ibis.cases(*((found.origin == origin, place) for place, origin in enumerate(ORIGINS)))
    named = found.mutate(preference=preference)
    sources = named.group_by("file_id", "entity_id", "role").aggregate(
        best=named.preference.min(), worst=named.preference.max()
    )
    rivalled = sources.filter(sources.best != sources.worst)
    compared = named.semi_join(
        rivalled,
        (named.file_id == rivalled.file_id) & (named.entity_id == rivalled.entity_id) & (named.role == rivalled.role),
    ).select("file_id", "entity_id", "role", "preference", said=ibis.coalesce(named.class_name, named.member_text, ""))
    said = compared.group_by("file_id", "entity_id", "role", "preference").aggregate(
        classes=compared.said.group_concat(",", order_by=compared.said)
    )
    around = ibis.window(group_by=[said.file_id, said.entity_id, said.role])
    ordered = ibis.window(group_by=[said.file_id, said.entity_id, said.role], order_by=said.preference)
    ranked = said.mutate(
        rank=ibis.row_number().over(ordered).cast("int32"),
        kinds=said.classes.nunique().over(around),
        first=said.classes.first().over(ordered),
    )
    same = ibis.ifelse(ranked.rank == 0, ranked.kinds == 1, ranked.classes == ranked.first)
    judged = ranked.select(
        "file_id",
        "entity_id",
        "role",
        "preference",
        "rank",
        agreement=same.ifelse("agrees", "differs"),
    )
    joined = named.left_join(
        judged,
        (named.file_id == judged.file_id)
        & (named.entity_id == judged.entity_id)
        & (named.role == judged.role)
        & (named.preference == judged.preference),
    )
    own = [named[name] for name in found.columns]
    return joined.select(*own, rank=judged.rank.fill_null(0), agreement=judged.agreement.fill_null("only"))


def _add_receivers(merged: Table, pyrefly_types: Table, definitions: Table, ast_nodes: Table) -> Table:
    """Add the expressions of which attributes are read: only Pyrefly knows their types."""
    found = receiver_types(pyrefly_types, definitions, ast_nodes)
    alone = found.mutate(rank=ibis.literal(0, "int32"), agreement=ibis.literal("only"))
    return TYPES.select(stack(merged, alone.select(*merged.columns)))


@task(
    TYPES,
    stages=(
        _find_assignments,
        _read_values,
        _add_declarations,
        _add_inferred,
        _drop_duplicates,
        _prefer_and_merge,
        _add_receivers,
    ),
)
def types(
    ast_nodes: Table,
    type_exprs: Table,
    definitions: Table,
    name_resolutions: Table,
    attribute_resolutions: Table,
    environment_names: Table,
    parameters: Table,
    pyrefly_types: Table,
) -> Table:
    """One row per typed entity, source of its type, and class that the type comes down to."""
