"""Names: where each occurs, what binds it, and which binding each occurrence means.

One task makes four datasets of the same rows: reading and sorting those costs more than the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ibis.expr.types import Table

from pipeline_assets.inference.contract import ORDINAL_BITS, Contract
from pipeline_assets.normalize.annotated import deferring_files
from pipeline_assets.normalize.bindings import BINDING_FAMILY, BINDINGS
from pipeline_assets.normalize.name_bindings import NAME_BINDINGS
from pipeline_assets.normalize.naming.lookup import Ids, Places, at, flags_of, nullable
from pipeline_assets.normalize.naming.meanings import Meanings, Surroundings, Tables, meanings
from pipeline_assets.normalize.naming.occurrences import CONTEXTS, Occurrences, chains, read_occurrences, spelled_chains
from pipeline_assets.normalize.naming.scopes import Openings, Pieces
from pipeline_assets.normalize.naming.sites import (
    BRANCH_COLUMNS,
    KINDS,
    OWNER_KINDS,
    SPELLED_KINDS,
    UNPACKING,
    Branches,
    collect,
    number_variables,
    place,
    rank,
    spelled_names,
)
from pipeline_assets.normalize.naming.spelling import Spellings
from pipeline_assets.normalize.naming.symbols import RESOLUTIONS, Scopes, Symbols, settle
from pipeline_assets.normalize.references import REFERENCES
from pipeline_assets.normalize.symbol_homes import SYMBOL_HOMES
from pipeline_assets.pipes import graph_task

EXTENT_FIELDS = ("annotation", "returns", "iter")
"""Fields that only matter by where they start and end."""

INLINED = ("ListComp", "SetComp", "DictComp")
"""Comprehensions that the compiler may run in the scope around them."""


@dataclass(frozen=True)
class Files:
    """Some files and what has been found in them so far."""

    inputs: dict[str, pa.Table]
    spellings: Spellings
    scopes: Scopes
    openings: Openings
    symbols: Symbols


@dataclass(frozen=True)
class Placed(Files):
    """Also the occurrences, with the scope in which each is evaluated."""

    found: Occurrences


@dataclass(frozen=True)
class Bound(Placed):
    """Also the binding sites, by variable and rank."""

    tables: Tables
    branches: Branches


@dataclass(frozen=True)
class Meant(Bound):
    """Also what each name means."""

    meanings: Meanings


def _select_syntax(
    ast_nodes: Table, scope_nodes: Table, scopes: Table, symbols: Table, branches: Table, definitions: Table
) -> dict[str, Table]:
    """Project the occurrences, what binds names, the symbol table, and the syntax that decides what belongs where."""
    columns = ("repository", "file_id", "node_id", "parent_id", "scope_node", "kind", "ctx", "name", "line")
    occurrences = ast_nodes.filter(ast_nodes.kind.isin(["Name", "Attribute"]))
    is_target = ast_nodes.kind.isin([*UNPACKING]) & (ast_nodes.ctx != "Load")
    is_structure = ast_nodes.kind.isin([*SPELLED_KINDS, *OWNER_KINDS, *INLINED])
    structure = ast_nodes.filter(is_structure | is_target | ast_nodes.field.isin([*EXTENT_FIELDS]))
    extent = ("file_id", "node_id", "parent_id", "subtree_end")
    return {
        "occurrences": occurrences.select(*columns, "bstart", "bend"),
        "structure": structure.select(*columns, "alias", "value", "field", "ordinal", "subtree_end"),
        "typed": _in_files_with_type_scopes(ast_nodes).select(*extent, "kind", "field"),
        "openings": scope_nodes.select(
            "file_id", "node_id", "role", "scope_id", "lookup_scope_id", "definition_id", "private_class"
        ),
        "scopes": scopes.select("file_id", "scope_id", "parent_scope_id", "kind"),
        "symbols": symbols.select("repository", "file_id", "symbol_id", "scope_id", "name", "scope_class"),
        "branches": branches.select(*BRANCH_COLUMNS, "kind", "statement_id"),
        "deferring": deferring_files(ast_nodes.view()),
        "accessors": definitions.filter(definitions.is_accessor).select("file_id", "definition_id"),
    }


def _settle_symbols(inputs: dict[str, pa.Table]) -> Files:
    """Number the names, and find the scope that owns the variable behind each symbol."""
    inputs = inputs | {"occurrences": _ordered(inputs["occurrences"])} | _divided(inputs["structure"])
    spellings = Spellings(
        inputs["occurrences"]["name"],
        spelled_names(inputs["spelling"]),
        inputs["symbols"]["name"],
        inputs["openings"]["private_class"],
    )
    scopes = Scopes.of(inputs["scopes"])
    openings = Openings.of(inputs["openings"], spellings.codes(3), scopes)
    return Files(inputs, spellings, scopes, openings, settle(scopes, inputs["symbols"], spellings.codes(2)))


def _place_occurrences(files: Files) -> Placed:
    """Find the scope in which each name or attribute is evaluated, and its name as the compiler looks it up."""
    names, pieces = files.spellings.codes(0), Pieces.of(files.inputs["typed"])
    found = read_occurrences(files.inputs["occurrences"], names, pieces, files.openings, files.spellings)
    return Placed(**vars(files), found=found)


def _rank_sites(files: Placed) -> Bound:
    """Collect what binds names, find the variable of each site, and rank the sites of each variable."""
    inputs, openings = files.inputs, files.openings
    spelled = files.spellings.codes(1)
    sites = collect(inputs["spelling"], spelled, inputs["owners"], inputs["annotations"], files.found, openings)
    sites = place(sites, openings, files.symbols, files.spellings)
    keys, sites = number_variables(sites)
    branches = Branches.of(inputs["branches"])
    sites = rank(sites, branches, inputs["accessors"]["definition_id"].to_numpy())
    tables = Tables(files.scopes, files.symbols, openings, sites, keys, np.flatnonzero(sites.ranks == 0))
    return Bound(**vars(files), tables=tables, branches=branches)


def _find_meanings(files: Bound) -> Meant:
    """Find the site that each name means."""
    inputs = files.inputs
    later = inputs["evaluated_later"]
    later = later.filter(pc.is_in(later["file_id"], inputs["deferring"]["file_id"]))
    surroundings = Surroundings(
        inputs["comprehensions"], inputs["iterables"], inputs["branches"], files.branches, later
    )
    found = meanings(files.found, files.tables, surroundings)
    return Meant(**vars(files), meanings=found)


def _tabulate(files: Meant) -> dict[str, pa.Table]:
    """Lay everything out on the contracts' columns."""
    return {
        REFERENCES.name: _references(files),
        SYMBOL_HOMES.name: _symbol_homes(files),
        BINDINGS.name: _bindings(files),
        NAME_BINDINGS.name: _name_bindings(files),
    }


