"""Binding sites: what binds or deletes a name, which variable it is, and which site of a variable is preferred."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline_assets.normalize.naming.lookup import (
    Flags,
    Ids,
    Places,
    at,
    codes_of,
    flags_of,
    ids_of,
    innermost,
    places,
)
from pipeline_assets.normalize.naming.occurrences import DELETE, LOAD, Occurrences
from pipeline_assets.normalize.naming.scopes import BODY, TYPE_PARAMETERS, Openings
from pipeline_assets.normalize.naming.spelling import Spellings
from pipeline_assets.normalize.naming.symbols import WIDTH, Symbols

KINDS = (
    "parameter",
    "variable",
    "import",
    "function",
    "class",
    "for_target",
    "with_target",
    "except_target",
    "comprehension",
    "walrus",
    "match",
    "type_parameter",
    "type_alias",
    "declaration",
    "del",
)

SPELLED_KINDS = {
    "FunctionDef": "function",
    "AsyncFunctionDef": "function",
    "ClassDef": "class",
    "alias": "import",
    "ExceptHandler": "except_target",
    "MatchAs": "match",
    "MatchStar": "match",
    "MatchMapping": "match",
    "TypeVar": "type_parameter",
    "ParamSpec": "type_parameter",
    "TypeVarTuple": "type_parameter",
    "arg": "parameter",
}
"""Syntax that binds a name it spells itself, and the kind of binding."""

OWNER_KINDS = {
    "For": "for_target",
    "AsyncFor": "for_target",
    "comprehension": "comprehension",
    "NamedExpr": "walrus",
    "withitem": "with_target",
    "TypeAlias": "type_alias",
    "Assign": "variable",
    "AugAssign": "variable",
    "AnnAssign": "variable",
}
"""Syntax that binds the names in its target, and the kind of binding."""

VALUE_OWNERS = ("Assign", "AugAssign", "AnnAssign", "NamedExpr")
"""Syntax that computes a value before it binds the names in its target."""

UNPACKING = ("Tuple", "List", "Starred")
"""Targets that hold targets."""

PREFERENCE = {"function": 0, "class": 0, "import": 0, "declaration": 2, "del": 3}
"""Which kinds of site tell a reader most about a name; other values come at 1."""

IMPORT, EXCEPT_TARGET, COMPREHENSION, DECLARATION, DEL = (
    KINDS.index(kind) for kind in ("import", "except_target", "comprehension", "declaration", "del")
)


@dataclass(frozen=True)
class Sites:
    """Binding sites in arrays."""

    rows: pa.Table
    """`repository`, `file_id`, `line` of each."""
    nodes: Ids
    kinds: Places
    names: Places
    symbols: Places
    scope_nodes: Ids
    """The scope that the syntax is evaluated in."""
    openings: Places
    """The scope in which the name is looked up."""
    header_starts: Ids
    header_ends: Ids
    lasts_until: Ids
    homes: Places
    """The table's scope that owns the variable; -1 where it has none."""
    home_openings: Places
    """The opening of that scope, or the one that the name is looked up in."""
    branches: Places
    """The innermost block of its own scope that each stands in."""
    variables: Places
    """Equal for the sites of one variable."""
    ranks: Places
    candidates: Places

    def take(self, order: Places) -> Sites:
        """Some of the sites, or all in another order."""
        columns = {name: getattr(self, name)[order] for name in vars(self) if name != "rows"}
        return Sites(rows=self.rows.take(order), **columns)


@dataclass(frozen=True, slots=True)
class Branches:
    """Blocks of statements, by ascending start."""

    ids: Ids
    ends: Ids
    scope_nodes: Ids
    fallbacks: Places
    runs: Places

    @classmethod
    def of(cls, table: pa.Table) -> Branches:
        """Read rows of `branches`, in any order."""
        table = table.take(np.argsort(table["branch_id"].to_numpy()))
        ids, ends, scopes, fallbacks = (
            ids_of(table[name]) for name in ("branch_id", "branch_end", "scope_node", "fallbacks")
        )
        return cls(ids, ends, scopes, fallbacks, codes_of(table["runs"], RUNS))

    def around(self, nodes: Ids, scope_nodes: Ids) -> Places:
        """The innermost block of its own scope that each node stands in; -1 for none."""
        found = innermost(self.ids, self.ends, nodes)
        return np.where((found >= 0) & (self.scope_nodes[found] == scope_nodes), found, -1) if len(self.ids) else found


