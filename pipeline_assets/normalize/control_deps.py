"""Control dependence between basic blocks."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
from ibis.expr.types import Table

from pipeline_assets.extract.arrow import coded, repeated
from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, REPOSITORY
from pipeline_assets.normalize.flow.arrays import (
    Bool,
    Codes,
    Ids,
    Places,
    booleans,
    codes,
    counted,
    distinct,
    find,
    numbers,
)
from pipeline_assets.normalize.flow.dependence import Dependences, dependences, walk_lengths
from pipeline_assets.normalize.flow.labels import KINDS
from pipeline_assets.pipes import graph_task

CONTROL_DEPS = Contract(
    name="control_deps",
    layer="normalize",
    description="One row per pair of blocks of which one decides whether the other runs, and way that has it run.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("src_block_id", "int64", "The block that decides: one way from it leads to the other whatever follows."),
        Column("dst_block_id", "int64", "The block that depends on it; a loop's test depends on itself."),
        Column("kind", "string", "Kind of the edge that leads there, as in `cfg_edges`.", values=KINDS),
        Column("is_exceptional", "boolean", "Whether an exception travels along that edge."),
        Column(
            "src_node_id",
            "int64",
            "The node that was tested or raises; null where several nodes of the block may raise.",
            nullable=True,
        ),
    ),
    key=("src_block_id", "dst_block_id", "kind", "is_exceptional"),
    local=("src_block_id", "dst_block_id", "src_node_id"),
    references=(
        Reference("src_block_id", "cfg_blocks", "cfg_block_id"),
        Reference("dst_block_id", "cfg_blocks", "cfg_block_id"),
        Reference("src_node_id", "ast_nodes", "node_id"),
    ),
    query="SELECT kind, count(*) FROM control_deps GROUP BY kind ORDER BY 2 DESC",
)

CONTROL_LIMITS = Contract(
    name="control_limits",
    layer="normalize",
    description="One row per scope whose control dependence is left out, since it would have too many rows.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("scope_node", "int64", "The syntax node that opens the scope."),
        Column("exit_id", "int64", "The scope's exit in `cfg_blocks`."),
        Column("dataset", "string", "What is left out.", values=("control_deps",)),
        Column("found", "int64", "Rows that there would be."),
        Column("limit", "int64", "Rows that there may be: so many for every block, and some for each scope."),
    ),
    key=("exit_id", "dataset"),
    local=("scope_node", "exit_id"),
    references=(
        Reference("scope_node", "ast_nodes", "node_id"),
        Reference("exit_id", "cfg_blocks", "cfg_block_id"),
    ),
    query="SELECT * FROM control_limits ORDER BY found DESC",
)

TOGETHER = 500_000
"""Rows worked on at a time."""
PER_BLOCK, PER_SCOPE = 100, 10_000
"""Rows that a scope may have."""


class Branches(NamedTuple):
    """Blocks by id with their place in the tree of post-dominators, and the edges between them, each kind once."""

    blocks: pa.Table
    ids: Ids
    above: Places
    depths: Places
    sources: Places
    targets: Places
    kinds: Codes
    is_exceptional: Bool
    nodes: Ids


class Depending(NamedTuple):
    """What depends on which edge, and the scopes that are left out."""

    branches: Branches
    found: Dependences
    limits: pa.Table


def _select_branches(cfg_edges: Table, cfg_blocks: Table, dominators: Table) -> dict[str, Table]:
    """Project blocks, the edges but for suspensions, and the tree of post-dominators."""
    edges = cfg_edges.filter(cfg_edges.kind.notin(("yield", "await")))
    trees = dominators.filter(dominators.kind == "post_dominator")
    return {
        "blocks": cfg_blocks.select(
            "repository", "file_id", "cfg_block_id", "scope_node", "exit_id", is_exit=cfg_blocks.kind == "exit"
        ),
        "edges": edges.select(
            "file_id", "edge_id", "src_block_id", "dst_block_id", "kind", "is_exceptional", "src_node_id"
        ),
        "trees": trees.select("file_id", "cfg_block_id", "idom_id", "depth"),
    }


def _find_branches(inputs: dict[str, pa.Table]) -> Branches:
    """Put edges and tree in terms of places."""
    blocks, edges, trees = inputs["blocks"], inputs["edges"], inputs["trees"]
    ids = numbers(blocks["cfg_block_id"])
    above, depths = np.full((2, len(ids)), -1)
    places = find(ids, numbers(trees["cfg_block_id"]))
    above[places], depths[places] = find(ids, numbers(trees["idom_id"])), numbers(trees["depth"])
    sources, targets = (find(ids, numbers(edges[name])) for name in ("src_block_id", "dst_block_id"))
    kinds, exceptional = codes(edges["kind"], KINDS), booleans(edges["is_exceptional"])
    nodes = numbers(edges["src_node_id"])
    first, counts = counted(sources, targets, kinds, exceptional + 0)
    return Branches(
        *(blocks, ids, above, depths),
        *(sources[first], targets[first], kinds[first], exceptional[first]),
        np.where(counts == 1, nodes[first], -1),
    )


def _find_dependents(branches: Branches) -> Depending:
    """Go up from every edge's target to where all ways from its source meet; leave out scopes with too much of it."""
    _, _, above, depths, sources, targets, *_ = branches
    lengths = walk_lengths(sources, targets, above, depths)
    units = np.unique(numbers(branches.blocks["exit_id"]), return_inverse=True)[1]
    totals = np.bincount(units[sources], weights=lengths, minlength=units.max(initial=-1) + 1).astype(np.int64)
    limits = np.bincount(units) * PER_BLOCK + PER_SCOPE
    found = dependences(sources, targets, above, lengths, (totals <= limits)[units[sources]])
    return Depending(branches, found, _limit_table(branches.blocks, units, totals, limits))


