"""What joins the nodes that are in the graph on request to the rest of it."""

from __future__ import annotations

from ibis.expr.types import Table

from pipeline_assets.cpg import ids
from pipeline_assets.cpg.edges import derive_edge_ids, edge, edge_family, select_edges
from pipeline_assets.cpg.shared import evaluated_nodes, special_nodes, variables_of
from pipeline_assets.extract.layers import is_wanted
from pipeline_assets.pipes import task
from pipeline_assets.pipes.stacking import stack

REQUESTED_EDGES = edge_family(
    "requested_edges",
    "PY_DECLARES, PY_BINDS and PY_RESOLVES_TO of symbols and bindings (`+graph_names`), PY_DEF_SITE_OF, PY_USE_SITE_OF "
    "and PY_RESOLVES_TO of definitions, uses and blocks (`+graph_flow`).",
)


def _tie_names(
    files: Table, symbols: Table, symbol_homes: Table, bindings: Table, definitions: Table, imports: Table
) -> Table:
    """Scopes to their symbols, syntax to what it binds, and both to the variable."""
    chosen = files.filter(is_wanted(files, "graph_names")).select("file_id")
    named = symbols.semi_join(chosen, "file_id")
    homes = symbol_homes.semi_join(chosen, "file_id")
    sites = variables_of(bindings.semi_join(chosen, "file_id"))
    owned = sites.filter(sites["rank"] == 0).select("file_id", "scope_id", "symbol_name", "variable_node")
    meant = homes.inner_join(
        owned,
        [
            homes.file_id == owned.file_id,
            homes.home_scope_id == owned.scope_id,
            homes.name == owned.symbol_name,
        ],
    ).select(homes.repository, homes.file_id, homes.symbol_id, owned.variable_node)
    special = special_nodes(definitions, imports)
    bound = evaluated_nodes(sites.select("repository", "file_id", "binding_id", "site_node"), special, "site_node")
    return stack(
        edge(named, "PY_DECLARES", src=named.scope_id, dst=named.symbol_id, origin="symtable", method="scope"),
        edge(
            meant, "PY_RESOLVES_TO", src=meant.symbol_id, dst=meant.variable_node, origin="symtable", method="binding"
        ),
        edge(bound, "PY_BINDS", src=bound.site_node, dst=bound.binding_id, origin="symtable", method="binding"),
        edge(sites, "PY_BINDS", src=sites.binding_id, dst=sites.variable_node, origin="symtable", method="binding"),
    )


def _tie_flow(
    edges: Table,
    files: Table,
    def_use: Table,
    name_resolutions: Table,
    bindings: Table,
    definitions: Table,
    imports: Table,
) -> Table:
    """Add edges from definitions and uses to the syntax and the variable."""
    chosen = files.filter(is_wanted(files, "graph_flow")).select("file_id")
    events = def_use.semi_join(chosen, "file_id").select(
        "repository", "file_id", "event_id", "event", "node_id", "binding_id"
    )
    names = name_resolutions.semi_join(chosen, "file_id").select("file_id", "node_id", named="binding_id")
    known = events.left_join(names, [events.file_id == names.file_id, events.node_id == names.node_id]).select(
        events, names.named
    )
    known = known.mutate(site=known.binding_id.coalesce(known.named))
    sites = variables_of(bindings.semi_join(chosen, "file_id")).select("file_id", "binding_id", "variable_node")
    placed = known.left_join(sites, [known.file_id == sites.file_id, known.site == sites.binding_id]).select(
        known.repository, known.file_id, known.event_id, known.event, known.node_id, sites.variable_node
    )
    worked = evaluated_nodes(placed, special_nodes(definitions, imports), "node_id")
    return stack(
        edges,
        *(_sites(worked, kind, end) for kind in ("PY_DEF_SITE", "PY_USE_SITE") for end in ("node_id", "variable_node")),
    )


def _tie_blocks(edges: Table, files: Table, cfg_blocks: Table, definitions: Table, imports: Table) -> Table:
    """Add edges from basic blocks to what they evaluate first."""
    chosen = files.filter(is_wanted(files, "graph_flow")).select("file_id")
    blocks = cfg_blocks.filter(cfg_blocks.first_node_id.notnull()).semi_join(chosen, "file_id")
    named = blocks.select("repository", "file_id", "cfg_block_id", "first_node_id")
    first = evaluated_nodes(named, special_nodes(definitions, imports), "first_node_id")
    return stack(
        edges,
        edge(
            first, "PY_RESOLVES_TO", src=first.cfg_block_id, dst=first.first_node_id, origin="bytecode", method="flow"
        ),
    )


@task(
    REQUESTED_EDGES,
    stages=(_tie_names, _tie_flow, _tie_blocks, derive_edge_ids, select_edges),
    task_name="requested_edges",
)
def requested_edges(
    files: Table,
    symbols: Table,
    symbol_homes: Table,
    bindings: Table,
    definitions: Table,
    imports: Table,
    def_use: Table,
    cfg_blocks: Table,
    name_resolutions: Table,
) -> Table:
    """What joins the nodes that are in the graph on request to the rest of it."""


def _sites(events: Table, kind: str, end: str) -> Table:
    is_use = events.event == "use"
    # A parameter is its own variable.
    is_told = events.node_id.notnull() if end == "node_id" else (events[end] != events.node_id).fill_null(True)
    found = events.filter((is_use if kind == "PY_USE_SITE" else ~is_use) & events[end].notnull() & is_told)
    site = ids.fact_node(kind, found.event_id)
    return edge(found, f"{kind}_OF", src=site, dst=found[end], origin="bytecode", method="flow")
