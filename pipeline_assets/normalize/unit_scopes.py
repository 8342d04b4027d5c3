"""Which scope of the syntax each code unit was compiled from."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, REPOSITORY
from pipeline_assets.normalize.scope_matching import TYPE_PARAMETER_PARTS
from pipeline_assets.pipes import task
from pipeline_assets.pipes.stacking import stack

UNIT_SCOPES = Contract(
    name="unit_scopes",
    layer="normalize",
    description="One row per code unit, tied to the syntax node whose scope it runs; no two share a scope and role. "
    "Units that nothing loads (3.11 compiles what cannot be reached) have none, nor have files without syntax.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("code_unit_id", "int64", "The code unit."),
        Column("scope_node", "int64", "The syntax node that opens the scope."),
        Column(
            "role",
            "string",
            "Which of the node's scopes it is.",
            values=("body", "type_parameters", "bound", "default"),
        ),
    ),
    key=("code_unit_id",),
    local=("code_unit_id", "scope_node"),
    references=(
        Reference("file_id", "files", "file_id"),
        Reference("code_unit_id", "code_units", "code_unit_id"),
        Reference("scope_node", "ast_nodes", "node_id"),
    ),
    query="SELECT role, count(*) FROM unit_scopes GROUP BY role ORDER BY role",
)

BODIES = {
    "Module": "module",
    "ClassDef": "class",
    "FunctionDef": "function",
    "AsyncFunctionDef": "function",
    "Lambda": "lambda",
    "GeneratorExp": "generator_expression",
    "ListComp": "list_comprehension",
    "SetComp": "set_comprehension",
    "DictComp": "dict_comprehension",
    "TypeAlias": "type_alias",
}
"""Syntax that opens a scope for its body, and the kind of code unit that CPython makes of it."""

GENERIC = ("ClassDef", "FunctionDef", "AsyncFunctionDef", "TypeAlias")
"""Syntax that may have type parameters, which get a code unit of their own."""


def _find_loads(code_units: Table, instructions: Table) -> Table:
    """The place where each code unit is loaded: CPython gives that instruction the span of what it compiled.

    What stands in a `finally` block is compiled several times; equal code is one unit, loaded in several places of
    which the first counts.
    """
    loads = instructions.filter(instructions.loaded_unit_id.notnull())
    first = loads.group_by("file_id", "loaded_unit_id").agg(load_id=loads.instruction_id.min())
    places = loads.view()
    placed = places.semi_join(first, (places.file_id == first.file_id) & (places.instruction_id == first.load_id))
    units = code_units.select("repository", "file_id", "code_unit_id", unit_kind=code_units.kind)
    return units.left_join(
        placed, (units.file_id == placed.file_id) & (units.code_unit_id == placed.loaded_unit_id)
    ).select(units, placed.bstart, placed.bend)


def _match_scopes(loads: Table, ast_nodes: Table) -> Table:
    """The node at that place which opens a scope of the code unit's kind; a module's is the root."""
    scopes = _scopes(ast_nodes)
    spanned = loads.inner_join(
        scopes,
        (loads.file_id == scopes.file_id)
        & (loads.bstart == scopes.bstart)
        & (loads.bend == scopes.bend)
        & (loads.unit_kind == scopes.unit_kind),
    ).select(loads.repository, loads.file_id, loads.code_unit_id, scopes.scope_node, scopes.role)
    modules = loads.filter(loads.unit_kind == "module")
    roots = ast_nodes.filter(ast_nodes.kind == "Module")
    rooted = modules.inner_join(roots, modules.file_id == roots.file_id)
    rooted = rooted.select(
        modules.repository,
        modules.file_id,
        modules.code_unit_id,
        scope_node=roots.node_id,
        role=ibis.literal("body"),
    )
    return UNIT_SCOPES.select(stack(spanned, rooted))


@task(UNIT_SCOPES, stages=(_find_loads, _match_scopes))
def unit_scopes(code_units: Table, instructions: Table, ast_nodes: Table) -> Table:
    """One row per code unit, tied to the syntax node whose scope it runs."""


def _scopes(ast_nodes: Table) -> Table:
    """Every scope that syntax opens, by the span that its code unit is loaded at."""
    bodies = _opened(ast_nodes.filter(ast_nodes.kind.isin([*BODIES])), "body")
    bodies = bodies.mutate(unit_kind=bodies.unit_kind.substitute(BODIES))
    generic = _opened(ast_nodes.filter(ast_nodes.kind.isin(GENERIC)), "type_parameters")
    lazy = [_lazy(ast_nodes, field, role) for field, role in TYPE_PARAMETER_PARTS.items()]
    variables = _opened(ast_nodes.filter(ast_nodes.kind == "TypeVar"), "bound")  # 3.12 loads a bound's unit there
    typed = (generic.mutate(unit_kind=ibis.literal("type_parameters")), variables.mutate(unit_kind=_LAZY))
    return stack(bodies, *typed, *lazy)


def _opened(nodes: Table, role: str) -> Table:
    return nodes.select(
        "file_id", "bstart", "bend", scope_node=nodes.node_id, role=ibis.literal(role), unit_kind=nodes.kind
    )


def _lazy(ast_nodes: Table, field: str, role: str) -> Table:
    """A bound or default opens a scope of the type parameter that it belongs to."""
    parts = ast_nodes.filter(ast_nodes.field == field)
    return parts.select(
        "file_id",
        "bstart",
        "bend",
        scope_node=parts.parent_id,
        role=ibis.literal(role),
        unit_kind=_LAZY,
    )


_LAZY = ibis.literal("type_variable")
