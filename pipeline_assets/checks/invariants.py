"""What must hold across datasets: no dangling reference, allowed pairs, one tree, nothing unanswered or unfounded.

Each invariant is an expression over datasets, taken by parameter name as a task takes them; its rows are violations.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable

import ibis
from ibis.expr.types import BooleanValue, Table

from pipeline_assets.cpg.call_targets import CALL_TARGETS
from pipeline_assets.cpg.edges import EDGES
from pipeline_assets.cpg.kinds import NODE_KINDS, TREELESS_KINDS, allowed_pairs, edge_kinds
from pipeline_assets.cpg.unresolved import UNRESOLVED
from pipeline_assets.inference.compiler import Invariant
from pipeline_assets.inference.contract import Contract, Reference
from pipeline_assets.normalize.control_flow import CFG_EDGES
from pipeline_assets.pipes.stacking import stack


def no_dangling(contract: Contract, dataset: str | None = None) -> Invariant:
    """Every value that a contract says refers to a dataset is found there, in the same repository.

    It is a check of that contract's dataset, or of `dataset`: one that is made from it cannot wait for it.
    """
    targets = sorted({reference.dataset for reference in contract.references})
    ends = ", ".join(reference.column for reference in contract.references)
    return Invariant(
        name=f"no_dangling:{contract.name}",
        dataset=dataset or contract.name,
        description=f"Every {ends} of {contract.name} is found in {', '.join(targets)}.",
        expression=_dangling_expression(contract, targets),
    )


def edge_pairs(edges: Table, nodes: Table) -> Table:
    """Combinations of edge kind and end kinds that the graph's schema does not allow, with how often they occur."""
    # Ids alone tell nodes apart, but for those outside all files, whose kind is the same everywhere.
    kinds = nodes.select("node_id", end_kind="kind")
    sources = edges.inner_join(kinds, edges.src == kinds.node_id).select(edges.kind, edges.dst, src_kind=kinds.end_kind)
    targets = kinds.view()
    found = sources.inner_join(targets, sources.dst == targets.node_id).select(
        sources.kind, sources.src_kind, dst_kind=targets.end_kind
    )
    combinations = found.group_by("kind", "src_kind", "dst_kind").aggregate(edges=found.count())
    # Counting in the condition keeps engines from asking it of every edge before grouping.
    return combinations.filter(~(_is_allowed(combinations) & (combinations.edges > 0)))


def one_tree(nodes: Table, edges: Table) -> Table:
    """Nodes of a file's text that hang on no or on several holders by AST edges, but for kinds that are in no tree."""
    tree = edges.filter(edges.kind == "AST")
    holders = tree.group_by("repository", "dst").aggregate(holders=tree.count())
    inside = nodes.filter(nodes.file_id.notnull() & nodes.kind.notin(TREELESS_KINDS))
    joined = inside.left_join(holders, [inside.repository == holders.repository, inside.node_id == holders.dst])
    counted = joined.select(
        inside.repository, inside.node_id, inside.kind, inside.line, holders=holders.holders.fill_null(0)
    )
    return counted.filter(counted.holders != 1)


def calls_answered(nodes: Table, edges: Table, unresolved: Table) -> Table:
    """Calls that neither have a CALL edge nor a row that says why not."""
    calls = nodes.filter(nodes.kind == "CALL")
    answers = stack(
        edges.filter(edges.kind == "CALL").select("repository", site=edges.src),
        unresolved.filter(unresolved.what == "call").select("repository", site=unresolved.site_node),
    )
    lost = calls.anti_join(answers, [calls.repository == answers.repository, calls.node_id == answers.site])
    return lost.select("repository", "node_id", "file_id", "line", "name")


def evidence_given(nodes: Table, edges: Table, evidence: Table) -> Table:
    """Ways of knowing that nodes or edges carry and that `evidence` does not have."""
    carried = stack(
        nodes.select("repository", "evidence_id", "task_name"), edges.select("repository", "evidence_id", "task_name")
    ).distinct()
    return carried.anti_join(
        evidence, [carried.repository == evidence.repository, carried.evidence_id == evidence.evidence_id]
    )


def properties_belong(properties: Table, nodes: Table, edges: Table) -> Table:
    """Properties of what is neither a node nor an edge of that kind."""
    told = properties.select("repository", "entity_id", "entity_kind").distinct()
    of_nodes = told.filter(told.entity_kind.isin(NODE_KINDS))
    of_edges = told.filter(told.entity_kind.notin(NODE_KINDS))
    kept = edges.filter(edges.kind.isin(tuple(kind for kind in edge_kinds() if kind not in NODE_KINDS)))
    lost = of_nodes.anti_join(
        nodes,
        [
            of_nodes.repository == nodes.repository,
            of_nodes.entity_id == nodes.node_id,
            of_nodes.entity_kind == nodes.kind,
        ],
    )
    loose = of_edges.anti_join(
        kept,
        [
            of_edges.repository == kept.repository,
            of_edges.entity_id == kept.edge_id,
            of_edges.entity_kind == kept.kind,
        ],
    )
    return stack(lost, loose)


