"""Which binding site each name means, by Python's rules of scope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline_assets.inference.contract import FILE_SHIFT
from pipeline_assets.normalize.naming.lookup import Flags, Ids, Places, at, enclosing, innermost, matches, places
from pipeline_assets.normalize.naming.occurrences import LOAD, Occurrences
from pipeline_assets.normalize.naming.scopes import Openings
from pipeline_assets.normalize.naming.sites import COMPREHENSION, DEL, EXCEPT_TARGET, Branches, Sites, variable_keys
from pipeline_assets.normalize.naming.symbols import (
    CLASS,
    IS_CLASS,
    IS_ENCLOSING,
    IS_GLOBAL,
    IS_IMPLICIT,
    IS_LOCAL,
    MODULE,
    Scopes,
    Symbols,
)

UNSAID = -1
"""The resolution of names that no symbol table answers for."""


@dataclass(frozen=True, slots=True)
class Tables:
    """What the meaning of a name follows from."""

    scopes: Scopes
    symbols: Symbols
    openings: Openings
    sites: Sites
    """By variable and rank."""
    keys: Ids
    """The variables' keys, ascending."""
    starts: Places
    """Where the sites of each variable start."""

    def variables(self, homes: Places, openings: Places, names: Places) -> Places:
        """The variables of some names in some scopes; -1 where nothing binds one there."""
        return places(self.keys, variable_keys(homes, openings, names))

    def is_bound(self, scopes: Places, names: Places) -> Flags:
        """Whether a scope of the table has a site that binds the name."""
        return (scopes >= 0) & (self.variables(scopes, np.zeros(len(scopes), np.int64), names) >= 0)


