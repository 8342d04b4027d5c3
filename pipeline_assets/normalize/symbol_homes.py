"""In which scope the variable behind each symbol lives."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, REPOSITORY
from pipeline_assets.pipes import task

SYMBOL_HOMES = Contract(
    name="symbol_homes",
    layer="normalize",
    description=(
        "One row per symbol, with the scope that owns its variable by the compiler's local, global and free rules."
    ),
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("symbol_id", "int64", "The symbol."),
        Column("scope_id", "int64", "The scope in which the name occurs."),
        Column("name", "string", "The name as the symbol table has it: private names are mangled."),
        Column(
            "home_scope_id",
            "int64",
            "The scope that owns the variable; null for `__class__`, which no scope binds.",
            nullable=True,
        ),
        Column(
            "resolution",
            "string",
            "local: bound in this scope; class: bound in this class body; enclosing: in an enclosing function; "
            "global: in the module or, failing that, in the builtins; implicit: provided by Python.",
            values=("local", "class", "enclosing", "global", "implicit"),
        ),
    ),
    key=("symbol_id",),
    local=("symbol_id", "scope_id", "home_scope_id"),
    references=(Reference("symbol_id", "symbols", "symbol_id"), Reference("home_scope_id", "scopes", "scope_id")),
    query="SELECT resolution, count(*) AS symbols FROM symbol_homes GROUP BY resolution ORDER BY symbols DESC",
)


def _describe_scopes(symbols: Table, scopes: Table) -> Table:
    """Attach the kind of each symbol's scope and the file's module scope."""
    own, module = scopes, scopes.filter(scopes.kind == "module").view()
    placed = symbols.inner_join(own, symbols.scope_id == own.scope_id).select(
        symbols.repository,
        symbols.file_id,
        symbols.symbol_id,
        symbols.scope_id,
        symbols.name,
        symbols.scope_class,
        scope_kind=own.kind,
    )
    joined = placed.inner_join(module, placed.file_id == module.file_id)
    return joined.select(placed, module_scope_id=module.scope_id)


def _find_enclosing(symbols: Table, scope_nodes: Table) -> Table:
    """Find, for free symbols, the innermost enclosing scope that lends the name to those inside."""
    # Modules and class bodies own cells only for comprehensions that the compiler runs in them.
    is_function = ~symbols.scope_kind.isin(["class", "module"])
    is_owner = (symbols.scope_class == "cell") | ((symbols.scope_class == "local") & is_function)
    binding = symbols.filter(is_owner).select("file_id", "name", "scope_id")
    extent = scope_nodes.filter(scope_nodes.scope_id.notnull())
    owners = binding.inner_join(extent, binding.scope_id == extent.scope_id).select(binding, extent.scope_end)
    free = symbols.filter(symbols.scope_class == "free").view()
    pairs = free.inner_join(
        owners,
        (free.file_id == owners.file_id)
        & (free.name == owners.name)
        & (owners.scope_id < free.scope_id)
        & (free.scope_id < owners.scope_end),
    ).select(free.file_id, free.symbol_id, owner_id=owners.scope_id)
    innermost = pairs.group_by("file_id", "symbol_id").aggregate(owner_id=pairs.owner_id.max())
    joined = symbols.left_join(innermost, symbols.symbol_id == innermost.symbol_id)
    return joined.select(symbols, innermost.owner_id)


def _settle_home(symbols: Table) -> Table:
    """Choose the home by the compiler's verdict on the symbol."""
    is_own = symbols.scope_class.isin(["local", "cell"])
    is_global = symbols.scope_class.isin(["global_explicit", "global_implicit"]) | (symbols.scope_kind == "module")
    return symbols.select(
        "repository",
        "file_id",
        "symbol_id",
        "scope_id",
        "name",
        home_scope_id=ibis.cases(
            (is_global, symbols.module_scope_id), (is_own, symbols.scope_id), else_=symbols.owner_id
        ),
        resolution=ibis.cases(
            (is_global, "global"),
            (is_own & (symbols.scope_kind == "class"), "class"),
            (is_own, "local"),
            (symbols.owner_id.notnull(), "enclosing"),
            else_="implicit",
        ),
    )


@task(SYMBOL_HOMES, stages=(_describe_scopes, _find_enclosing, _settle_home))
def symbol_homes(symbols: Table, scopes: Table, scope_nodes: Table) -> Table:
    """One row per symbol, with the scope that owns its variable by the compiler's local, global and free rules."""