BRANCH_COLUMNS = ("file_id", "branch_id", "branch_end", "scope_node", "fallbacks", "runs")

RUNS = ("possibly", "never", "type_checking")
POSSIBLY, NEVER, CHECKING = range(3)


def spelled_names(statements: pa.Table) -> pa.ChunkedArray:
    """The name that each statement spells itself: an import binds its alias or its first part."""
    is_alias = pc.equal(statements["kind"], "alias")
    is_mapping = pc.equal(statements["kind"], "MatchMapping")
    first = pc.if_else(is_alias, pc.replace_substring_regex(statements["name"], r"\..*$", ""), statements["name"])
    names = pc.if_else(
        is_mapping, statements["alias"], pc.if_else(is_alias, pc.coalesce(statements["alias"], first), first)
    )
    return pc.if_else(pc.equal(names, "*"), pa.scalar(None, pa.string()), names)


def collect(
    statements: pa.Table,
    spelled: Places,
    owners: pa.Table,
    annotations: pa.Table,
    found: Occurrences,
    openings: Openings,
) -> Sites:
    """Every site with what it belongs to."""
    return _joined(_spelled_sites(statements, spelled, openings), _name_sites(owners, annotations, found))


def place(sites: Sites, openings: Openings, symbols: Symbols, spellings: Spellings) -> Sites:
    """Find the scope that owns each site's variable: past `global`, `nonlocal`, and out of comprehensions."""
    mangled = spellings.mangled(sites.names, openings.private_classes[sites.openings])
    lookups = openings.lookups[sites.openings]
    found = symbols.find(lookups, mangled)
    homes = np.where(found >= 0, at(symbols.homes, found), -1)
    homes = np.where(homes >= 0, homes, lookups)
    # A comprehension keeps its own targets also where the compiler runs it in the scope around it.
    homes = np.where(sites.kinds == COMPREHENSION, openings.scopes[sites.openings], homes)
    opened = np.where(homes >= 0, at(openings.of_scopes, homes), -1)
    return replace(sites, symbols=mangled, homes=homes, home_openings=np.where(opened >= 0, opened, sites.openings))


def number_variables(sites: Sites) -> tuple[Ids, Sites]:
    """Number the variables; also the keys by which names find them, ascending, one a number."""
    keys, variables = np.unique(variable_keys(sites.homes, sites.home_openings, sites.symbols), return_inverse=True)
    return keys, replace(sites, variables=variables)


def rank(sites: Sites, branches: Branches, accessors: Ids) -> Sites:
    """Order the sites of each variable by preference; they come out by variable and rank."""
    around = branches.around(sites.nodes, sites.scope_nodes)
    runs = np.where(around >= 0, at(branches.runs, around), POSSIBLY)
    fallbacks = np.where(around >= 0, at(branches.fallbacks, around), 0)
    preference = np.array([PREFERENCE.get(kind, 1) for kind in KINDS])[sites.kinds]
    is_import = sites.kinds == IMPORT
    keys = (runs == NEVER, preference, runs == CHECKING, fallbacks, np.isin(sites.nodes, accessors), is_import)
    order = np.lexsort((np.where(is_import, sites.nodes, -sites.nodes), *reversed(keys), sites.variables))
    starts = np.flatnonzero(np.diff(sites.variables[order], prepend=-1))
    counts = np.diff(starts, append=len(order))
    ranks = np.arange(len(order)) - np.repeat(starts, counts)
    return replace(sites.take(order), branches=around[order], candidates=np.repeat(counts, counts), ranks=ranks)


def _spelled_sites(statements: pa.Table, spelled: Places, openings: Openings) -> Sites:
    kept = np.flatnonzero(spelled >= 0)
    rows, names = statements.take(kept), spelled[kept]
    syntax = codes_of(rows["kind"], [*SPELLED_KINDS])
    kinds = np.array([KINDS.index(kind) for kind in SPELLED_KINDS.values()])[syntax]
    nodes, parents, ends = (ids_of(rows[name]) for name in ("node_id", "parent_id", "subtree_end"))
    scope_nodes = rows["scope_node"].to_numpy()
    is_parameter, is_type_parameter = (kinds == KINDS.index(kind) for kind in ("parameter", "type_parameter"))
    # Parameters lie below `arguments`, which is the first node below its function.
    around = np.where(is_type_parameter, parents, np.where(is_parameter, parents - 1, scope_nodes))
    is_definition = syntax < 3
    return _sites(
        rows,
        nodes,
        kinds,
        names,
        scope_nodes,
        openings.find(around, np.where(is_type_parameter, TYPE_PARAMETERS, BODY)),
        np.where(is_definition, nodes, -1),
        np.where(is_definition, ends, -1),
        np.where(kinds == EXCEPT_TARGET, ends, -1),
    )