@graph_task(
    REFERENCES,
    SYMBOL_HOMES,
    BINDINGS,
    NAME_BINDINGS,
    stages=(_select_syntax, _settle_symbols, _place_occurrences, _rank_sites, _find_meanings, _tabulate),
    by="file_id",
    batch=200_000,
)
def names(
    ast_nodes: Table, scope_nodes: Table, scopes: Table, symbols: Table, branches: Table, definitions: Table
) -> Table:
    """Where each name occurs, what binds it, and which binding each occurrence means."""


def _divided(structure: pa.Table) -> dict[str, pa.Table]:
    """The syntax around names by what it is for; a row may serve several ends."""
    kind, field = structure["kind"], structure["field"]
    is_first = pc.and_kleene(pc.equal(kind, "comprehension"), pc.equal(structure["ordinal"], 0))
    chosen = {
        "spelling": pc.is_in(kind, pa.array([*SPELLED_KINDS])),
        "owners": pc.or_kleene(
            pc.is_in(kind, pa.array([*OWNER_KINDS])),
            pc.and_kleene(pc.is_in(kind, pa.array([*UNPACKING])), pc.not_equal(structure["ctx"], "Load")),
        ),
        "annotations": pc.equal(field, "annotation"),
        "evaluated_later": pc.is_in(field, pa.array(["annotation", "returns"])),
        "comprehensions": pc.or_kleene(pc.is_in(kind, pa.array([*INLINED])), is_first),
        "iterables": pc.equal(field, "iter"),
    }
    return {name: structure.take(np.flatnonzero(flags_of(found))) for name, found in chosen.items()}


def _in_files_with_type_scopes(ast_nodes: Table) -> Table:
    """All nodes of the files that have type parameters or type aliases (3.12)."""
    openers = ast_nodes.filter((ast_nodes.field == "type_params") | (ast_nodes.kind == "TypeAlias"))
    files = openers.select("file_id").distinct()
    nodes = ast_nodes.view()
    return nodes.semi_join(files, nodes.file_id == files.file_id)


