"""Where code hands control back before it ends, and where it goes on."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.cpg import ids
from pipeline_assets.cpg.edges import derive_edge_ids, edge, edge_family, select_edges
from pipeline_assets.cpg.shared import evaluated_nodes, special_nodes
from pipeline_assets.pipes import task
from pipeline_assets.pipes.stacking import stack

SUSPENSION_EDGES = edge_family(
    "suspension_edges",
    "PY_SUSPENDS_TO from what yields or awaits to the end of its method, PY_RESUMES_AT to what it goes on with.",
)
_WAYS = ("yield", "await", "resume")


def _find_suspensions(cfg_edges: Table, cfg_blocks: Table, scope_nodes: Table) -> Table:
    """Ways that leave a scope for a while, and come back, with the node at the end of its code."""
    ways = cfg_edges.filter(cfg_edges.kind.isin(_WAYS)).select(
        "repository", "file_id", "src_block_id", "src_node_id", "dst_node_id", "kind"
    )
    blocks = cfg_blocks.select("file_id", "cfg_block_id", "scope_node")
    scoped = ways.inner_join(blocks, [ways.file_id == blocks.file_id, ways.src_block_id == blocks.cfg_block_id]).select(
        ways, blocks.scope_node
    )
    methods = scope_nodes.filter(
        (scope_nodes.role == "body") & (scope_nodes.node_id == scope_nodes.definition_id)
    ).select("file_id", "node_id")
    joined = scoped.left_join(
        methods, [scoped.file_id == methods.file_id, scoped.scope_node == methods.node_id]
    ).select(scoped, in_method=methods.node_id.notnull())
    # A comprehension that is a scope of its own ends at its block.
    end = joined.scope_node + joined.in_method.ifelse(ids.METHOD_RETURN, 0)
    return joined.mutate(end=end)


def _tie_suspensions(ways: Table, definitions: Table, imports: Table) -> Table:
    """One edge per node, way and place it leads to, however many copies the compiler made."""
    special = special_nodes(definitions, imports)
    columns = ("repository", "file_id", "src_node_id", "dst_node_id", "kind", "end")
    sources = evaluated_nodes(ways.select(*columns), special, "src_node_id")
    ends = evaluated_nodes(sources, special.view(), "dst_node_id")
    resumes = ends.kind == "resume"
    target = ibis.ifelse(resumes, ends.dst_node_id, None).coalesce(ends.end)
    once = ends.select("repository", "file_id", "src_node_id", "kind", target=target).distinct()
    return stack(
        *(
            edge(
                led,
                kind,
                src=led.src_node_id,
                dst=led.target,
                variable=led.kind,
                origin="bytecode",
                method="suspension",
            )
            for kind, led in (
                ("PY_SUSPENDS_TO", once.filter(once.kind != "resume")),
                ("PY_RESUMES_AT", once.filter(once.kind == "resume")),
            )
        )
    )


@task(
    SUSPENSION_EDGES,
    stages=(_find_suspensions, _tie_suspensions, derive_edge_ids, select_edges),
    task_name="suspension_edges",
)
def suspension_edges(
    cfg_edges: Table, cfg_blocks: Table, scope_nodes: Table, definitions: Table, imports: Table
) -> Table:
    """Where code hands control back before it ends, and where it goes on."""