@dataclass(slots=True)
class Meanings:
    """What each of some names means."""

    nodes: Ids
    names: Places
    contexts: Places
    scopes: Places
    """The scope that answers for each."""
    openings: Places
    resolutions: Places
    homes: Places
    comprehensions: Places
    """The opening of the inlined comprehension whose variable it is."""
    sites: Places
    """The place of the site; -1 for none."""
    is_read_before: Flags


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Syntax that names lie in."""

    comprehensions: pa.Table
    iterables: pa.Table
    branches: pa.Table
    blocks: Branches
    """The same by ascending start, as binding sites count them."""
    later: pa.Table
    """Annotations that nothing evaluates before their class is whole (PEP 563)."""


def meanings(found: Occurrences, tables: Tables, around: Surroundings) -> Meanings:
    """Settle every name."""
    kept = np.flatnonzero(found.is_name)
    openings, names = found.openings[kept], found.symbols[kept]
    scopes = tables.openings.lookups[openings]
    symbols = tables.symbols.find(scopes, names)
    none = np.full(len(kept), -1, np.int64)
    made = Meanings(
        nodes=found.nodes[kept],
        names=names,
        contexts=found.contexts[kept],
        scopes=scopes,
        openings=openings,
        resolutions=np.where(symbols >= 0, at(tables.symbols.resolutions, symbols), UNSAID),
        homes=np.where(symbols >= 0, at(tables.symbols.homes, symbols), -1),
        comprehensions=none,
        sites=none,
        is_read_before=np.zeros(len(kept), bool),
    )
    _enter_comprehensions(made, tables, around.comprehensions, around.iterables)
    _search_outwards(made, tables)
    _choose_sites(made, tables, around)
    return made


def _enter_comprehensions(made: Meanings, tables: Tables, comprehensions: pa.Table, iterables: pa.Table) -> None:
    """Find the variables of comprehensions that the compiler runs in the scope around them (PEP 709, 3.12).

    The symbol table then lists their targets among the surrounding scope's names, though they remain apart.
    """
    inlined = tables.openings.is_inlined[made.openings]
    if not len(np.flatnonzero(tables.openings.is_inlined)):
        return
    own = _innermost_comprehensions(made, tables, comprehensions, iterables)
    made.comprehensions = own
    is_lent = (made.resolutions == IS_LOCAL) & ~tables.is_bound(made.homes, made.names)
    # In a comprehension neither a class body counts nor another comprehension's variable: the search goes on outside.
    is_hidden = (own < 0) & (inlined > 0) & ((inlined == 2) | is_lent)
    is_around = (own >= 0) | ((inlined > 0) & (made.resolutions == IS_LOCAL))
    made.resolutions[is_around] = IS_ENCLOSING
    made.resolutions[(own >= 0) & (own == made.openings)] = IS_LOCAL
    made.homes[is_hidden], made.resolutions[is_hidden] = -1, UNSAID


def _innermost_comprehensions(made: Meanings, tables: Tables, comprehensions: pa.Table, iterables: pa.Table) -> Places:
    """The opening of the innermost inlined comprehension around each name that has it as a variable.

    The iterable of its first `for` lies around it. A lambda or generator inside may have the name as its own.
    """
    extents = comprehensions.filter(pc.not_equal(comprehensions["kind"], "comprehension"))
    extents = extents.take(np.argsort(extents["node_id"].to_numpy()))
    nodes, ends = extents["node_id"].to_numpy(), extents["subtree_end"].to_numpy()
    openings = tables.openings.find(nodes)
    nodes, ends, openings = (each[tables.openings.is_inlined[openings] > 0] for each in (nodes, ends, openings))
    first_starts, first_ends = _first_iterables(nodes, comprehensions, iterables)
    around = enclosing(nodes, ends)
    found = np.full(len(made.nodes), -1, np.int64)
    at_place, left = innermost(nodes, ends, made.nodes), np.arange(len(made.nodes))
    while len(left):
        left, at_place = left[at_place >= 0], at_place[at_place >= 0]
        names, wanted = made.nodes[left], made.names[left]
        is_inside = ~((first_starts[at_place] <= names) & (names < first_ends[at_place]))
        homes = made.homes[left]
        home_nodes = np.where(homes >= 0, tables.openings.nodes[at(tables.openings.of_scopes, homes)], -1)
        is_inside &= home_nodes < nodes[at_place]
        outside = np.full(len(left), -1, np.int64)
        variables = tables.variables(outside, openings[at_place], wanted)
        is_own = is_inside & (variables >= 0)
        is_own &= at(tables.sites.kinds, at(tables.starts, variables)) == COMPREHENSION
        found[left[is_own]] = openings[at_place[is_own]]
        left, at_place = left[~is_own], around[at_place[~is_own]]
    return found


def _first_iterables(nodes: Ids, comprehensions: pa.Table, iterables: pa.Table) -> tuple[Ids, Ids]:
    """Where the iterable of each comprehension's first `for` starts and ends."""
    loops = comprehensions.filter(pc.equal(comprehensions["kind"], "comprehension"))
    loops = loops.take(np.argsort(loops["node_id"].to_numpy()))
    loop, iterable = matches(loops["node_id"].to_numpy(), iterables["parent_id"].to_numpy())
    holder, found = matches(nodes, loops["parent_id"].to_numpy()[loop])
    starts, ends = np.zeros(len(nodes), np.int64), np.zeros(len(nodes), np.int64)
    starts[holder] = iterables["node_id"].to_numpy()[iterable[found]]
    ends[holder] = iterables["subtree_end"].to_numpy()[iterable[found]]
    return starts, ends


def _search_outwards(made: Meanings, tables: Tables) -> None:
    """Search outwards for names that the symbol table does not answer for: above all annotations kept as text.

    A class body counts only for names directly in it, as for any other name; the module comes last.
    """
    nowhere = np.flatnonzero((made.resolutions == UNSAID) & (made.scopes < 0))
    modules = places(tables.scopes.files, made.nodes[nowhere] >> FILE_SHIFT)
    nowhere, modules = nowhere[modules >= 0], modules[modules >= 0]
    made.homes[nowhere], made.resolutions[nowhere] = tables.scopes.roots[modules], IS_GLOBAL
    left = np.flatnonzero((made.resolutions == UNSAID) & (made.scopes >= 0))
    at_scope, start = made.scopes[left], made.scopes[left]
    inlined = tables.openings.is_inlined[made.openings] > 0
    while len(left):
        names = made.names[left]
        symbols = tables.symbols.find(at_scope, names)
        homes = np.where(symbols >= 0, at(tables.symbols.homes, symbols), -1)
        # A name that a scope only lends to a comprehension that the compiler runs in it is bound by nothing.
        is_known = (symbols >= 0) & (tables.is_bound(at_scope, names) | (homes != at_scope))
        is_class = tables.scopes.kinds[at_scope] == CLASS
        is_known &= ~is_class | ((at_scope == start) & ~inlined[left])
        is_known |= tables.scopes.kinds[at_scope] == MODULE
        homes = np.where(homes >= 0, homes, at_scope)
        made.homes[left[is_known]] = homes[is_known]
        made.resolutions[left[is_known]] = _by_place(homes[is_known], start[is_known], tables.scopes)
        left, start = left[~is_known], start[~is_known]
        at_scope = tables.scopes.parents[at_scope[~is_known]]


