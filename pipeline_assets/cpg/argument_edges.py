"""What calls, operators and returns are given, and the object a method call works on."""

from __future__ import annotations

import ibis
from ibis.expr.types import IntegerValue, Table

from pipeline_assets.cpg import ids
from pipeline_assets.cpg.edges import derive_edge_ids, edge, edge_family, select_edges
from pipeline_assets.cpg.kinds import DESTRUCTURING
from pipeline_assets.cpg.operators import ARGUMENTS, argument_places
from pipeline_assets.cpg.shared import expression_node
from pipeline_assets.pipes import task
from pipeline_assets.pipes.stacking import stack

ARGUMENT_EDGES = edge_family(
    "argument_edges",
    "ARGUMENT from calls, operators and returns to what they are given, RECEIVER to the object worked on.",
)


def _find_holders(ast_nodes: Table) -> Table:
    """Pair every child of a call, operator or return with its holder's class; assigned patterns hold none."""
    own = ast_nodes.filter(ast_nodes.kind.isin(tuple(ARGUMENTS)))
    pattern = own.kind.isin(DESTRUCTURING) & own.ctx.isin(("Store", "Del")).fill_null(False)
    holders = own.filter(~pattern).view()
    fields = tuple(sorted({field for names in ARGUMENTS.values() for field in names}))
    children = ast_nodes.filter(ast_nodes.field.isin(fields))
    return children.inner_join(holders, children.parent_id == holders.node_id).select(
        children.repository,
        children.file_id,
        children.node_id,
        children.kind,
        children.field,
        children.ordinal,
        holder_id=holders.node_id,
        holder_kind=holders.kind,
    )


def _normalize_arguments(
    children: Table, ast_nodes: Table, call_sites: Table, name_resolutions: Table, attribute_resolutions: Table
) -> Table:
    """ARGUMENT edges by place and by keyword, field names of accesses, and RECEIVER edges."""
    modules = stack(*(_modules(resolved) for resolved in (name_resolutions, attribute_resolutions)))
    placed = children.mutate(place=_place(children))
    given = placed.filter(placed.place.notnull())
    accesses = ast_nodes.filter(ast_nodes.kind == "Attribute")
    field = ids.companion(accesses.node_id, ids.FIELD_IDENTIFIER)
    return stack(
        edge(
            given,
            "ARGUMENT",
            src=given.holder_id,
            dst=expression_node(given.node_id, given.kind),
            ord=given.place,
            origin="ast",
            method="argument",
        ),
        edge(
            accesses, "ARGUMENT", src=accesses.node_id, dst=field, ord=ibis.literal(2), origin="ast", method="argument"
        ),
        _keywords(ast_nodes.view()),
        *_receivers(call_sites, ast_nodes.view(), modules),
    )


@task(
    ARGUMENT_EDGES,
    stages=(_find_holders, _normalize_arguments, derive_edge_ids, select_edges),
    task_name="argument_edges",
)
def argument_edges(ast_nodes: Table, call_sites: Table, name_resolutions: Table, attribute_resolutions: Table) -> Table:
    """ARGUMENT from calls, operators and returns to what they are given, RECEIVER to the object worked on."""


def _place(children: Table) -> IntegerValue:
    """The argument index by class and field; null for children that are no arguments, such as a call's callee."""
    item = children.ordinal.fill_null(0)
    holders: dict[tuple[int, int], dict[str, list[str]]] = {}
    for (kind, field), place in argument_places().items():
        holders.setdefault(place, {}).setdefault(field, []).append(kind)
    branches = []
    for (first, stride), fields in sorted(holders.items()):
        held = [(children.field == field) & children.holder_kind.isin(kinds) for field, kinds in fields.items()]
        branches.append((ibis.or_(*held), item * stride + first))
    return ibis.cases(*branches, else_=ibis.null("int64"))


def _keywords(ast_nodes: Table) -> Table:
    """Keyword arguments have index -1 and their keyword; `**` arguments have no keyword."""
    keywords = ast_nodes.filter(ast_nodes.kind == "keyword")
    values = ast_nodes.filter(ast_nodes.field == "value").view()
    calls = ast_nodes.filter(ast_nodes.kind == "Call").view()
    joined = keywords.inner_join(calls, keywords.parent_id == calls.node_id).inner_join(
        values, keywords.node_id == values.parent_id
    )
    given = joined.select(
        keywords.repository,
        keywords.file_id,
        keywords.parent_id,
        keywords.name,
        value=expression_node(values.node_id, values.kind),
    )
    return edge(
        given,
        "ARGUMENT",
        src=given.parent_id,
        dst=given.value,
        ord=ibis.literal(-1),
        variable=given.name,
        origin="ast",
        method="argument",
    )


def _modules(resolutions: Table) -> Table:
    """Names and chains that stand for a module, here or outside: calling a member passes no object."""
    modules = resolutions.filter(resolutions.target_module.notnull() & resolutions.target_name.isnull())
    return modules.select("repository", "file_id", "node_id")


def _receivers(call_sites: Table, ast_nodes: Table, modules: Table) -> list[Table]:
    """The object before the last dot of a method call: its RECEIVER, and its argument 0."""
    methods = call_sites.anti_join(modules, call_sites.receiver_id == modules.node_id)
    joined = methods.inner_join(ast_nodes, methods.receiver_id == ast_nodes.node_id)
    calls = joined.select(
        methods.repository,
        methods.file_id,
        methods.call_id,
        receiver=expression_node(ast_nodes.node_id, ast_nodes.kind),
    )
    return [
        edge(
            calls,
            "ARGUMENT",
            src=calls.call_id,
            dst=calls.receiver,
            ord=ibis.literal(0),
            origin="ast",
            method="receiver",
        ),
        edge(calls, "RECEIVER", src=calls.call_id, dst=calls.receiver, origin="ast", method="receiver"),
    ]
