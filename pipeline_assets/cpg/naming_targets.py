"""The graph's ids and names of what `call_candidates` found; a module of its own, as two relations need them."""

from __future__ import annotations

from ibis.expr.types import Table

from pipeline_assets.cpg import ids

OBJECT_INIT = "<builtin>.object.__init__"
"""What runs when a class without any initialiser is called."""


def value_targets(candidates: Table, definitions: Table) -> Table:
    """The candidates with `target_id` as a METHOD of the graph and `target_name` as PyCG writes it."""
    known = definitions.select("repository", "definition_id", "pycg_name")
    named = candidates.left_join(
        known, [candidates.repository == known.repository, candidates.target_id == known.definition_id]
    ).select(candidates, known.pycg_name)
    name = named.pycg_name.coalesce(named.target_name)
    is_here = named.target_kind == "definition"
    runs = (named.target_kind == "class").ifelse(OBJECT_INIT, name)
    return named.mutate(
        target_name=name, target_id=is_here.ifelse(named.target_id, ids.outside_node("METHOD", runs))
    ).drop("pycg_name")