def _ordered(rows: pa.Table) -> pa.Table:
    nodes = rows["node_id"].to_numpy()
    return rows if (nodes[1:] > nodes[:-1]).all() else rows.take(np.argsort(nodes))


def _references(files: Placed) -> pa.Table:
    found, openings, scopes = files.found, files.openings, files.scopes
    roots = chains(found)
    rows = found.rows
    columns = {name: rows[name] for name in REFERENCES.names if name in rows.column_names}
    return _table(
        REFERENCES,
        columns
        | {
            "kind": _texts(("attribute", "name"), found.is_name.astype(np.int64)),
            "symbol_name": files.spellings.column(found.symbols),
            "ctx": _texts(CONTEXTS, found.contexts),
            "dotted": spelled_chains(found, roots, files.spellings),
            "root_id": nullable(np.where(roots >= 0, at(found.nodes, roots), -1)),
            "scope_id": _ids(scopes.ids, openings.lookups[found.openings]),
            "definition_id": openings.definitions[found.openings],
        },
    )


def _symbol_homes(files: Files) -> pa.Table:
    symbols = files.symbols
    order = np.argsort(symbols.rows)
    rows = files.inputs["symbols"]
    columns = {name: rows[name] for name in SYMBOL_HOMES.names if name in rows.column_names}
    return _table(
        SYMBOL_HOMES,
        columns
        | {
            "home_scope_id": _ids(files.scopes.ids, symbols.homes[order]),
            "resolution": _texts(RESOLUTIONS, symbols.resolutions[order]),
        },
    )


def _bindings(files: Bound) -> pa.Table:
    sites = files.tables.sites
    sites = sites.take(np.argsort(sites.nodes))
    return _table(
        BINDINGS,
        {
            "repository": sites.rows["repository"],
            "file_id": sites.rows["file_id"],
            "binding_id": sites.nodes + (BINDING_FAMILY << ORDINAL_BITS),
            "site_node": sites.nodes,
            "name": files.spellings.column(sites.names),
            "symbol_name": files.spellings.column(sites.symbols),
            "kind": _texts(KINDS, sites.kinds),
            "scope_node": files.openings.nodes[sites.home_openings],
            "site_scope": sites.scope_nodes,
            "scope_id": _ids(files.scopes.ids, sites.homes),
            "rank": sites.ranks.astype(np.int32),
            "candidates": sites.candidates.astype(np.int32),
            "header_start": nullable(sites.header_starts),
            "header_end": nullable(sites.header_ends),
            "lasts_until": nullable(sites.lasts_until),
            "branch_id": _ids(files.branches.ids, sites.branches),
            "line": sites.rows["line"],
        },
    )


def _name_bindings(files: Meant) -> pa.Table:
    found, sites = files.meanings, files.tables.sites
    rows = files.found.rows.filter(pa.array(files.found.is_name))
    has_site = found.sites >= 0
    return _table(
        NAME_BINDINGS,
        {
            "repository": rows["repository"],
            "file_id": rows["file_id"],
            "node_id": found.nodes,
            "name": files.spellings.column(found.names),
            "ctx": _texts(CONTEXTS, found.contexts),
            "resolution": _texts(RESOLUTIONS, found.resolutions),
            "target_scope_id": _ids(files.scopes.ids, np.where(has_site, at(sites.homes, found.sites), -1)),
            "binding_id": nullable(
                np.where(has_site, at(sites.nodes, found.sites) + (BINDING_FAMILY << ORDINAL_BITS), -1)
            ),
            "candidates": np.where(has_site, at(sites.candidates, found.sites), 0).astype(np.int32),
            "is_read_before": found.is_read_before,
        },
    )


def _table(contract: Contract, columns: dict[str, Any]) -> pa.Table:
    schema = contract.schema.to_pyarrow()
    arrays = [columns[field.name] for field in schema]
    return pa.table(arrays, schema=schema)


def _texts(values: Sequence[str], places: Places) -> pa.Array:
    return pa.array(values, pa.string()).take(pa.array(places, mask=places < 0))


def _ids(ids: Ids, places: Places) -> pa.Array:
    return nullable(np.where(places >= 0, at(ids, places), -1))
