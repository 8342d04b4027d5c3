"""Which scope code is evaluated in: the scopes that syntax opens, and what lies in scopes of type parameters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pipeline_assets.normalize.naming.lookup import Ids, Places, at, codes_of, ids_of, innermost, places
from pipeline_assets.normalize.naming.symbols import CLASS, Scopes
from pipeline_assets.normalize.scope_matching import HEADERS, TYPE_PARAMETER_PARTS

ROLES = ("body", "type_parameters", "bound", "default")
BODY, TYPE_PARAMETERS = range(2)


@dataclass(frozen=True, slots=True)
class Openings:
    """The scopes that syntax opens, by node and role; scopes are places in `Scopes`, -1 where the table has none."""

    keys: Ids
    nodes: Ids
    scopes: Places
    lookups: Places
    definitions: Ids
    private_classes: Places
    of_scopes: Places
    """For every scope of the table, its opening."""
    is_inlined: Places
    """1 for comprehensions that run in the scope around them, 2 where that is a class body, else 0."""

    @classmethod
    def of(cls, table: pa.Table, private_classes: Places, scopes: Scopes) -> Openings:
        """Read rows of `scope_nodes`, in any order."""
        nodes = table["node_id"].to_numpy()
        keys = nodes * len(ROLES) + codes_of(table["role"], ROLES)
        order = np.argsort(keys)
        own = places(scopes.ids, ids_of(table["scope_id"])[order])
        lookups = places(scopes.ids, ids_of(table["lookup_scope_id"])[order])
        openings = np.full(len(scopes.ids), -1, np.int64)
        openings[own[own >= 0]] = np.flatnonzero(own >= 0)
        is_inlined = ((own < 0) & (lookups >= 0)).astype(np.int64)
        is_inlined[(is_inlined == 1) & (at(scopes.kinds, lookups) == CLASS)] = 2
        definitions = table["definition_id"].to_numpy()[order]
        return cls(keys[order], nodes[order], own, lookups, definitions, private_classes[order], openings, is_inlined)

    def find(self, nodes: Ids, roles: Places | int = BODY) -> Places:
        """The openings of some nodes in some roles."""
        return places(self.keys, nodes * len(ROLES) + roles)


@dataclass(frozen=True, slots=True)
class Pieces:
    """Syntax that is evaluated in the scopes of type parameters and type aliases, which nodes' own scopes leave out."""

    starts: Ids
    ends: Ids
    owners: Ids
    roles: Places

    @classmethod
    def of(cls, nodes: pa.Table) -> Pieces:
        """Find them among all nodes of the files that have any."""
        nodes = nodes.take(np.argsort(nodes["node_id"].to_numpy()))
        ids, ends, parents = (ids_of(nodes[name]) for name in ("node_id", "subtree_end", "parent_id"))
        fields = np.array(nodes["field"].to_pylist(), object)
        kinds = np.array(nodes["kind"].to_pylist(), object)
        above = kinds[np.maximum(places(ids, parents), 0)]
        is_generic = np.isin(parents, parents[fields == "type_params"])
        owners, roles = parents.copy(), np.full(len(ids), -1, np.int64)
        roles[np.isin(fields, HEADERS) & is_generic] = TYPE_PARAMETERS
        roles[(fields == "value") & (above == "TypeAlias")] = BODY
        for field, role in TYPE_PARAMETER_PARTS.items():
            roles[fields == field] = ROLES.index(role)
        annotations = np.flatnonzero((fields == "annotation") & (above == "arg"))
        # `arguments` is the first node below its function.
        functions = parents[places(ids, parents[annotations])] - 1
        found = np.isin(functions, parents[fields == "type_params"])
        owners[annotations[found]], roles[annotations[found]] = functions[found], TYPE_PARAMETERS
        kept = np.flatnonzero(roles >= 0)
        return cls(ids[kept], ends[kept], owners[kept], roles[kept])

    def move(self, nodes: Ids, scope_nodes: Ids, openings: Openings) -> Places:
        """The openings in which nodes are evaluated."""
        found = openings.find(scope_nodes)
        pieces = innermost(self.starts, self.ends, nodes)
        moved = np.flatnonzero(pieces >= 0)
        moved = moved[scope_nodes[moved] < self.starts[pieces[moved]]]
        found[moved] = openings.find(self.owners[pieces[moved]], self.roles[pieces[moved]])
        return found