def _by_place(homes: Places, scopes: Places, table: Scopes) -> Places:
    kinds = table.kinds[homes]
    is_outer = np.where(homes != scopes, IS_ENCLOSING, np.where(kinds == CLASS, IS_CLASS, IS_LOCAL))
    return np.where(kinds == MODULE, IS_GLOBAL, is_outer)


def _choose_sites(made: Meanings, tables: Tables, around: Surroundings) -> None:
    """Choose the binding site: the preferred one, unless the name is read before it takes effect or after it ends."""
    has_scope = (made.homes >= 0) & (made.resolutions != IS_IMPLICIT) | (made.comprehensions >= 0)
    homes = np.where(made.comprehensions >= 0, -1, made.homes)
    variables = np.where(has_scope, tables.variables(homes, made.comprehensions, made.names), -1)
    preferred = np.where(variables >= 0, at(tables.starts, variables), -1)
    own = _own_sites(made, tables)
    made.sites = np.where((own >= 0) & (variables >= 0), own, preferred)
    rest = np.flatnonzero((own < 0) & (preferred >= 0))
    _pass_own_statements(made, tables, rest, variables)
    _pass_later_sites_of_classes(made, tables, variables, around)
    _pass_deleted(made, tables, variables, around)
    _end_except_targets(made, tables, variables)


def _own_sites(made: Meanings, tables: Tables) -> Places:
    """A name that is stored to means its own site."""
    stored = np.flatnonzero(made.contexts != LOAD)
    order = np.argsort(tables.sites.nodes)
    found = places(tables.sites.nodes[order], made.nodes[stored])
    own = np.full(len(made.nodes), -1, np.int64)
    own[stored[found >= 0]] = order[found[found >= 0]]
    return own


def _pass_own_statements(made: Meanings, tables: Tables, rest: Places, variables: Places) -> None:
    """Pass over the site whose own value or header a name is part of: there, `class A(A)` or `x = x`, it comes first.

    An earlier site is meant, in a class body failing that the module's variable.
    """
    sites = tables.sites
    chosen = made.sites[rest]
    is_inside = (sites.header_starts[chosen] < made.nodes[rest]) & (made.nodes[rest] < sites.header_ends[chosen])
    is_inside &= made.homes[rest] == made.scopes[rest]
    for name in rest[is_inside].tolist():
        header = sites.header_starts[made.sites[name]]
        group = _group(tables, variables[name])
        earlier = [site for site in group if sites.kinds[site] != DEL and sites.nodes[site] < header]
        made.sites[name] = earlier[0] if earlier else -1
        if earlier:
            continue
        if made.resolutions[name] == IS_CLASS:
            _leave_class(made, tables, name)
        else:
            made.is_read_before[name] = made.resolutions[name] == IS_GLOBAL
            made.sites[name] = group[0]


def _pass_later_sites_of_classes(made: Meanings, tables: Tables, variables: Places, around: Surroundings) -> None:
    """A class body that binds the name only further on has not bound it yet, unless a loop comes by again."""
    sites = tables.sites
    nodes = np.where(sites.kinds == DEL, np.iinfo(np.int64).max, sites.nodes)
    firsts = np.minimum.reduceat(nodes, tables.starts) if len(nodes) else nodes
    is_read = (made.resolutions == IS_CLASS) & (made.contexts == LOAD) & (made.homes == made.scopes) & (variables >= 0)
    early = _evaluated_in_place(np.flatnonzero(is_read & (made.nodes < at(firsts, variables))), made, around)
    loops = around.branches.filter(pc.equal(around.branches["kind"], "loop"))
    starts, bodies, ends = (loops[name].to_numpy() for name in ("statement_id", "branch_id", "branch_end"))
    for name in early.tolist():
        site = firsts[variables[name]]
        again = (starts < made.nodes[name]) & (made.nodes[name] < ends) & (bodies <= site) & (site < ends)
        if not again.any():
            _leave_class(made, tables, name)


