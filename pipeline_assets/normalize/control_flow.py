"""Control flow between syntax nodes: basic blocks of the bytecode, lifted, and of the syntax where there is none."""

from __future__ import annotations

from typing import NamedTuple

import ibis
import pyarrow as pa
from ibis.expr.types import Table

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, REPOSITORY
from pipeline_assets.normalize.flow.assembly import Ordered, joined, ordered, vertices_of
from pipeline_assets.normalize.flow.labels import KINDS, Edges
from pipeline_assets.normalize.flow.lifting import Lifted, edges, lift
from pipeline_assets.normalize.flow.own_blocks import OwnBlocks, own_blocks
from pipeline_assets.normalize.flow.program import NOTED_KINDS, PARTS, Program, Syntax
from pipeline_assets.normalize.flow.tables import BLOCK_KINDS, ORIGINS, Rows, block_table, edge_table, node_table
from pipeline_assets.pipes import graph_task
from pipeline_assets.pipes.stacking import stack

CFG_BLOCKS = Contract(
    name="cfg_blocks",
    layer="normalize",
    description="One row per basic block that evaluates syntax, and one per exit of a scope.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column(
            "cfg_block_id",
            "int64",
            "The block. With origin bytecode, a body is the block of that id in `blocks`; exits and blocks of syntax "
            "have ids of their own.",
        ),
        Column("scope_node", "int64", "The syntax node whose scope it is part of."),
        Column("code_unit_id", "int64", "The code unit; null where the scope was not compiled.", nullable=True),
        Column("exit_id", "int64", "The exit of its scope, by which blocks of one scope are told."),
        Column(
            "ordinal",
            "int32",
            "Place in the scope's reverse postorder, from 0; what the entry does not reach comes last.",
        ),
        Column(
            "kind",
            "string",
            "body: it evaluates nodes; exit: where control leaves the scope, by whatever way: a scope has one.",
            values=BLOCK_KINDS,
        ),
        Column(
            "origin",
            "string",
            "bytecode: lifted from what CPython compiled; syntax: read off the syntax, where the compiler removed or "
            "refused the code.",
            values=ORIGINS,
        ),
        Column("first_node_id", "int64", "The node that is completed first; null at an exit.", nullable=True),
        Column("last_node_id", "int64", "The node that is completed last; null at an exit.", nullable=True),
        Column(
            "bstart",
            "int32",
            "First byte of what it evaluates. The stretch up to `bend` may hold code of other blocks between; of a "
            "statement with a body it holds only what is before the body.",
            nullable=True,
        ),
        Column("bend", "int32", "Byte after the last of what it evaluates.", nullable=True),
        Column("line", "int32", "First line of what it evaluates.", nullable=True),
        Column("end_line", "int32", "Last line of what it evaluates.", nullable=True),
        Column("is_entry", "boolean", "Whether the scope starts here; at the exit, if it evaluates nothing."),
        Column("is_handler", "boolean", "Whether an exception leads here."),
        Column("is_reachable", "boolean", "Whether a way leads here from the scope's entry."),
        Column("can_raise", "boolean", "Whether one of its nodes may raise."),
    ),
    key=("cfg_block_id",),
    local=("cfg_block_id", "scope_node", "code_unit_id", "exit_id", "first_node_id", "last_node_id"),
    spans=(("bstart", "bend"),),
    references=(
        Reference("scope_node", "ast_nodes", "node_id"),
        Reference("code_unit_id", "code_units", "code_unit_id"),
        Reference("exit_id", "cfg_blocks", "cfg_block_id"),
        Reference("first_node_id", "ast_nodes", "node_id"),
        Reference("last_node_id", "ast_nodes", "node_id"),
    ),
    query="SELECT scope_node, count(*) AS blocks FROM cfg_blocks GROUP BY 1 ORDER BY 2 DESC LIMIT 20",
)

