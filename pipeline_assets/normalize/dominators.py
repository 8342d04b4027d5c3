"""Dominators and post-dominators of basic blocks."""

from __future__ import annotations

import pyarrow as pa
from ibis.expr.types import Table

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, REPOSITORY
from pipeline_assets.normalize.flow.dominance import Tree
from pipeline_assets.normalize.flow.scopes import Scopes
from pipeline_assets.pipes import graph_task

DOMINATORS = Contract(
    name="dominators",
    layer="normalize",
    description="One row per basic block in the tree of dominators, and one in that of post-dominators.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column(
            "kind",
            "string",
            "dominator: every way from the entry to the block passes `idom_id`, of blocks that can be reached; "
            "post_dominator: every way from the block to the exit does, suspensions for good and exceptions that "
            "nobody raises on purpose or handles left out.",
            values=("dominator", "post_dominator"),
        ),
        Column("cfg_block_id", "int64", "The block."),
        Column("idom_id", "int64", "The nearest such block; null at the root, the entry or exit.", nullable=True),
        Column("depth", "int32", "Number of blocks above in the tree."),
    ),
    key=("kind", "cfg_block_id"),
    local=("cfg_block_id", "idom_id"),
    references=(
        Reference("cfg_block_id", "cfg_blocks", "cfg_block_id"),
        Reference("idom_id", "cfg_blocks", "cfg_block_id"),
    ),
    query="SELECT kind, max(depth) FROM dominators GROUP BY kind",
)

TOGETHER = 500_000
"""Rows worked on at a time."""


def _select_graph(cfg_edges: Table, cfg_blocks: Table) -> dict[str, Table]:
    """Project blocks in their order, and the pairs that edges make."""
    return {
        "blocks": cfg_blocks.select(
            "repository",
            "file_id",
            "cfg_block_id",
            "exit_id",
            "ordinal",
            "is_entry",
            "is_reachable",
            is_exit=cfg_blocks.kind == "exit",
        ),
        "edges": cfg_edges.select(
            "file_id",
            "edge_id",
            "src_block_id",
            "dst_block_id",
            is_suspension=cfg_edges.kind.isin(("yield", "await")),
        ),
    }


def _grow_trees(inputs: dict[str, pa.Table]) -> tuple[Scopes, Tree, Tree]:
    """Grow both trees of every scope."""
    scopes = Scopes.read(inputs)
    return scopes, scopes.dominators(), scopes.post_dominators()


def _tabulate(trees: tuple[Scopes, Tree, Tree]) -> pa.Table:
    """Lay the trees out on the contract's columns."""
    scopes, dominating, post_dominating = trees
    return pa.concat_tables(
        [scopes.tree_table(dominating, "dominator"), scopes.tree_table(post_dominating, "post_dominator")]
    )


@graph_task(DOMINATORS, stages=(_select_graph, _grow_trees, _tabulate), by="file_id", batch=TOGETHER)
def dominators(cfg_edges: Table, cfg_blocks: Table) -> Table:
    """The nearest block that every way to, or from, a block passes."""
