"""CFG, DOMINATE, POST_DOMINATE and CDG edges: how control passes from node to node inside a method.

A node that the compiler copied is one node here, so that the edges are those of one graph a method; what dominates
what is found on this graph. The flow of a comprehension that is a scope of its own leaves from its block and comes back
to it, as does that of other scopes that are no method.
"""

from __future__ import annotations

import pyarrow as pa
from ibis.expr.types import Table

from pipeline_assets.cpg.edges import edge_family, edge_table
from pipeline_assets.cpg.node_flow import Between, NodeFlow, read_flow
from pipeline_assets.cpg.shared import DEFINITIONS
from pipeline_assets.normalize.flow.labels import KINDS
from pipeline_assets.pipes import graph_task

FLOW_EDGES = edge_family(
    "flow_edges",
    "CFG between the nodes that a method evaluates, DOMINATE and POST_DOMINATE from their trees, CDG by what decides.",
)

TOGETHER = 500_000
"""Rows worked on at a time."""
_METHODS = ("flow", "syntax_flow")
_ORIGINS = ("bytecode", "ast")


def _select_flow(
    cfg_blocks: Table,
    cfg_nodes: Table,
    cfg_edges: Table,
    control_deps: Table,
    unit_scopes: Table,
    ast_nodes: Table,
) -> dict[str, Table]:
    """Project blocks, what they evaluate, the ways between them, and the syntax that other nodes stand for."""
    return {
        "blocks": cfg_blocks.select(
            *("repository", "file_id", "cfg_block_id", "scope_node", "code_unit_id", "exit_id", "ordinal"),
            *("is_entry", "is_reachable"),
            is_exit=cfg_blocks.kind == "exit",
            is_syntax=cfg_blocks.origin == "syntax",
        ),
        "nodes": cfg_nodes.select("file_id", "cfg_block_id", "position", "node_id"),
        "edges": cfg_edges.select(
            *("file_id", "edge_id", "src_block_id", "dst_block_id", "kind", "is_exceptional"),
            *("src_node_id", "dst_node_id"),
        ),
        "dependences": control_deps.select(
            "file_id", "src_block_id", "dst_block_id", "kind", "is_exceptional", "src_node_id"
        ),
        "inner": unit_scopes.filter(unit_scopes.role != "body").select("file_id", "code_unit_id"),
        "special": ast_nodes.filter(ast_nodes.kind.isin(DEFINITIONS)).select("file_id", "node_id", "kind"),
    }


def _join_nodes(inputs: dict[str, pa.Table]) -> NodeFlow:
    """Make each node that a scope evaluates one vertex, and the ways between blocks ways between nodes."""
    return read_flow(inputs)


def _grow_trees(flow: NodeFlow) -> tuple[NodeFlow, dict[str, Between]]:
    """Find the nearest node that every way to, or from, a node passes, and so what depends on an outcome."""
    return flow, {
        "CFG": flow.ways(),
        "DOMINATE": flow.dominating(),
        "POST_DOMINATE": flow.post_dominating(),
        "CDG": flow.deciding(),
    }


def _tabulate(found: tuple[NodeFlow, dict[str, Between]]) -> pa.Table:
    """Derive ids and keys, and lay the edges out on the contract's columns."""
    flow, edges = found
    return pa.concat_tables(
        edge_table(
            FLOW_EDGES.name,
            kind,
            repository=flow.repositories(ways.rows),
            file_id=flow.files[ways.rows],
            src=ways.sources,
            dst=ways.targets,
            variables=KINDS,
            variable=ways.labels,
            methods=_METHODS,
            origins=_ORIGINS,
            rule=flow.is_syntax[ways.rows] + 0,
        )
        for kind, ways in edges.items()
    )


@graph_task(
    FLOW_EDGES,
    stages=(_select_flow, _join_nodes, _grow_trees, _tabulate),
    by="file_id",
    batch=TOGETHER,
)
def flow_edges(
    cfg_blocks: Table,
    cfg_nodes: Table,
    cfg_edges: Table,
    control_deps: Table,
    unit_scopes: Table,
    ast_nodes: Table,
) -> Table:
    """CFG between the nodes that a method evaluates, with the trees of what dominates what, and what decides."""
