"""What a node is joined to."""

from __future__ import annotations

from pipeline_assets.inference.contract import FILE_SHIFT
from pipeline_assets.store.views import Parameter, View

_PLACE = (1 << FILE_SHIFT) - 1
"""The bits of an id that tell nodes of one file apart."""

GRAPH_QUESTIONS: tuple[View, ...] = (
    View(
        "neighbours",
        f"""
        SELECT e.repository, 'out' AS direction, e.kind, e.dst AS node_id, e.edge_id FROM edges AS e WHERE e.src = node
        UNION ALL
        SELECT e.repository, 'in', e.kind, e.src, e.edge_id FROM edges AS e
        WHERE e.dst = node
            AND e.src BETWEEN node - (node & {_PLACE}) AND (node | {_PLACE})
        UNION ALL
        SELECT a.repository, 'in', a.kind, a.neighbour_id, a.edge_id FROM adjacency AS a WHERE a.node_id = node
        """,
        "One row per edge of a node, both ways. Cost: look-ups in edges and adjacency, which are sorted for them.",
        {
            "repository": "Repository of the edge.",
            "direction": "out: the edge leaves the node; in: it leads to it.",
            "kind": "Kind of the edge.",
            "node_id": "The node at the other end.",
            "edge_id": "The edge.",
        },
        parameters=(Parameter("node", "Id of the node; a constant, or a subquery in brackets."),),
    ),
)
"""Macros over `edges`."""