def _evaluated_in_place(names: Places, made: Meanings, around: Surroundings) -> Places:
    """Those of some names that are not part of an annotation which waits."""
    later = around.later.take(np.argsort(around.later["node_id"].to_numpy()))
    holders = innermost(later["node_id"].to_numpy(), later["subtree_end"].to_numpy(), made.nodes[names])
    return names[holders < 0]


def _pass_deleted(made: Meanings, tables: Tables, variables: Places, around: Surroundings) -> None:
    """After `del` the search goes on outside: from a class body in the module, from the module in the builtins.

    Only where nothing can have bound the name again: the `del` is the last site before it, in a block around it, and
    no other function binds the variable. A function's own variable is its own for good.
    """
    deleted = np.unique(tables.sites.variables[tables.sites.kinds == DEL])
    is_read = (made.contexts == LOAD) & np.isin(made.resolutions, (IS_CLASS, IS_GLOBAL)) & (made.sites >= 0)
    is_read &= (variables >= 0) & np.isin(variables, deleted) & (tables.openings.is_inlined[made.openings] == 0)
    for name in _evaluated_in_place(np.flatnonzero(is_read), made, around).tolist():
        if not _is_deleted(
            made.nodes[name], made.openings[name], _group(tables, variables[name]), tables, around.blocks
        ):
            continue
        if made.resolutions[name] == IS_CLASS:
            _leave_class(made, tables, name)
        else:
            made.is_read_before[name] = True


def _is_deleted(node: int, opening: int, group: Sequence[int], tables: Tables, blocks: Branches) -> bool:
    sites = tables.sites
    own = [site for site in group if sites.openings[site] == opening]
    elsewhere = [site for site in group if sites.openings[site] not in (opening, sites.home_openings[site])]
    past = [site for site in own if sites.nodes[site] < node and not _is_pending(site, node, sites)]
    last = max(past, key=sites.nodes.__getitem__, default=-1)
    if elsewhere or last < 0 or sites.kinds[last] != DEL:
        return False
    block = sites.branches[last]
    return bool(block < 0 or blocks.ids[block] <= node < blocks.ends[block])


def _is_pending(site: int, node: int, sites: Sites) -> bool:
    """Whether a site binds only when the value that the node is part of is known."""
    return bool(sites.header_starts[site] < node < sites.header_ends[site])


def _leave_class(made: Meanings, tables: Tables, name: int) -> None:
    """A class body that has not bound the name yet, or no longer, takes the module's variable."""
    made.homes[name], made.resolutions[name] = tables.scopes.modules[made.homes[name]], IS_GLOBAL
    variable = tables.variables(made.homes[name : name + 1], made.openings[:1], made.names[name : name + 1])[0]
    made.sites[name] = tables.starts[variable] if variable >= 0 else -1


def _end_except_targets(made: Meanings, tables: Tables, variables: Places) -> None:
    """The target of `except … as` is cleared at the end of its clause: it is meant inside, and nowhere else."""
    sites = tables.sites
    cleared = np.unique(sites.variables[sites.kinds == EXCEPT_TARGET])
    names = np.flatnonzero((made.contexts == LOAD) & np.isin(variables, cleared) & (variables >= 0))
    for name in names.tolist():
        node = made.nodes[name]
        group = _group(tables, variables[name])
        clauses = [s for s in group if sites.nodes[s] < node < sites.lasts_until[s]]
        clause = max(clauses, key=sites.nodes.__getitem__, default=-1)
        chosen = made.sites[name]
        if chosen < 0:
            continue
        if clause >= 0 and not sites.nodes[clause] <= sites.nodes[chosen] < node:
            made.sites[name] = clause
        elif clause < 0 and sites.kinds[chosen] == EXCEPT_TARGET:
            made.sites[name] = next((s for s in group if sites.kinds[s] != EXCEPT_TARGET), -1)
            if made.sites[name] < 0 and made.resolutions[name] == IS_CLASS:
                _leave_class(made, tables, name)


def _group(tables: Tables, variable: int) -> Sequence[int]:
    start = int(tables.starts[variable])
    return range(start, start + int(tables.sites.candidates[start]))