def reached_from_entry(cfg_edges: Table, cfg_blocks: Table) -> Table:
    """Blocks that are marked reachable without a way from the entry, and those with one that are not.

    Reachable blocks are numbered such that one of the blocks before leads to each: so a look at single edges is enough.
    """
    ends = cfg_blocks.view()
    alive = ends.filter(ends.is_reachable)
    ways = cfg_edges.inner_join(
        alive, [cfg_edges.repository == alive.repository, cfg_edges.src_block_id == alive.cfg_block_id]
    ).select(cfg_edges.repository, cfg_edges.dst_block_id, before=alive.ordinal)
    arriving = ways.group_by("repository", "dst_block_id").aggregate(earliest=ways.before.min())
    joined = cfg_blocks.left_join(
        arriving, [cfg_blocks.repository == arriving.repository, cfg_blocks.cfg_block_id == arriving.dst_block_id]
    )
    has_way = cfg_blocks.is_entry | (arriving.earliest < cfg_blocks.ordinal).fill_null(False)
    is_arrived_at = cfg_blocks.is_entry | arriving.earliest.notnull()
    wrong = joined.filter((cfg_blocks.is_reachable & ~has_way) | (~cfg_blocks.is_reachable & is_arrived_at))
    return wrong.select("repository", "cfg_block_id", "scope_node", "ordinal", "is_reachable")


def exits_end(cfg_edges: Table, cfg_blocks: Table) -> Table:
    """Edges that leave an exit."""
    exits = cfg_blocks.filter(cfg_blocks.kind == "exit")
    found = cfg_edges.semi_join(
        exits, [cfg_edges.repository == exits.repository, cfg_edges.src_block_id == exits.cfg_block_id]
    )
    return found.select("repository", "edge_id")


def dominator_trees(dominators: Table) -> Table:
    """Blocks that do not hang one level below another of their tree, without being at its root."""
    above = dominators.view().select(of="repository", tree="kind", above_id="cfg_block_id", above_depth="depth")
    same = [dominators.repository == above.of, dominators.kind == above.tree, dominators.idom_id == above.above_id]
    joined = dominators.left_join(above, same)
    is_root = joined.idom_id.isnull() & (joined.depth == 0)
    hangs = (joined.above_depth == joined.depth - 1).fill_null(False)
    return joined.filter(~(is_root | hangs)).select("repository", "kind", "cfg_block_id", "idom_id", "depth")


def _dangling_expression(contract: Contract, targets: list[str]) -> Callable[..., Table]:
    """A function that takes the contract's dataset and those it refers to, under their own names."""

    def expression(**tables: Table) -> Table:
        rows = tables[contract.name]
        return stack(*(_lost(rows.view(), reference, tables[reference.dataset]) for reference in contract.references))

    kind = inspect.Parameter.KEYWORD_ONLY
    parameters = [inspect.Parameter(name, kind, annotation=Table) for name in (contract.name, *targets)]
    expression.__signature__ = inspect.Signature(parameters, return_annotation=Table)  # type: ignore[attr-defined]
    return expression


def _lost(rows: Table, reference: Reference, target: Table) -> Table:
    held = rows[reference.column]
    pointing = rows.filter(held.notnull())
    known = target.view()
    lost = pointing.anti_join(
        known, [pointing.repository == known.repository, pointing[reference.column] == known[reference.target]]
    )
    return lost.select("repository", column=ibis.literal(reference.column), value=lost[reference.column].cast("int64"))


def _is_allowed(combinations: Table) -> BooleanValue:
    """Sources that may lead to the same kinds of nodes are asked for at once: there are few such groups."""
    sources: dict[tuple[str, ...], list[str]] = {}
    for kind, rules in allowed_pairs().items():
        for src, dst in rules:
            sources.setdefault(dst, []).append(f"{kind} {src}")
    start = combinations.kind + " " + combinations.src_kind
    return ibis.or_(*(start.isin(starts) & combinations.dst_kind.isin(dst) for dst, starts in sources.items()))


INVARIANTS: tuple[Invariant, ...] = (
    *(no_dangling(contract) for contract in (CFG_EDGES, EDGES, CALL_TARGETS)),
    # Nodes and edges say what is unresolved, too.
    no_dangling(UNRESOLVED, dataset="edges"),
    Invariant("reached_from_entry", "cfg_edges", "Entries reach what is marked reachable.", reached_from_entry),
    Invariant("exits_end", "cfg_edges", "No way leads on from an exit.", exits_end),
    Invariant("dominator_trees", "dominators", "Dominators form trees.", dominator_trees),
    Invariant("edge_pairs", "edges", "Every edge joins kinds of nodes that its kind may join.", edge_pairs),
    Invariant("one_tree", "edges", "Every node of a file's text hangs on one holder.", one_tree),
    Invariant("calls_answered", "edges", "Every CALL node has a CALL edge or a row in `unresolved`.", calls_answered),
    Invariant("properties_belong", "properties", "Every property is one of a node or edge.", properties_belong),
    Invariant("evidence_given", "evidence", "Every node and edge joins to its `evidence` row.", evidence_given),
)
"""Every graph invariant of the product, all of them blocking."""
