"""Which binding each name occurrence reads or writes, by Python's rules of scope."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, REPOSITORY
from pipeline_assets.normalize.inlining import inlined_scopes, inlined_variables
from pipeline_assets.pipes import task

NAME_BINDINGS = Contract(
    name="name_bindings",
    layer="normalize",
    description="One row per name occurrence, with the scope rule that applies and the binding site it leads to.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("node_id", "int64", "The Name node."),
        Column("name", "string", "Name as the compiler looks it up: private names inside classes are mangled."),
        Column("ctx", "string", "What happens to it.", values=("load", "store", "del")),
        Column(
            "resolution",
            "string",
            "Where the variable lives: local: in this function; class: in this class body; enclosing: in an enclosing "
            "function or comprehension; global: in the module or beyond it; implicit: provided by Python. Null: the "
            "file has no symbol table.",
            nullable=True,
            values=("local", "class", "enclosing", "global", "implicit"),
        ),
        Column(
            "target_scope_id", "int64", "The scope that owns the variable; null where nothing binds it.", nullable=True
        ),
        Column(
            "binding_id", "int64", "The preferred site that can be meant; null where nothing binds it.", nullable=True
        ),
        Column("candidates", "int32", "How many sites the variable has."),
        Column(
            "is_read_before",
            "boolean",
            "Whether a module's name is read in the only statement that binds it, as in `str = str`.",
        ),
    ),
    key=("node_id",),
    local=("node_id", "target_scope_id", "binding_id"),
    references=(
        Reference("node_id", "ast_nodes", "node_id"),
        Reference("target_scope_id", "scopes", "scope_id"),
        Reference("binding_id", "bindings", "binding_id"),
    ),
    query="SELECT resolution, ctx, count(*) AS names FROM name_bindings GROUP BY ALL ORDER BY names DESC",
)


def _select_names(references: Table) -> Table:
    """Keep the names."""
    names = references.filter(references.kind == "name")
    return names.select("repository", "file_id", "node_id", "ctx", "scope_id", "scope_node", name=names.symbol_name)


def _find_home(names: Table, symbol_homes: Table, scope_nodes: Table) -> Table:
    """Ask the symbol table which scope owns the variable."""
    inlined = inlined_scopes(scope_nodes)
    found = names.left_join(inlined, names.scope_node == inlined.node_id).select(
        names, is_inlined=inlined.node_id.notnull(), is_in_class=(inlined.lookup_kind == "class").fill_null(False)
    )
    joined = found.left_join(
        symbol_homes, (found.scope_id == symbol_homes.scope_id) & (found.name == symbol_homes.name)
    )
    return joined.select(found, symbol_homes.home_scope_id, symbol_homes.resolution)


def _enter_comprehensions(names: Table, bindings: Table, scope_nodes: Table, ast_nodes: Table) -> Table:
    """Find the variables of comprehensions that the symbol table gives to the scope around them (3.12)."""
    variables = inlined_variables(bindings, scope_nodes, ast_nodes)
    homes = scope_nodes.filter(scope_nodes.scope_id.notnull())
    placed = names.left_join(homes, names.home_scope_id == homes.scope_id).select(
        names.file_id, names.node_id, names.name, home_node=homes.node_id
    )
    inside = placed.inner_join(
        variables,
        (placed.file_id == variables.file_id)
        & (placed.name == variables.symbol_name)
        & (variables.comprehension < placed.node_id)
        & (placed.node_id < variables.inner_end)
        & ((placed.node_id < variables.iterable_start) | (variables.iterable_end <= placed.node_id))
        # A lambda or generator inside may have the name as its own.
        & (placed.home_node.isnull() | (placed.home_node < variables.comprehension)),
    ).select(placed.file_id, placed.node_id, variables.comprehension)
    innermost = inside.group_by("file_id", "node_id").aggregate(comprehension=inside.comprehension.max())
    found = names.left_join(innermost, names.node_id == innermost.node_id).select(names, innermost.comprehension)
    bound = bindings.select("file_id", "scope_id", "symbol_name").distinct()
    found = found.left_join(bound, (found.home_scope_id == bound.scope_id) & (found.name == bound.symbol_name)).select(
        found, is_lent=(found.resolution == "local") & bound.symbol_name.isnull()
    )
    is_own = found.comprehension == found.scope_node
    is_around = found.comprehension.notnull() | (found.is_inlined & (found.resolution == "local"))
    # In a comprehension neither a class body counts nor another comprehension's variable: the search goes on outside.
    is_hidden = found.comprehension.isnull() & found.is_inlined & (found.is_in_class | found.is_lent)
    return found.mutate(
        home_scope_id=ibis.ifelse(is_hidden, None, found.home_scope_id),
        resolution=ibis.cases((is_hidden, None), (is_own, "local"), (is_around, "enclosing"), else_=found.resolution),
    )


def _search_outwards(names: Table, symbol_homes: Table, bindings: Table, scope_nodes: Table) -> Table:
    """Search outwards for names that the symbol table does not answer for: above all annotations kept as text.

    A class body counts only for names directly in it, as for any other name; the module comes last.
    """
    skipped = names.filter(names.resolution.isnull())
    skipped = skipped.select("file_id", "node_id", "name", "scope_id", "is_inlined").view()
    knowing = _knowing_scopes(symbol_homes, bindings, scope_nodes)
    pairs = skipped.inner_join(
        knowing,
        (skipped.file_id == knowing.file_id)
        & (skipped.name == knowing.name)
        & (knowing.scope_id <= skipped.scope_id)
        & (skipped.scope_id < knowing.scope_end)
        & (~knowing.is_class | ((knowing.scope_id == skipped.scope_id) & ~skipped.is_inlined)),
    ).select(skipped.file_id, skipped.node_id, skipped.name, knowing.scope_id)
    innermost = pairs.group_by("file_id", "node_id", "name").aggregate(scope_id=pairs.scope_id.max())
    innermost = innermost.inner_join(
        knowing, (innermost.scope_id == knowing.scope_id) & (innermost.name == knowing.name)
    ).select(innermost.file_id, innermost.node_id, owner_id=knowing.home_scope_id)
    found = names.left_join(innermost, names.node_id == innermost.node_id).select(names, innermost.owner_id)
    modules = scope_nodes.filter(scope_nodes.kind == "module").select("file_id", module_scope_id=scope_nodes.scope_id)
    return found.left_join(modules, found.file_id == modules.file_id).select(found, modules.module_scope_id)


def _name_rule(names: Table, scope_nodes: Table) -> Table:
    """Settle the home, and name the rule that leads to it where the search did."""
    is_implicit = (names.resolution == "implicit").fill_null(False)
    home = ibis.coalesce(names.home_scope_id, names.owner_id, names.module_scope_id)
    names = names.mutate(home_scope_id=ibis.ifelse(is_implicit, None, home)).drop("owner_id")
    homes = scope_nodes.filter(scope_nodes.scope_id.notnull())
    joined = names.left_join(homes, names.home_scope_id == homes.scope_id).select(names, home_kind=homes.kind)
    by_place = ibis.cases(
        (joined.home_kind == "module", "global"),
        (joined.home_scope_id != joined.scope_id, "enclosing"),
        (joined.home_kind == "class", "class"),
        (joined.home_scope_id.notnull(), "local"),
    )
    return joined.mutate(
        resolution=ibis.coalesce(joined.resolution, by_place),
        home_id=ibis.coalesce(joined.comprehension, joined.home_scope_id),
    ).drop("home_kind", "home_scope_id", "comprehension", "scope_node", "is_inlined", "is_in_class", "is_lent")


def _pass_own_statement(names: Table, bindings: Table) -> Table:
    """Choose the binding site: the preferred one, but never the one whose own value or header the name is part of.

    There, `class A(A)` or `x = x`, the name is read before the site takes effect: an earlier site is meant, in a class
    body failing that the module's variable. A name that is stored to means its own site.
    """
    preferred = bindings.filter(bindings.rank == 0)
    inside = names.inner_join(
        preferred,
        (names.home_id == preferred.scope_id)
        & (names.scope_id == preferred.scope_id)
        & (names.name == preferred.symbol_name)
        & (preferred.header_start < names.node_id)
        & (names.node_id < preferred.header_end),
    ).select(names.file_id, names.node_id, names.name, names.home_id, preferred.header_start)
    earlier = _earlier_sites(inside, bindings)
    found = names.left_join(inside, names.node_id == inside.node_id).select(names, own_statement=inside.header_start)
    found = found.left_join(earlier, found.node_id == earlier.node_id).select(found, earlier.earlier_rank)
    sites = bindings.select("site_node", own_rank=bindings.rank)
    found = found.left_join(sites, found.node_id == sites.site_node).select(found, sites.own_rank)
    is_before = found.own_statement.notnull() & found.earlier_rank.isnull() & found.own_rank.isnull()
    is_outer = is_before & (found.resolution == "class")
    return found.mutate(
        rank=ibis.coalesce(found.own_rank, found.earlier_rank, 0),
        home_id=ibis.ifelse(is_outer, found.module_scope_id, found.home_id),
        resolution=ibis.ifelse(is_outer, "global", found.resolution),
        is_read_before=(is_before & (found.resolution == "global")).fill_null(False),
    ).drop("own_statement", "earlier_rank", "own_rank", "module_scope_id")


def _bind(names: Table, bindings: Table) -> Table:
    """Attach the binding site."""
    sites = bindings.mutate(home_id=ibis.coalesce(bindings.scope_id, bindings.scope_node))
    joined = names.left_join(
        sites,
        (names.home_id == sites.home_id) & (names.name == sites.symbol_name) & (names.rank == sites.rank),
    )
    return NAME_BINDINGS.select(
        joined.select(
            *(names[name] for name in ("repository", "file_id", "node_id", "name", "ctx", "resolution")),
            sites.binding_id,
            target_scope_id=sites.scope_id,
            candidates=sites.candidates.fill_null(0),
            is_read_before=names.is_read_before,
        )
    )


@task(
    NAME_BINDINGS,
    stages=(
        _select_names,
        _find_home,
        _enter_comprehensions,
        _search_outwards,
        _name_rule,
        _pass_own_statement,
        _bind,
    ),
)
def name_bindings(
    references: Table, symbol_homes: Table, scope_nodes: Table, bindings: Table, ast_nodes: Table
) -> Table:
    """One row per name occurrence, with the scope rule that applies and the binding site it leads to."""


def _knowing_scopes(symbol_homes: Table, bindings: Table, scope_nodes: Table) -> Table:
    """Per scope and name that it binds or takes from elsewhere (`global`, `nonlocal`, free): the home, and its reach.

    Names that a scope only lends to a comprehension that the compiler runs in it are left out: nothing binds them.
    """
    bound = bindings.select("file_id", "scope_id", "symbol_name").distinct()
    found = symbol_homes.left_join(
        bound, (symbol_homes.scope_id == bound.scope_id) & (symbol_homes.name == bound.symbol_name)
    ).select(symbol_homes, bound.symbol_name)
    known = found.filter(found.symbol_name.notnull() | (found.home_scope_id != found.scope_id))
    joined = known.inner_join(scope_nodes, known.scope_id == scope_nodes.scope_id)
    return joined.select(
        known.file_id,
        known.name,
        known.scope_id,
        known.home_scope_id,
        scope_nodes.scope_end,
        is_class=scope_nodes.kind == "class",
    )


def _earlier_sites(inside: Table, bindings: Table) -> Table:
    """The preferred of the sites that come before the statement a name is part of."""
    sites = bindings.filter(bindings.kind != "del").select(
        "scope_id", "symbol_name", "site_node", earlier_rank=bindings.rank
    )
    pairs = inside.inner_join(
        sites,
        (inside.home_id == sites.scope_id)
        & (inside.name == sites.symbol_name)
        & (sites.site_node < inside.header_start),
    ).select(inside.file_id, inside.node_id, sites.earlier_rank)
    return pairs.group_by("file_id", "node_id").aggregate(earlier_rank=pairs.earlier_rank.min())