CFG_NODES = Contract(
    name="cfg_nodes",
    layer="normalize",
    description="One row per basic block and syntax node that it evaluates, in the order in which nodes are completed.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("cfg_block_id", "int64", "The block."),
        Column("position", "int32", "Place in the block, from 0."),
        Column("node_id", "int64", "The syntax node; it may be evaluated in several blocks."),
        Column(
            "instruction_id",
            "int64",
            "The last instruction in the block that does the node's work; null in a block of syntax.",
            nullable=True,
        ),
        Column("can_raise", "boolean", "Whether an exception may arise while it is evaluated."),
    ),
    key=("cfg_block_id", "position"),
    local=("cfg_block_id", "node_id", "instruction_id"),
    references=(
        Reference("cfg_block_id", "cfg_blocks", "cfg_block_id"),
        Reference("node_id", "ast_nodes", "node_id"),
        Reference("instruction_id", "instructions", "instruction_id"),
    ),
    query="SELECT node_id, count(*) AS blocks FROM cfg_nodes GROUP BY 1 ORDER BY 2 DESC LIMIT 20",
)

CFG_EDGES = Contract(
    name="cfg_edges",
    layer="normalize",
    description="One row per way from a block to the next; one per node that may raise, where an exception leads on.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("edge_id", "int64", "The edge; unique among edges only."),
        Column("src_block_id", "int64", "The block that control leaves."),
        Column("dst_block_id", "int64", "The block that it comes to."),
        Column(
            "kind",
            "string",
            "next: control goes on; jump: it repeats or leaves a loop; true, false: the value of `src_node_id` was "
            "true, or not (a loop got an item, a pattern or a handler matched); exception: an exception is handled, or "
            "one raised on purpose leaves the scope; finally: a `finally` body is entered; with_exit: a context "
            "manager's exit is called; with_suppress: it swallowed the exception; yield, await: control is handed to "
            "the caller, who may never come back; resume: it came back, or was not handed over; return: it leaves.",
            values=KINDS,
        ),
        Column(
            "src_node_id",
            "int64",
            "The node after which the way is taken: the block's last, or the one that raises.",
        ),
        Column("dst_node_id", "int64", "The node completed next: the target's first; null at an exit.", nullable=True),
        Column("is_exceptional", "boolean", "Whether an exception travels along it, whatever its kind."),
    ),
    key=("edge_id",),
    local=("edge_id", "src_block_id", "dst_block_id", "src_node_id", "dst_node_id"),
    references=(
        Reference("src_block_id", "cfg_blocks", "cfg_block_id"),
        Reference("dst_block_id", "cfg_blocks", "cfg_block_id"),
        Reference("src_node_id", "ast_nodes", "node_id"),
        Reference("dst_node_id", "ast_nodes", "node_id"),
    ),
    query="SELECT kind, is_exceptional, count(*) FROM cfg_edges GROUP BY ALL ORDER BY 3 DESC",
)

TOGETHER = 500_000
"""Rows worked on at a time."""


class Flow(NamedTuple):
    """What is known of the flow so far, from bytecode and from syntax."""

    inputs: dict[str, pa.Table]
    lifted: Lifted
    own: OwnBlocks
    edges: Edges


class Arranged(NamedTuple):
    """The flow in the order of control, and what each block evaluates."""

    flow: Flow
    order: Ordered
    rows: Rows


def _select_code(
    instructions: Table,
    files: Table,
    blocks: Table,
    block_edges: Table,
    anchors: Table,
    unit_scopes: Table,
    syntax_flow: Table,
    ast_nodes: Table,
) -> dict[str, Table]:
    """Project the bytecode's blocks, what each instruction evaluates, and the syntax that gives edges their names."""
    anchored = anchors.filter(anchors.node_id.notnull())
    return {
        "files": files.select("file_id", "repository"),
        "blocks": blocks.select("file_id", "block_id", "code_unit_id", "first_instruction_id", "is_entry"),
        "instructions": instructions.select(
            "file_id", "instruction_id", "opcode", "arg", "bstart", "bend", "line", "end_line"
        ),
        "edges": block_edges.select("file_id", "src_block_id", "dst_block_id", "kind"),
        "anchors": anchored.filter(anchored.part == 0).select("file_id", "instruction_id", "node_id", "is_evaluation"),
        "second_anchors": anchored.filter((anchored.part == 1) & anchored.is_evaluation).select(
            "file_id", "instruction_id", "node_id"
        ),
        "units": unit_scopes.select("file_id", "code_unit_id", "scope_node", "role"),
        "flow": syntax_flow.select(
            "file_id", "flow_id", "scope_node", "role", "src_node", "dst_node", "src_point", "dst_point", "kind"
        ),
        "flow_nodes": _flow_nodes(ast_nodes, syntax_flow),
        "syntax": _syntax(ast_nodes),
    }


