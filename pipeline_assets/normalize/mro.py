"""The method resolution order of every class: C3 over the repository's classes, outside ancestors by name."""

from __future__ import annotations

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, REPOSITORY

MRO = Contract(
    name="mro",
    layer="normalize",
    description="One row per class and ancestor, in the order in which attributes are looked up.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("class_id", "int64", "The class definition."),
        Column("position", "int32", "Place in the order: 0 is the class itself."),
        Column("ancestor_id", "int64", "The ancestor's definition; null outside the repository.", nullable=True),
        Column(
            "ancestor_name",
            "string",
            "Fully dotted name of the ancestor, or the text of a base that could not be resolved.",
        ),
        Column(
            "is_external",
            "boolean",
            "Whether the ancestor is outside the repository or unknown; its own ancestors are not listed.",
        ),
        Column(
            "reason",
            "string",
            "Why the order is not Python's for certain: inconsistent: C3 has no solution, depth-first order is given; "
            "cycle: the class is its own ancestor; open: an ancestor is outside or unknown. Null: the order is exact.",
            nullable=True,
            values=("inconsistent", "cycle", "open"),
        ),
    ),
    key=("class_id", "position"),
    local=("class_id",),
    references=(
        Reference("class_id", "definitions", "definition_id"),
        Reference("ancestor_id", "definitions", "definition_id"),
    ),
    query="SELECT class_id, max(position) AS depth FROM mro GROUP BY class_id ORDER BY depth DESC LIMIT 20",
)
