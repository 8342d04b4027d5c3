"""The method resolution order of every class: C3 over the repository's classes, outside ancestors by name."""

from __future__ import annotations

import pyarrow as pa
from ibis.expr.types import Table

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, REPOSITORY
from pipeline_assets.normalize.linearization import Ancestor, Classes
from pipeline_assets.pipes import graph_task

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


def _select_classes(class_bases: Table, definitions: Table) -> dict[str, Table]:
    """Project the classes and their bases."""
    classes = definitions.filter(definitions.kind == "class")
    return {
        "classes": classes.select("repository", "file_id", "definition_id", "qualname"),
        "bases": class_bases.select(
            "repository", "class_id", "position", "target_id", "target_name", "base_text", "resolution"
        ),
    }


def _read_hierarchy(inputs: dict[str, pa.Table]) -> tuple[pa.Table, Classes]:
    """List every class with its bases in order; bases outside the repository go by name."""
    hierarchy = Classes()
    for row in inputs["classes"].to_pylist():
        hierarchy.add_class(row["definition_id"], row["qualname"])
    for row in inputs["bases"].sort_by([("class_id", "ascending"), ("position", "ascending")]).to_pylist():
        name = row["target_name"] or row["base_text"] or "<expression>"
        hierarchy.add_base(row["class_id"], Ancestor(row["target_id"], name), row["resolution"])
    return inputs["classes"], hierarchy


def _linearize(found: tuple[pa.Table, Classes]) -> pa.Table:
    """Merge the orders of each class's bases, as C3 does."""
    classes, hierarchy = found
    rows = [
        {
            "repository": row["repository"],
            "file_id": row["file_id"],
            "class_id": row["definition_id"],
            "position": position,
            "ancestor_id": ancestor.definition_id,
            "ancestor_name": ancestor.name,
            "is_external": ancestor.definition_id is None,
            "reason": hierarchy.reason(row["definition_id"]),
        }
        for row in classes.to_pylist()
        for position, ancestor in enumerate(hierarchy.order(row["definition_id"]))
    ]
    return pa.Table.from_pylist(rows, schema=MRO.schema.to_pyarrow())


@graph_task(MRO, stages=(_select_classes, _read_hierarchy, _linearize))
def mro(class_bases: Table, definitions: Table) -> Table:
    """One row per class and ancestor, in the order in which attributes are looked up."""
