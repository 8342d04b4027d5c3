"""What an index that was given describes, and what modules hold that were imported, as nodes."""

from __future__ import annotations

from ibis.expr.types import Table

from pipeline_assets.cpg.fact_ids import member_node, parameter_node, runtime_node, scip_node
from pipeline_assets.cpg.nodes import derive_node_evidence, node, node_family, select_nodes
from pipeline_assets.pipes import task
from pipeline_assets.pipes.stacking import stack

REPORT_NODES = node_family(
    "report_nodes",
    "One node per symbol of a SCIP index, and per object, signature, parameter and class member that importing a "
    "module showed.",
)


def _collect_symbols(scip_symbols: Table) -> Table:
    """Each symbol once: an index may describe and mention it."""
    known = scip_symbols.mutate(
        node_id=scip_node(scip_symbols.is_local, scip_symbols.path, scip_symbols.symbol),
        short=scip_symbols.display_name.coalesce(scip_symbols.name),
    )
    once = known.group_by("repository", "node_id", "symbol").aggregate(short=known.short.min())
    return node(once, "PY_SCIP_SYMBOL", once.node_id, name=once.short, qualname=once.symbol, origin="scip")


def _add_objects(
    nodes: Table, runtime_objects: Table, runtime_signatures: Table, runtime_params: Table, runtime_members: Table
) -> Table:
    """Objects with their signatures, parameters and members."""
    objects = runtime_objects
    dotted = objects.module + "." + objects.qualname
    return stack(
        nodes,
        node(
            objects,
            "PY_RUNTIME_OBJECT",
            objects.object_id,
            name=objects.qualname.re_extract(r"([^.]*)$", 1),
            qualname=dotted,
            origin="runtime",
        ),
        node(
            runtime_signatures,
            "PY_RUNTIME_SIGNATURE",
            runtime_node("PY_RUNTIME_SIGNATURE", runtime_signatures.object_id),
            name=runtime_signatures.signature,
            qualname=runtime_signatures.module + "." + runtime_signatures.qualname,
            origin="runtime",
        ),
        node(
            runtime_params,
            "PY_RUNTIME_PARAM",
            parameter_node(runtime_params),
            name=runtime_params.name,
            origin="runtime",
        ),
        node(
            runtime_members,
            "PY_RUNTIME_MEMBER",
            member_node(runtime_members),
            name=runtime_members.name,
            qualname=runtime_members.module + "." + runtime_members["class"] + "." + runtime_members.name,
            origin="runtime",
        ),
    )


@task(
    REPORT_NODES,
    stages=(_collect_symbols, _add_objects, derive_node_evidence, select_nodes),
    task_name="report_nodes",
)
def report_nodes(
    scip_symbols: Table,
    runtime_objects: Table,
    runtime_signatures: Table,
    runtime_params: Table,
    runtime_members: Table,
) -> Table:
    """What an index that was given describes, and what modules hold that were imported, as nodes."""