def _name_sites(owners: pa.Table, annotations: pa.Table, found: Occurrences) -> Sites:
    """Names that are stored to or deleted; a name inside a tuple takes the kind of the statement whose target it is."""
    kept = np.flatnonzero(found.is_name & (found.contexts != LOAD))
    rows = found.rows.take(kept)
    owners = owners.take(np.argsort(owners["node_id"].to_numpy()))
    ids, ends = owners["node_id"].to_numpy(), owners["subtree_end"].to_numpy()
    syntax = codes_of(owners["kind"], [*OWNER_KINDS, *UNPACKING])
    owner = _owners(ids, ids_of(owners["parent_id"]), syntax, ids_of(rows["parent_id"]))
    has_owner = owner >= 0
    kinds_of = np.array([KINDS.index(kind) for kind in OWNER_KINDS.values()])
    owner_syntax = np.where(has_owner, at(syntax, owner), 0)
    kinds = np.where(has_owner, kinds_of[owner_syntax], KINDS.index("variable"))
    is_declaration = has_owner & np.isin(owner, _valueless(ids, ends, annotations))
    kinds = np.where(is_declaration, DECLARATION, kinds)
    kinds = np.where(found.contexts[kept] == DELETE, DEL, kinds)
    is_value = has_owner & np.isin(owner_syntax, [[*OWNER_KINDS].index(kind) for kind in VALUE_OWNERS])
    sites = _sites(
        rows,
        found.nodes[kept],
        kinds,
        found.names[kept],
        rows["scope_node"].to_numpy(),
        found.openings[kept],
        np.where(is_value, at(ids, owner), -1),
        np.where(is_value, at(ends, owner), -1),
        np.full(len(kept), -1, np.int64),
    )
    # `(x): int` neither binds nor declares.
    is_nothing = is_declaration & ~at(flags_of(pc.equal(owners["value"], "1")), owner)
    return sites.take(np.flatnonzero(~is_nothing))


def _owners(ids: Ids, parents: Ids, syntax: Places, wanted: Ids) -> Places:
    """The node above each whole target: above the outermost tuple or list that it is unpacked from."""
    owner = places(ids, wanted)
    while len(nested := np.flatnonzero((owner >= 0) & (at(syntax, owner) >= len(OWNER_KINDS)))):
        owner[nested] = places(ids, parents[owner[nested]])
    return owner


def _valueless(ids: Ids, ends: Ids, annotations: pa.Table) -> Places:
    """Annotated assignments without a value: the annotation is the last thing in them."""
    found = places(ids, annotations["parent_id"].to_numpy())
    is_last: Flags = at(ends, found) == annotations["subtree_end"].to_numpy()
    return found[(found >= 0) & is_last]


def _sites(
    rows: pa.Table,
    nodes: Ids,
    kinds: Places,
    names: Places,
    scope_nodes: Ids,
    openings: Places,
    header_starts: Ids,
    header_ends: Ids,
    lasts_until: Ids,
) -> Sites:
    none = np.full(len(nodes), -1, np.int64)
    rows = rows.select(["repository", "file_id", "line"])
    found = (rows, nodes, kinds, names, none, scope_nodes, openings, header_starts, header_ends, lasts_until)
    return Sites(*found, none, none, none, none, none, none)


def _joined(first: Sites, second: Sites) -> Sites:
    columns = {
        name: np.concatenate([getattr(first, name), getattr(second, name)]) for name in vars(first) if name != "rows"
    }
    return Sites(rows=pa.concat_tables([first.rows, second.rows]), **columns)


def variable_keys(homes: Places, openings: Places, symbols: Places) -> Ids:
    """A number for scope and name; scopes that the table lacks go by their opening."""
    return np.where(homes >= 0, homes, -openings - 1) * WIDTH + symbols
