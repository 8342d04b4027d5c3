"""The bases written in class statements, resolved."""

from __future__ import annotations

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, REPOSITORY

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
    query="SELECT target_name, count(*) AS subclasses FROM class_bases GROUP BY target_name ORDER BY subclasses DESC LIMIT 20",
)