def _lift(inputs: dict[str, pa.Table]) -> Flow:
    """Find what each block evaluates and take out those that evaluate nothing; cut the rest of the syntax in blocks."""
    lifted = lift(Program.read(inputs), Syntax.read(inputs["syntax"]))
    own = own_blocks(lifted, inputs["flow"])
    return Flow(inputs, lifted, own, edges(lifted))


def _arrange(flow: Flow) -> Arranged:
    """Number blocks and exits, and find which can be reached and in which order."""
    vertices = vertices_of(flow.lifted, flow.own)
    order = ordered(vertices, joined(vertices, flow.edges, flow.own.edges))
    return Arranged(flow, order, Rows(flow.lifted, flow.own, order, flow.inputs["flow_nodes"]))


def _tabulate(arranged: Arranged) -> dict[str, pa.Table]:
    """Lay blocks, nodes and edges out on their contracts' columns."""
    files = arranged.flow.inputs["files"]
    repositories = dict(zip(files["file_id"].to_pylist(), files["repository"].to_pylist(), strict=True))
    return {
        CFG_BLOCKS.name: block_table(arranged.flow.lifted, arranged.order, arranged.rows, repositories),
        CFG_NODES.name: node_table(arranged.order, arranged.rows, repositories),
        CFG_EDGES.name: edge_table(arranged.order, repositories),
    }


@graph_task(
    CFG_BLOCKS,
    CFG_NODES,
    CFG_EDGES,
    stages=(_select_code, _lift, _arrange, _tabulate),
    by="file_id",
    batch=TOGETHER,
)
def control_flow(
    instructions: Table,
    files: Table,
    blocks: Table,
    block_edges: Table,
    anchors: Table,
    unit_scopes: Table,
    syntax_flow: Table,
    ast_nodes: Table,
) -> Table:
    """The basic blocks of every scope, the syntax nodes they evaluate, and the ways between them."""


def _syntax(ast_nodes: Table) -> Table:
    """Nodes whose kind matters, and the first statements of bodies."""
    is_first = ((ast_nodes.ordinal == 0) & ast_nodes.field.isin(PARTS)).fill_null(False)
    compares = (ast_nodes.kind != "Compare") | ast_nodes.ctx.re_search("Is|In")
    found = ast_nodes.filter((ast_nodes.kind.isin(NOTED_KINDS) & compares) | is_first)
    return found.select(
        "file_id",
        "node_id",
        "parent_id",
        "field",
        "subtree_end",
        "bstart",
        "line",
        kind=ibis.ifelse(found.kind.isin(NOTED_KINDS), found.kind, ibis.null("string")),
        ctx=ibis.ifelse(found.kind == "Compare", found.ctx, ibis.null("string")),
        is_first=((found.ordinal == 0) & found.field.isin(PARTS)).fill_null(False),
    )


def _flow_nodes(ast_nodes: Table, syntax_flow: Table) -> Table:
    """The nodes that flow is told of by syntax alone."""
    flow = syntax_flow.view()
    ends = stack(
        syntax_flow.select("file_id", node_id=syntax_flow.src_node), flow.select("file_id", node_id=flow.dst_node)
    )
    found = ast_nodes.semi_join(ends, [ast_nodes.file_id == ends.file_id, ast_nodes.node_id == ends.node_id])
    return found.select("file_id", "node_id", "kind", "bstart", "bend", "line", "end_line")
