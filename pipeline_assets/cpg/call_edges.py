"""CALL edges: from calls to the methods they may call, from operators to the operator they are."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.cpg import ids
from pipeline_assets.cpg.edges import derive_edge_ids, edge, edge_family, select_edges
from pipeline_assets.cpg.operators import PREFIX
from pipeline_assets.pipes import task
from pipeline_assets.pipes.stacking import stack

CALL_EDGES = edge_family("call_edges", "CALL from each call to every method it may call, and from operators to theirs.")


def _normalize_calls(call_targets: Table, syntax_nodes: Table) -> Table:
    """One edge per call and candidate; candidates of one call form an ambiguity group."""
    by_call = ibis.window(group_by=("repository", "file_id", "call_id"))
    counted = call_targets.mutate(last=call_targets["rank"].max().over(by_call))
    targets = counted.mutate(group=(counted["last"] > 0).ifelse(counted.call_id, ibis.null("int64")))
    operators = syntax_nodes.filter((syntax_nodes.kind == "CALL") & syntax_nodes.name.startswith(PREFIX))
    is_foreign = targets.method == "pyrefly"
    return stack(
        *(
            edge(
                found,
                "CALL",
                src=found.call_id,
                dst=found.target_id,
                origin=origin,
                method=found.method,
                confidence=found.confidence,
                ambiguity_group=found.group,
            )
            for origin, found in (("names", targets.filter(~is_foreign)), ("pyrefly", targets.filter(is_foreign)))
        ),
        edge(
            operators,
            "CALL",
            src=operators.node_id,
            dst=ids.outside_node("METHOD", operators.name),
            origin="ast",
            method="operator",
        ),
    )


@task(CALL_EDGES, stages=(_normalize_calls, derive_edge_ids, select_edges), task_name="call_edges")
def call_edges(call_targets: Table, syntax_nodes: Table) -> Table:
    """CALL from each call to every method it may call, and from operators to theirs."""
