"""The bases written in class statements, resolved."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, REPOSITORY
from pipeline_assets.pipes import task
from pipeline_assets.pipes.stacking import stack

CLASS_BASES = Contract(
    name="class_bases",
    layer="normalize",
    description="One row per base written in a class statement, with the class it names.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("class_id", "int64", "The class definition."),
        Column("position", "int32", "Place among the bases, counted from 0."),
        Column("base_node", "int64", "The base's expression."),
        Column(
            "base_text",
            "string",
            "The dotted name that is subclassed (of `Base[T]`, `Base`); null for any other expression.",
            nullable=True,
        ),
        Column("target_id", "int64", "The class definition in this repository.", nullable=True),
        Column(
            "target_name",
            "string",
            "Fully dotted name of the class, here or outside; null when unknown.",
            nullable=True,
        ),
        Column(
            "resolution",
            "string",
            "definition: a class of this repository; external, standard_library, builtin: a class outside; "
            "value: a name bound to something that is no class statement; unresolved: a name not found; "
            "dynamic: an expression computed when the class is made.",
            values=("definition", "external", "standard_library", "builtin", "value", "unresolved", "dynamic"),
        ),
    ),
    key=("base_node",),
    local=("class_id", "base_node"),
    references=(
        Reference("class_id", "definitions", "definition_id"),
        Reference("base_node", "ast_nodes", "node_id"),
        Reference("target_id", "definitions", "definition_id"),
    ),
    query=(
        "SELECT target_name, count(*) AS subclasses FROM class_bases GROUP BY target_name ORDER BY subclasses "
        "DESC LIMIT 20"
    ),
)


def _select_bases(ast_nodes: Table) -> Table:
    """Keep the base expressions of class statements; of a subscripted base, look at what is subscripted."""
    bases = ast_nodes.filter(ast_nodes.field == "bases")
    return bases.select(
        "repository",
        "file_id",
        class_id=bases.parent_id,
        position=bases.ordinal,
        base_node=bases.node_id,
        # In preorder the subscripted value comes right after the subscript.
        named_node=ibis.ifelse(bases.kind == "Subscript", bases.node_id + 1, bases.node_id),
    )


def _spell_bases(bases: Table, references: Table) -> Table:
    """Attach the dotted text of bases that are names."""
    joined = bases.left_join(
        references, (bases.file_id == references.file_id) & (bases.named_node == references.node_id)
    )
    return joined.select(bases, base_text=references.dotted)


def _resolve_bases(bases: Table, name_resolutions: Table, attribute_resolutions: Table) -> Table:
    """Attach what the name or the dotted name stands for."""
    columns = ("repository", "node_id", "target_kind", "target_id", "target_module", "target_name")
    names = name_resolutions.filter(name_resolutions.target_kind.notnull()).select(*columns)
    meanings = stack(names, attribute_resolutions.select(*columns))
    joined = bases.left_join(
        meanings, (bases.repository == meanings.repository) & (bases.named_node == meanings.node_id)
    )
    return joined.select(
        bases, meanings.target_kind, meanings.target_module, meanings.target_name, meant_id=meanings.target_id
    )


def _settle_bases(bases: Table, definitions: Table) -> Table:
    """Keep classes of the repository by id, classes outside by name, and say what every other base is."""
    joined = bases.left_join(
        definitions, (bases.repository == definitions.repository) & (bases.meant_id == definitions.definition_id)
    )
    placed = joined.select(bases, definitions.qualname, found_kind=definitions.kind)
    is_class = (placed.target_kind == "definition") & (placed.found_kind == "class")
    is_outside = placed.target_kind.isin(["external", "standard_library", "builtin"])
    dotted = placed.target_module + ibis.coalesce(ibis.literal(".") + placed.target_name, "")
    return CLASS_BASES.select(
        placed.mutate(
            target_id=ibis.ifelse(is_class, placed.meant_id, None),
            target_name=ibis.cases((is_class, placed.qualname), (is_outside, dotted)),
            resolution=ibis.cases(
                (is_class, "definition"),
                (is_outside, placed.target_kind),
                (placed.base_text.isnull(), "dynamic"),
                (placed.target_kind.isin(["definition", "module", "binding", "implicit"]), "value"),
                else_="unresolved",
            ),
        )
    )


@task(CLASS_BASES, stages=(_select_bases, _spell_bases, _resolve_bases, _settle_bases))
def class_bases(
    ast_nodes: Table, references: Table, name_resolutions: Table, attribute_resolutions: Table, definitions: Table
) -> Table:
    """One row per base written in a class statement, with the class it names."""
