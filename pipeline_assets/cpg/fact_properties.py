"""What is known of nodes beside the syntax tree, of entities outside any file, and of edges."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.cpg import ids
from pipeline_assets.cpg.fact_ids import (
    export_node,
    finding_node,
    member_node,
    parameter_node,
    runtime_node,
    unresolved_node,
)
from pipeline_assets.cpg.properties import prop, property_family
from pipeline_assets.pipes import task
from pipeline_assets.pipes.stacking import stack

FACT_PROPERTIES = property_family(
    "fact_properties",
    "Why things are not resolved, how grave problems are, what modules pass on, what indexes and imported modules say, "
    "which entities are outside, and in what way imports, overrides and resolution orders hold.",
)


def _describe_problems(unresolved: Table, findings: Table, diagnostics: Table) -> Table:
    """What is not known, and how grave what is found is."""
    question, finding = unresolved_node(unresolved), finding_node(findings)
    diagnostic = ids.fact_node("PY_DIAGNOSTIC", diagnostics.diagnostic_id)
    return stack(
        _text(unresolved, "PY_WHAT", question, "PY_UNRESOLVED", unresolved.what),
        _text(unresolved, "PY_COMPLETENESS", question, "PY_UNRESOLVED", unresolved.completeness),
        _text(findings, "PY_SEVERITY", finding, "FINDING", findings.severity),
        _text(diagnostics, "PY_SEVERITY", diagnostic, "PY_DIAGNOSTIC", diagnostics.severity),
        _text(diagnostics, "PY_SOURCE", diagnostic, "PY_DIAGNOSTIC", diagnostics.source),
    )


def _describe_outside(properties: Table, external_nodes: Table, exports: Table) -> Table:
    """Add which entities are outside, and how modules have their members."""
    outside = external_nodes.filter(external_nodes.kind.isin(("METHOD", "TYPE_DECL"))).drop("file_id")
    members = exports.filter(exports.via.isin(("import", "star")))
    return stack(
        properties,
        _flag(outside, "IS_EXTERNAL", outside.node_id, outside.kind),
        _text(members, "PY_VIA", export_node(members), "PY_EXPORT", members.via),
    )


def _describe_symbols(properties: Table, scip_symbols: Table) -> Table:
    """Add what an index says of symbols."""
    known = scip_symbols.filter(scip_symbols.kind.notnull() & ~scip_symbols.is_local).drop("file_id")
    symbols = known.group_by("repository", "symbol").aggregate(kind=known.kind.min())
    node = ids.outside_node("PY_SCIP_SYMBOL", symbols.symbol)
    return stack(properties, _text(symbols, "PY_KIND", node, "PY_SCIP_SYMBOL", symbols.kind))


def _describe_objects(
    properties: Table,
    runtime_objects: Table,
    runtime_signatures: Table,
    runtime_params: Table,
    runtime_members: Table,
) -> Table:
    """Add what importing modules showed."""
    objects, members, owned = runtime_objects, runtime_members, runtime_params
    returning = runtime_signatures.filter(runtime_signatures.returns.notnull())
    return stack(
        properties,
        _text(objects, "PY_KIND", objects.object_id, "PY_RUNTIME_OBJECT", objects.kind),
        _text(objects, "TYPE_FULL_NAME", objects.object_id, "PY_RUNTIME_OBJECT", objects.type),
        _text(
            returning,
            "PY_RETURNS",
            runtime_node("PY_RUNTIME_SIGNATURE", returning.object_id),
            "PY_RUNTIME_SIGNATURE",
            returning.returns,
        ),
        _text(owned, "PY_PARAMETER_KIND", parameter_node(owned), "PY_RUNTIME_PARAM", owned.kind),
        _text(members, "PY_KIND", member_node(members), "PY_RUNTIME_MEMBER", members.kind),
    )


def _describe_imports(properties: Table, import_edges: Table, imports: Table) -> Table:
    """Add which imports run under conditions only."""
    led = import_edges.filter(import_edges.kind == "IMPORTS").select("repository", "file_id", "edge_id", "src")
    flags = imports.select("repository", "import_id", "is_type_checking", "is_conditional")
    told = led.inner_join(flags, [led.repository == flags.repository, led.src == flags.import_id]).select(
        led, flags.is_type_checking, flags.is_conditional
    )
    checking, conditional = told.filter(told.is_type_checking), told.filter(told.is_conditional)
    return stack(
        properties,
        _flag(checking, "PY_IS_TYPE_CHECKING", checking.edge_id, "IMPORTS"),
        _flag(conditional, "PY_IS_CONDITIONAL", conditional.edge_id, "IMPORTS"),
    )


def _describe_orders(properties: Table, member_edges: Table, mro: Table) -> Table:
    """Add why a resolution order is in doubt."""
    doubted = mro.filter(mro.reason.notnull()).select("repository", "class_id", "position", "reason")
    orders = member_edges.filter(member_edges.kind == "PY_MRO").select("repository", "file_id", "edge_id", "src", "ord")
    doubts = orders.inner_join(
        doubted,
        [orders.repository == doubted.repository, orders.src == doubted.class_id, orders.ord == doubted.position],
    ).select(orders, doubted.reason)
    return stack(properties, _text(doubts, "PY_REASON", doubts.edge_id, "PY_MRO", doubts.reason))


@task(
    FACT_PROPERTIES,
    stages=(
        _describe_problems,
        _describe_outside,
        _describe_symbols,
        _describe_objects,
        _describe_imports,
        _describe_orders,
    ),
)
def fact_properties(
    unresolved: Table,
    findings: Table,
    diagnostics: Table,
    external_nodes: Table,
    exports: Table,
    scip_symbols: Table,
    runtime_objects: Table,
    runtime_signatures: Table,
    runtime_params: Table,
    runtime_members: Table,
    import_edges: Table,
    imports: Table,
    member_edges: Table,
    mro: Table,
) -> Table:
    """What is known of nodes beside the syntax tree, of entities outside any file, and of edges."""


def _text(rows: Table, key: str, entity: ibis.Value, kind: str, value: ibis.Value) -> Table:
    return prop(rows, key, entity=entity, kind=kind, value=value, type_="string")


def _flag(rows: Table, key: str, entity: ibis.Value, kind: str | ibis.Value) -> Table:
    return prop(rows, key, entity=entity, kind=kind, value=ibis.literal(True), type_="bool")
