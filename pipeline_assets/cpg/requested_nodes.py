"""Rows of large datasets as nodes of the graph, in repositories where they were asked for by a layer option."""

from __future__ import annotations

from ibis.expr.types import Table

from pipeline_assets.cpg import ids
from pipeline_assets.cpg.nodes import derive_node_evidence, node, node_family, select_nodes
from pipeline_assets.extract.layers import is_wanted
from pipeline_assets.pipes import task
from pipeline_assets.pipes.stacking import stack

REQUESTED_NODES = node_family(
    "requested_nodes",
    "One node per symbol and binding site (`+graph_names`), definition, use and basic block (`+graph_flow`), "
    "instruction, token, tree-sitter and LibCST node (`+graph_instructions`, `+graph_tokens`, `+graph_tree_sitter`, "
    "`+graph_cst`), where asked for.",
)


def _collect_names(files: Table, symbols: Table, bindings: Table) -> Table:
    """Names of scopes, and the places that bind them."""
    chosen = files.filter(is_wanted(files, "graph_names")).select("file_id")
    named, bound = symbols.semi_join(chosen, "file_id"), bindings.semi_join(chosen, "file_id")
    return stack(
        node(named, "PY_SYMBOL", named.symbol_id, name=named.name, origin="symtable"),
        node(bound, "PY_BINDING", bound.binding_id, name=bound.symbol_name, origin="symtable"),
    )


def _add_flow(nodes: Table, files: Table, def_use: Table, cfg_blocks: Table, ast_nodes: Table) -> Table:
    """Add definitions and uses of variables, and the blocks that control passes between."""
    chosen = files.filter(is_wanted(files, "graph_flow")).select("file_id")
    events, blocks = def_use.semi_join(chosen, "file_id"), cfg_blocks.semi_join(chosen, "file_id")
    places = ast_nodes.semi_join(chosen, "file_id").select("file_id", "node_id", "bstart", "bend", "line")
    placed = events.left_join(places, [events.file_id == places.file_id, events.node_id == places.node_id]).select(
        events.repository,
        events.file_id,
        events.event_id,
        events.event,
        events.variable,
        places.bstart,
        places.bend,
        places.line,
    )
    uses, defs = placed.filter(placed.event == "use"), placed.filter(placed.event != "use")
    return stack(
        nodes,
        *(
            node(rows, kind, ids.fact_node(kind, rows.event_id), name=rows.variable, origin="bytecode")
            for rows, kind in ((defs, "PY_DEF_SITE"), (uses, "PY_USE_SITE"))
        ),
        node(blocks, "PY_BASIC_BLOCK", blocks.cfg_block_id, name=blocks.kind, origin="bytecode"),
    )


def _add_text(
    nodes: Table, files: Table, instructions: Table, tokens: Table, ts_nodes: Table, cst_nodes: Table
) -> Table:
    """Add what the compiler made of the text, and what it is made of."""
    rows = {
        option: table.semi_join(files.filter(is_wanted(files, option)).select("file_id"), "file_id")
        for option, table in {
            "graph_instructions": instructions,
            "graph_tokens": tokens,
            "graph_tree_sitter": ts_nodes,
            "graph_cst": cst_nodes,
        }.items()
    }
    code, words = rows["graph_instructions"], rows["graph_tokens"]
    trees, concrete = rows["graph_tree_sitter"], rows["graph_cst"]
    return stack(
        nodes,
        node(code, "PY_INSTRUCTION", code.instruction_id, name=code.opname, qualname=code.argval, origin="bytecode"),
        node(words, "PY_TOKEN", words.token_id, name=words.text, origin="tokens"),
        node(trees, "PY_TS_NODE", trees.node_id, name=trees.kind, origin="tree_sitter"),
        node(concrete, "PY_CST_NODE", concrete.node_id, name=concrete.kind, origin="cst"),
    )


@task(
    REQUESTED_NODES,
    stages=(_collect_names, _add_flow, _add_text, derive_node_evidence, select_nodes),
    task_name="requested_nodes",
)
def requested_nodes(
    files: Table,
    symbols: Table,
    bindings: Table,
    def_use: Table,
    cfg_blocks: Table,
    ast_nodes: Table,
    instructions: Table,
    tokens: Table,
    ts_nodes: Table,
    cst_nodes: Table,
) -> Table:
    """Rows of large datasets as nodes of the graph, in repositories where they were asked for by a layer option."""
