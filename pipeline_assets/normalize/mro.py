"""The method resolution order of every class: C3 over the repository's classes, outside ancestors by name."""

from __future__ import annotations

import ibis
import numpy as np
import pyarrow as pa
from ibis.expr.types import Table

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, REPOSITORY
from pipeline_assets.normalize.linearization import REASONS, Ancestor, Base, Classes
from pipeline_assets.pipes import graph_task
from pipeline_assets.pipes.stacking import stack

KNOWN = ("definition", "external", "standard_library", "builtin")
"""Resolutions of a base that say which class it is."""
KEEPING: dict[str, tuple[str, ...]] = {
    "typing": (),
    "typing_extensions": (),
    "dataclasses": ("dataclass",),
    "functools": ("total_ordering",),
    "enum": ("unique", "verify", "global_enum"),
    "unittest": ("skip", "skipIf", "skipUnless", "expectedFailure"),
    "unittest.case": ("skip", "skipIf", "skipUnless", "expectedFailure"),
    "unittest.mock": ("patch", "patch.object", "patch.dict", "patch.multiple"),
    "warnings": ("deprecated",),
    "reprlib": (),
}
"""Decorators by module that give back the class, or one with the same ancestors; none named means all of them."""

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
            "Whether the ancestor is outside the repository or unknown. Of the builtins and of some modules of the "
            "standard library (`normalize/outside_classes.py`) the ancestors are listed, too.",
        ),
        Column(
            "reason",
            "string",
            "Why the order is not Python's for certain: inconsistent: C3 has no solution, depth-first order is given; "
            "cycle: the class is its own ancestor; ambiguous: a base may mean another class, or `__bases__` is "
            "assigned to; decorated: a decorator may put another class in the place of this one or of an ancestor; "
            "open: an ancestor is unknown, or its own are. Null: the order is exact.",
            nullable=True,
            values=REASONS,
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


def _select_classes(
    class_bases: Table,
    definitions: Table,
    ast_nodes: Table,
    name_resolutions: Table,
    attribute_resolutions: Table,
) -> dict[str, Table]:
    """Project the classes, their bases, and which have type parameters or decorators that may replace them."""
    classes = definitions.filter(definitions.kind == "class")
    generic = ast_nodes.filter(ast_nodes.field == "type_params")
    return {
        "classes": classes.select("repository", "file_id", "definition_id", "qualname"),
        "bases": class_bases.select(
            "repository",
            "class_id",
            "position",
            "target_id",
            "target_name",
            "base_text",
            "resolution",
            "is_subscripted",
            "is_ambiguous",
        ),
        "generic": generic.select("repository", class_id=generic.parent_id).distinct(),
        "reassigned": _reassigned(ast_nodes, classes, name_resolutions, attribute_resolutions),
        "decorated": _decorated(ast_nodes, classes, name_resolutions, attribute_resolutions),
    }


def _read_hierarchy(inputs: dict[str, pa.Table]) -> tuple[pa.Table, Classes]:
    """List every class with its bases in order; bases outside the repository go by name."""
    hierarchy = Classes()
    generic = {*inputs["generic"]["class_id"].to_pylist()}
    for row in inputs["classes"].to_pylist():
        hierarchy.add_class(row["definition_id"], row["qualname"], is_generic=row["definition_id"] in generic)
    for row in inputs["bases"].sort_by([("class_id", "ascending"), ("position", "ascending")]).to_pylist():
        is_known = row["resolution"] in KNOWN
        name = row["target_name"] if is_known else f"<{row['base_text'] or 'expression'}>"
        hierarchy.add_base(row["class_id"], Base(Ancestor(row["target_id"], name), row["is_subscripted"]))
        if row["is_ambiguous"]:
            hierarchy.doubt(row["class_id"], "ambiguous")
    for class_id in inputs["reassigned"]["class_id"].to_pylist():
        hierarchy.doubt(class_id, "ambiguous")
    for class_id in inputs["decorated"]["class_id"].to_pylist():
        hierarchy.doubt(class_id, "decorated")
    return inputs["classes"], hierarchy


def _linearize(found: tuple[pa.Table, Classes]) -> pa.Table:
    """Merge the orders of each class's bases, as C3 does."""
    classes, hierarchy = found
    orders = [hierarchy.order(class_id) for class_id in classes["definition_id"].to_pylist()]
    reasons = [hierarchy.reason(class_id) for class_id in classes["definition_id"].to_pylist()]
    sizes = [len(order) for order in orders]
    of_class = pa.array(np.repeat(np.arange(len(sizes)), sizes))
    ancestors = [ancestor for order in orders for ancestor in order]
    columns = {
        "repository": classes["repository"].take(of_class),
        "file_id": classes["file_id"].take(of_class),
        "class_id": classes["definition_id"].take(of_class),
        "position": [position for size in sizes for position in range(size)],
        "ancestor_id": [ancestor.definition_id for ancestor in ancestors],
        "ancestor_name": [ancestor.name for ancestor in ancestors],
        "is_external": [ancestor.definition_id is None for ancestor in ancestors],
        "reason": pa.array(reasons, pa.string()).take(of_class),
    }
    return pa.table(columns, schema=MRO.schema.to_pyarrow())


@graph_task(MRO, stages=(_select_classes, _read_hierarchy, _linearize))
def mro(
    class_bases: Table,
    definitions: Table,
    ast_nodes: Table,
    name_resolutions: Table,
    attribute_resolutions: Table,
) -> Table:
    """One row per class and ancestor, in the order in which attributes are looked up."""


def _decorated(ast_nodes: Table, classes: Table, name_resolutions: Table, attribute_resolutions: Table) -> Table:
    """Classes with a decorator that is not known to give back the class, or one with the same ancestors."""
    decorators = ast_nodes.filter(ast_nodes.field == "decorator_list")
    # In preorder what is called comes right after the call.
    named = decorators.select(
        "repository",
        "file_id",
        class_id=decorators.parent_id,
        named_node=(decorators.kind == "Call").ifelse(decorators.node_id + 1, decorators.node_id),
    )
    named = named.semi_join(classes, (named.file_id == classes.file_id) & (named.class_id == classes.definition_id))
    columns = ("repository", "node_id", "target_module", "target_name")
    meant = stack(
        *(
            table.filter(table.target_module.isin([*KEEPING])).select(*columns)
            for table in (name_resolutions, attribute_resolutions)
        )
    )
    is_keeping = ibis.or_(
        *(
            (meant.target_module == module) & meant.target_name.isin(names) if names else meant.target_module == module
            for module, names in KEEPING.items()
        )
    )
    keeping = meant.filter(is_keeping)
    return (
        named.anti_join(keeping, (named.repository == keeping.repository) & (named.named_node == keeping.node_id))
        .select("repository", "class_id")
        .distinct()
    )


def _reassigned(ast_nodes: Table, classes: Table, name_resolutions: Table, attribute_resolutions: Table) -> Table:
    """Classes whose `__bases__` some code assigns to: in preorder, what an attribute is of comes right after it."""
    targets = ast_nodes.filter(
        (ast_nodes.kind == "Attribute") & (ast_nodes.name == "__bases__") & (ast_nodes.ctx == "Store")
    ).select("repository", named_node=ast_nodes.node_id + 1)
    meant = stack(
        *(
            table.semi_join(
                targets, (table.repository == targets.repository) & (table.node_id == targets.named_node)
            ).select("repository", "target_id")
            for table in (name_resolutions, attribute_resolutions)
        )
    )
    found = classes.select("repository", class_id=classes.definition_id)
    return found.semi_join(
        meant, (found.repository == meant.repository) & (found.class_id == meant.target_id)
    ).distinct()
