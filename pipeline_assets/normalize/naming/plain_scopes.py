"""Matching scopes with the symbol table for many files at once, where parent, kind, name and line tell them apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline_assets.inference.contract import FILE_SHIFT
from pipeline_assets.normalize.naming.lookup import Flags, Ids, Places, at, codes_of, ids_of, innermost, places
from pipeline_assets.normalize.naming.spelling import Spellings
from pipeline_assets.normalize.scope_matching import SCOPE_KINDS, TABLE_NAMES

OPENED_KINDS = ("module", "class", "function", "lambda", "comprehension", "type_alias")
TABLE_KINDS = ("module", "class", "function")
DEFINITIONS = ("module", "class", "function", "lambda")


@dataclass(frozen=True)
class PlainScopes:
    """The scopes that syntax opens, with what the symbol table calls them; scopes are places, -1 for none."""

    nodes: Ids
    rows: pa.Table
    kinds: Places
    scopes: Places
    lookups: Places
    parents: Places
    definitions: Places
    classes: Places
    """The opening whose name private names are mangled with."""
    scope_ids: Ids
    scope_ends: Ids
    is_deferred: Flags
    """Whether it sits in an annotation that is never evaluated."""
    doubtful: Ids
    """Openings that parent, kind, name and line do not tell apart."""


def match(openers: pa.Table, scopes: pa.Table, annotations: pa.Table) -> PlainScopes:
    """Match the scopes of files without type parameters, level by level from the module."""
    openers = openers.take(np.argsort(openers["node_id"].to_numpy()))
    scopes = scopes.take(np.argsort(scopes["scope_id"].to_numpy()))
    nodes, scope_ids = openers["node_id"].to_numpy(), scopes["scope_id"].to_numpy()
    kinds = _kinds(openers)
    parents = places(nodes, openers["scope_node"].to_numpy())
    parents[kinds == 0] = -1
    own_keys, table_keys = _keys(openers, scopes)
    table_parents = places(scope_ids, ids_of(scopes["parent_scope_id"]))
    deferred = _deferred(nodes, openers["scope_node"].to_numpy(), parents, annotations)
    inlined = _inlined(openers, own_keys, scopes, table_keys)
    found, lookups = np.full(len(nodes), -1, np.int64), np.full(len(nodes), -1, np.int64)
    definitions, classes = np.full(len(nodes), -1, np.int64), np.full(len(nodes), -1, np.int64)
    doubtful: list[Ids] = []
    # Above a module is its file: so the first level is like any other.
    _, parts = np.unique(np.concatenate([nodes, scope_ids]) >> FILE_SHIFT, return_inverse=True)
    table_parents = np.where(table_parents >= 0, table_parents, -2 - parts[len(nodes) :])
    level = np.flatnonzero(kinds == 0)
    while len(level):
        above = parents[level]
        around = np.where(above >= 0, lookups[above], -2 - parts[level])
        is_lost = around == -1
        matched, is_doubtful = _pairs(around, own_keys[level], table_parents, table_keys)
        is_here = ~deferred[level] & ~inlined[level] & ~is_lost
        found[level] = np.where(is_here, matched, -1)
        doubtful.append(nodes[level][is_here & is_doubtful])
        lookups[level] = np.where(inlined[level] & ~deferred[level], around, found[level])
        is_definition = kinds[level] < len(DEFINITIONS)
        definitions[level] = np.where(is_definition, level, definitions[above])
        classes[level] = np.where(kinds[level] == 1, level, np.where(above >= 0, classes[above], -1))
        level = np.flatnonzero(np.isin(parents, level) & (parents >= 0))
    return PlainScopes(
        nodes=nodes,
        rows=openers,
        kinds=kinds,
        scopes=found,
        lookups=lookups,
        parents=parents,
        definitions=definitions,
        classes=classes,
        scope_ids=scope_ids,
        scope_ends=_ends(scope_ids, table_parents),
        is_deferred=deferred,
        doubtful=np.unique(np.concatenate(doubtful)) if doubtful else nodes[:0],
    )


def _kinds(openers: pa.Table) -> Places:
    syntax = codes_of(openers["kind"], [*SCOPE_KINDS])
    return np.array([OPENED_KINDS.index(kind) for kind in SCOPE_KINDS.values()])[syntax]


def _keys(openers: pa.Table, scopes: pa.Table) -> tuple[Ids, Ids]:
    """Kind, name and line of both sides, as numbers that are equal where they are."""
    names = [*TABLE_NAMES.values()]
    syntax = codes_of(openers["kind"], [*TABLE_NAMES])
    spelled = pc.if_else(
        pa.array(syntax >= 0), pa.array(names).take(pa.array(np.maximum(syntax, 0))), openers["name"].combine_chunks()
    )
    spellings = Spellings(pa.chunked_array([spelled]), scopes["name"])
    kinds = np.array([0, 1, 2, 2, 2, 3])[_kinds(openers)]
    table_kinds = codes_of(scopes["kind"], TABLE_KINDS)
    lines, table_lines = ids_of(openers["line"], 0), ids_of(scopes["line"], 0)
    own = _key(kinds, spellings.codes(0), lines)
    return own, _key(table_kinds, spellings.codes(1), table_lines)


def _key(kinds: Places, names: Places, lines: Ids) -> Ids:
    """A module has neither name nor line."""
    return np.where(kinds == 0, 0, (names << 34) + (lines << 4) + kinds)


def _deferred(nodes: Ids, scope_nodes: Ids, parents: Places, annotations: pa.Table) -> Flags:
    """Scopes in annotations that are kept as text, and those inside them: the compiler makes none of them."""
    annotations = annotations.take(np.argsort(annotations["node_id"].to_numpy()))
    starts, ends = annotations["node_id"].to_numpy(), annotations["subtree_end"].to_numpy()
    around = innermost(starts, ends, nodes)
    found: Flags = (around >= 0) & (at(starts, around) > scope_nodes)
    while len(below := np.flatnonzero(~found & (parents >= 0) & found[parents])):
        found[below] = True
    return found


def _inlined(openers: pa.Table, keys: Ids, scopes: pa.Table, table_keys: Ids) -> Flags:
    """Comprehensions of which the symbol table of their file has none on their line: they run in the scope around."""
    files, table_files = openers["file_id"].to_numpy(), scopes["file_id"].to_numpy()
    is_candidate = np.isin(codes_of(openers["kind"], ("ListComp", "SetComp", "DictComp")), (0, 1, 2))
    candidates = np.flatnonzero(is_candidate & np.isin(files, table_files))
    if not len(candidates):
        return np.zeros(len(files), bool)
    names, codes = np.unique(np.concatenate([keys[candidates], table_keys]), return_inverse=True)
    numbers = np.searchsorted(table_files, files[candidates]) * len(names) + codes[: len(candidates)]
    there = np.searchsorted(table_files, table_files) * len(names) + codes[len(candidates) :]
    found = np.zeros(len(files), bool)
    found[candidates] = ~np.isin(numbers, there)
    return found


def _pairs(around: Places, keys: Ids, table_parents: Places, table_keys: Ids) -> tuple[Places, Flags]:
    """The scope of the table that is each opening, if just one is; and whether several may be."""
    wanted, inverse = np.unique(around, return_inverse=True)
    rows = np.flatnonzero(np.isin(table_parents, wanted))
    groups = np.searchsorted(wanted, table_parents[rows])
    names, codes = np.unique(np.concatenate([keys, table_keys[rows]]), return_inverse=True)
    own = inverse * len(names) + codes[: len(keys)]
    there = groups * len(names) + codes[len(keys) :]
    order = np.argsort(there, kind="stable")
    there, rows = there[order], rows[order]
    first, last = np.searchsorted(there, own, "left"), np.searchsorted(there, own, "right")
    counts = np.unique(own, return_inverse=True, return_counts=True)
    alike = counts[2][counts[1]]
    is_one = (last - first == 1) & (alike == 1)
    return np.where(is_one, at(rows, np.minimum(first, max(len(rows) - 1, 0))), -1), (alike > 1) | (last - first > 1)


def _ends(ids: Ids, parents: Places) -> Ids:
    """Ids are given in preorder, so a scope ends where its last descendant does."""
    ends = (ids + 1).tolist()
    above = parents.tolist()
    for place in range(len(ends) - 1, -1, -1):
        if above[place] >= 0 and ends[above[place]] < ends[place]:
            ends[above[place]] = ends[place]
    return np.array(ends, np.int64)
