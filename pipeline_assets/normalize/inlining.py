"""Variables of comprehensions that the compiler runs in the scope around them (PEP 709, from 3.12 on).

The symbol table then lists their targets among the surrounding scope's names, though they remain apart.
"""

from __future__ import annotations

from ibis.expr.types import Table


def inlined_scopes(scope_nodes: Table) -> Table:
    """The nodes of such comprehensions, with the kind of scope they run in: no scope of their own, but one around."""
    inlined = scope_nodes.filter(scope_nodes.scope_id.isnull() & scope_nodes.lookup_scope_id.notnull())
    around = scope_nodes.filter(scope_nodes.scope_id.notnull()).select("scope_id", lookup_kind=scope_nodes.kind)
    joined = inlined.inner_join(around, inlined.lookup_scope_id == around.scope_id)
    return joined.select(inlined.file_id, inlined.node_id, around.lookup_kind)


def inlined_variables(bindings: Table, scope_nodes: Table, ast_nodes: Table) -> Table:
    """Per variable of such a comprehension: where its name may mean it.

    That is inside the comprehension, but not in the iterable of its first `for`, which is evaluated around it.
    """
    sites = bindings.filter((bindings.kind == "comprehension") & bindings.scope_id.isnull() & (bindings.rank == 0))
    inlined = inlined_scopes(scope_nodes)
    owned = sites.semi_join(inlined, sites.scope_node == inlined.node_id)
    owned = owned.select("file_id", "symbol_name", comprehension=owned.scope_node)
    extent = ast_nodes.filter(ast_nodes.kind.isin(["ListComp", "SetComp", "DictComp"]))
    placed = owned.inner_join(extent, owned.comprehension == extent.node_id).select(owned, inner_end=extent.subtree_end)
    iterables = _first_iterables(ast_nodes)
    joined = placed.inner_join(iterables, placed.comprehension == iterables.comprehension)
    return joined.select(placed, iterables.iterable_start, iterables.iterable_end)


def _first_iterables(ast_nodes: Table) -> Table:
    first = ast_nodes.filter((ast_nodes.field == "generators") & (ast_nodes.ordinal == 0))
    first = first.select("file_id", generator=first.node_id, comprehension=first.parent_id)
    iterables = ast_nodes.filter(ast_nodes.field == "iter")
    joined = iterables.inner_join(first, iterables.parent_id == first.generator)
    return joined.select(
        first.file_id, first.comprehension, iterable_start=iterables.node_id, iterable_end=iterables.subtree_end
    )
