"""REACHING_DEF edges: which definitions of a variable a use may see."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.cpg.edges import derive_edge_ids, edge, edge_family, select_edges
from pipeline_assets.cpg.shared import DEFINITIONS, evaluated_nodes
from pipeline_assets.pipes import task

DATA_FLOW_EDGES = edge_family(
    "data_flow_edges", "REACHING_DEF from definitions of variables to the uses that may see them."
)

_METHODS = {"flow": "flow", "closure": "closure", "global": "global", "class": "enclosing_class"}
"""How a pair is known → the rule's name among those of edges."""
_SURE, _ALONG, _ELSEWHERE = 1.0, 0.8, 0.5
"""Confidence in the only definition of a use, in one of several along control flow, in one of another code unit."""


def _normalize_data_flow(reaching_defs: Table, ast_nodes: Table) -> Table:
    """One edge per definition, use and variable; what holds when a closure starts is known by the definitions outside.

    Where both a way of control and a shared variable lead from one to the other, the way is what tells.
    """
    pairs = reaching_defs.filter(reaching_defs.def_node_id.notnull() & reaching_defs.use_node_id.notnull())
    found = pairs.group_by("repository", "file_id", "def_node_id", "use_node_id", "variable").aggregate(
        is_flow=(pairs.method == "flow").any(), method=pairs.method.min(), is_must=pairs.is_must.any()
    )
    special = ast_nodes.filter(ast_nodes.kind.isin(DEFINITIONS)).select("file_id", "node_id", "kind")
    ends = evaluated_nodes(found, special, "def_node_id")
    method = ibis.cases(
        (ends.is_flow, "flow"), *((ends.method == known, name) for known, name in _METHODS.items()), else_="flow"
    )
    confidence = ibis.cases((ends.is_must, _SURE), (ends.is_flow, _ALONG), else_=_ELSEWHERE)
    return edge(
        ends,
        "REACHING_DEF",
        src=ends.def_node_id,
        dst=ends.use_node_id,
        variable=ends.variable,
        origin="bytecode",
        method=method,
        confidence=confidence,
    )


@task(
    DATA_FLOW_EDGES,
    stages=(_normalize_data_flow, derive_edge_ids, select_edges),
    task_name="data_flow_edges",
)
def data_flow_edges(reaching_defs: Table, ast_nodes: Table) -> Table:
    """REACHING_DEF from definitions of variables to the uses that may see them."""
