"""Which types a class inherits from."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.cpg import ids
from pipeline_assets.cpg.edges import derive_edge_ids, edge, edge_family, select_edges
from pipeline_assets.cpg.outside_names import outside_classes
from pipeline_assets.cpg.shared import outside_base
from pipeline_assets.pipes import task
from pipeline_assets.pipes.stacking import stack

INHERITANCE_EDGES = edge_family(
    "inheritance_edges", "INHERITS_FROM from classes to the types of their bases, REF from types to their declarations."
)


def _normalize_inheritance(class_bases: Table, definitions: Table, type_links: Table, mro: Table) -> Table:
    """INHERITS_FROM edges in order of the bases, and each type's REF to its declaration."""
    inside = class_bases.filter(class_bases.target_id.notnull())
    outside = class_bases.filter(outside_base(class_bases))
    classes = definitions.filter(definitions.kind == "class")
    named = outside_classes(class_bases, type_links, mro).mutate(file_id=ibis.null("int64"))
    return stack(
        _inherits(inside, ids.companion(inside.target_id, ids.CLASS_TYPE)),
        _inherits(outside, ids.outside_node("TYPE", outside.target_name)),
        edge(
            classes,
            "REF",
            src=ids.companion(classes.definition_id, ids.CLASS_TYPE),
            dst=classes.definition_id,
            origin="ast",
            method="type",
        ),
        edge(
            named,
            "REF",
            src=ids.outside_node("TYPE", named.class_name),
            dst=ids.outside_node("TYPE_DECL", named.class_name),
            origin="names",
            method="base",
        ),
    )


@task(
    INHERITANCE_EDGES,
    stages=(_normalize_inheritance, derive_edge_ids, select_edges),
    task_name="inheritance_edges",
)
def inheritance_edges(class_bases: Table, definitions: Table, type_links: Table, mro: Table) -> Table:
    """INHERITS_FROM from classes to the types of their bases, REF from types to their declarations."""


def _inherits(bases: Table, target: ibis.Value) -> Table:
    return edge(
        bases, "INHERITS_FROM", src=bases.class_id, dst=target, ord=bases.position, origin="names", method="base"
    )