def _tabulate(depending: Depending) -> dict[str, pa.Table]:
    """Lay the pairs out on the contract's columns."""
    branches, (edges, dependents) = depending.branches, (depending.found.edges, depending.found.dependents)
    sources = branches.sources[edges]
    order = distinct(sources, dependents, branches.kinds[edges], branches.is_exceptional[edges] + 0)
    edges, sources, dependents = edges[order], sources[order], dependents[order]
    nodes = branches.nodes[edges]
    table = pa.table(
        {
            "repository": branches.blocks["repository"].take(sources),
            "file_id": branches.blocks["file_id"].take(sources),
            "src_block_id": branches.ids[sources],
            "dst_block_id": branches.ids[dependents],
            "kind": coded(branches.kinds[edges].astype(np.int32), KINDS),
            "is_exceptional": branches.is_exceptional[edges],
            "src_node_id": pa.array(nodes, mask=nodes < 0),
        }
    )
    return {CONTROL_DEPS.name: table, CONTROL_LIMITS.name: depending.limits}


@graph_task(
    CONTROL_DEPS,
    CONTROL_LIMITS,
    stages=(_select_branches, _find_branches, _find_dependents, _tabulate),
    by="file_id",
    batch=TOGETHER,
)
def control_dependence(cfg_edges: Table, cfg_blocks: Table, dominators: Table) -> Table:
    """The blocks that run because of what another block decided."""


def _limit_table(blocks: pa.Table, units: Places, totals: Ids, limits: Ids) -> pa.Table:
    """Rows of `control_limits`."""
    rows = np.flatnonzero(booleans(blocks["is_exit"]) & (totals > limits)[units])
    return pa.table(
        {
            **{name: blocks[name].take(rows) for name in ("repository", "file_id", "scope_node")},
            "exit_id": blocks["cfg_block_id"].take(rows),
            "dataset": repeated([CONTROL_DEPS.name], np.zeros(len(rows), np.int32)),
            "found": totals[units[rows]],
            "limit": limits[units[rows]],
        }
    )
