"""What joins symbols of a SCIP index, and objects of imported modules, to the graph and to each other."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.cpg import ids
from pipeline_assets.cpg.edges import derive_edge_ids, edge, edge_family, select_edges
from pipeline_assets.cpg.fact_ids import member_node, parameter_node, runtime_node, scip_node
from pipeline_assets.pipes import task
from pipeline_assets.pipes.stacking import stack

REPORT_EDGES = edge_family(
    "report_edges",
    "PY_SCIP_REFERENCE and PY_SCIP_DEFINITION from syntax to symbols of an index, PY_SCIP_IMPLEMENTATION and "
    "PY_SCIP_TYPE_DEFINITION between them, PY_RESOLVES_TO, PY_HAS_SIGNATURE, PY_HAS_PARAM and PY_HAS_MEMBER of objects "
    "that importing a module showed.",
)
_NAMED = ("Name", "Attribute", "arg", "alias", "FunctionDef", "AsyncFunctionDef", "ClassDef", "ExceptHandler")
"""Classes of syntax that stand for a name."""
_LOCAL = "local "
"""What symbols begin with that mean something only in their document."""


def _place_occurrences(scip_occurrences: Table, files: Table, ast_nodes: Table) -> Table:
    """The syntax whose name token an occurrence covers; the file, where it is none."""
    said = scip_occurrences.filter(scip_occurrences.symbol.notnull())
    paths = files.select("file_id", "path")
    placed = said.inner_join(paths, said.file_id == paths.file_id).select(
        said.repository, said.file_id, said.bstart, said.symbol, said.is_definition, paths.path
    )
    known = ast_nodes.select("file_id", "node_id", "kind", "name_bstart", "bstart").semi_join(said, "file_id")
    tokens = known.filter(known.kind.isin(_NAMED) & known.bstart.notnull())
    named = tokens.select("file_id", "node_id", token=tokens.name_bstart.coalesce(tokens.bstart))
    innermost = named.group_by("file_id", "token").aggregate(node_id=named.node_id.max())
    return placed.left_join(innermost, [placed.file_id == innermost.file_id, placed.bstart == innermost.token]).select(
        placed, site=innermost.node_id.coalesce(ids.file_node(placed.file_id))
    )


def _tie_symbols(occurrences: Table, scip_relationships: Table) -> Table:
    """Syntax to symbols, once however often, and symbols to those they implement or are of."""
    symbol = scip_node(occurrences.symbol.startswith(_LOCAL), occurrences.path, occurrences.symbol)
    once = occurrences.select("repository", "file_id", "site", "is_definition", symbol_node=symbol).distinct()
    related = scip_relationships.mutate(
        own=scip_node(scip_relationships.symbol.startswith(_LOCAL), scip_relationships.path, scip_relationships.symbol),
        other=scip_node(
            scip_relationships.target.startswith(_LOCAL), scip_relationships.path, scip_relationships.target
        ),
    )
    pairs = related.group_by("repository", "own", "other").aggregate(
        file_id=related.file_id.min(),
        implementation=related.is_implementation.any(),
        type_definition=related.is_type_definition.any(),
    )
    ties = {
        "PY_SCIP_DEFINITION": (once.filter(once.is_definition), "site", "symbol_node"),
        "PY_SCIP_REFERENCE": (once.filter(~once.is_definition), "site", "symbol_node"),
        "PY_SCIP_IMPLEMENTATION": (pairs.filter(pairs.implementation), "own", "other"),
        "PY_SCIP_TYPE_DEFINITION": (pairs.filter(pairs.type_definition), "own", "other"),
    }
    return stack(
        *(
            edge(rows, kind, src=rows[src], dst=rows[dst], origin="scip", method="index")
            for kind, (rows, src, dst) in ties.items()
        )
    )


def _add_objects(
    edges: Table,
    runtime_objects: Table,
    runtime_signatures: Table,
    runtime_params: Table,
    runtime_members: Table,
    definitions: Table,
) -> Table:
    """Add objects to the definition they were made by, and to their parts."""
    written = runtime_objects.filter(runtime_objects.defined_qualname.notnull() & runtime_objects.file_id.notnull())
    dotted = written.mutate(dotted=written.defined_module + ibis.literal(".") + written.defined_qualname)
    last = (
        definitions.filter(definitions.kind.isin(("class", "function", "async_function")))
        .group_by("file_id", "qualname")
        .aggregate(definition_id=definitions.definition_id.max())
    )
    made = dotted.inner_join(last, [dotted.file_id == last.file_id, dotted.dotted == last.qualname]).select(
        dotted.repository, dotted.file_id, dotted.object_id, last.definition_id
    )
    signed, given, held = (
        rows.mutate(file_id=ibis.null("int64")) for rows in (runtime_signatures, runtime_params, runtime_members)
    )
    signature = "PY_RUNTIME_SIGNATURE"
    return stack(
        edges,
        edge(made, "PY_RESOLVES_TO", src=made.object_id, dst=made.definition_id, origin="runtime", method="runtime"),
        edge(
            signed,
            "PY_HAS_SIGNATURE",
            src=signed.object_id,
            dst=runtime_node(signature, signed.object_id),
            origin="runtime",
            method="runtime",
        ),
        edge(
            given,
            "PY_HAS_PARAM",
            src=runtime_node(signature, given.object_id),
            dst=parameter_node(given),
            ord=given.position,
            origin="runtime",
            method="runtime",
        ),
        edge(held, "PY_HAS_MEMBER", src=held.object_id, dst=member_node(held), origin="runtime", method="runtime"),
    )


@task(
    REPORT_EDGES,
    stages=(_place_occurrences, _tie_symbols, _add_objects, derive_edge_ids, select_edges),
    task_name="report_edges",
)
def report_edges(
    scip_occurrences: Table,
    files: Table,
    ast_nodes: Table,
    scip_relationships: Table,
    runtime_objects: Table,
    runtime_signatures: Table,
    runtime_params: Table,
    runtime_members: Table,
    definitions: Table,
) -> Table:
    """What joins symbols of a SCIP index, and objects of imported modules, to the graph and to each other."""
