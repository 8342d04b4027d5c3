"""Every distinct way in which the graph knows something."""

from __future__ import annotations

from ibis.expr.types import Table

from pipeline_assets.cpg.kinds import ORIGINS
from pipeline_assets.inference.contract import Column, Contract
from pipeline_assets.normalize.columns import REPOSITORY
from pipeline_assets.pipes import task
from pipeline_assets.pipes.stacking import stack

EVIDENCE = Contract(
    name="evidence",
    layer="cpg",
    description="One row per distinct way of knowing: task, rule, and the evidence layer with its producer.",
    columns=(
        REPOSITORY,
        Column("evidence_id", "int64", "Hash of task and rule; nodes and edges carry it."),
        Column("task_name", "string", "Task that emits the rows."),
        Column("rule", "string", "Rule of the task: an edge's method, or the evidence that shows a node."),
        Column(
            "layer",
            "string",
            "Evidence the rule works on: an extract layer, or `names`, our resolution over them.",
            values=ORIGINS,
        ),
        Column("producer", "string", "Program that made that evidence; null for our own resolution.", nullable=True),
        Column("producer_version", "string", "Its version.", nullable=True),
        Column(
            "status",
            "string",
            "complete: the layer has every file; partial: some failed or were skipped there (`extract_status`).",
            values=("complete", "partial"),
        ),
        Column("graph_rows", "int64", "How many nodes and edges are known this way."),
    ),
    key=("repository", "evidence_id"),
    query="SELECT layer, task_name, rule, graph_rows, status FROM evidence ORDER BY graph_rows DESC",
)


def _collect_rules(edges: Table, nodes: Table) -> Table:
    """Every combination of task and rule that some edge or node carries."""
    of_edges = edges.select("repository", "evidence_id", "task_name", rule=edges.method, layer=edges.origin)
    of_nodes = nodes.select("repository", "evidence_id", "task_name", rule=nodes.origin, layer=nodes.origin)
    rules = stack(of_edges, of_nodes)
    return rules.group_by("repository", "evidence_id", "task_name", "rule", "layer").aggregate(graph_rows=rules.count())


def _add_producers(rules: Table, extract_status: Table) -> Table:
    """The program behind each rule's evidence, and whether it read every file."""
    whole = extract_status.status == "ok"
    layers = extract_status.group_by("repository", "layer").aggregate(
        producer=extract_status.producer.min(),
        producer_version=extract_status.producer_version.min(),
        gaps=whole.ifelse(0, 1).sum(),
    )
    joined = rules.left_join(layers, [rules.repository == layers.repository, rules.layer == layers.layer])
    return joined.select(
        rules, layers.producer, layers.producer_version,
        status=(layers.gaps > 0).fill_null(False).ifelse("partial", "complete"),
    )  # fmt: skip


def _select_evidence(rules: Table) -> Table:
    """The columns of the contract, in order."""
    return EVIDENCE.select(rules)


@task(EVIDENCE, stages=(_collect_rules, _add_producers, _select_evidence))
def evidence(edges: Table, nodes: Table, extract_status: Table) -> Table:
    """One row per distinct way of knowing: task, rule, and the evidence layer with its producer."""
