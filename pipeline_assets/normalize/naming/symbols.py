"""The symbol table of some files in arrays, and in which scope the variable behind each symbol lives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pipeline_assets.normalize.naming.lookup import Ids, Places, codes_of, ids_of, places

SCOPE_KINDS = ("module", "function", "class", "annotation", "type_alias", "type_parameters", "type_variable")
MODULE, FUNCTION, CLASS = range(3)
ANNOTATION_SCOPES = (4, 5, 6)
"""Scopes through which the names of the class directly around can be seen (the language reference, 4.2.2)."""

SCOPE_CLASSES = ("local", "global_explicit", "global_implicit", "free", "cell")
LOCAL, GLOBAL, IMPLICIT_GLOBAL, FREE, CELL = range(5)

WIDTH = 1 << 32
"""More than there are names: a scope's place times this, plus a name's code, is a number for both."""

RESOLUTIONS = ("local", "class", "enclosing", "global", "implicit")
IS_LOCAL, IS_CLASS, IS_ENCLOSING, IS_GLOBAL, IS_IMPLICIT = range(5)


@dataclass(frozen=True, slots=True)
class Scopes:
    """The scopes, by id; what refers to scopes holds their places, -1 for none."""

    ids: Ids
    kinds: Places
    parents: Places
    modules: Places
    """The module scope of each."""
    files: Ids
    """The files that have a symbol table, ascending."""
    roots: Places
    """Their module scopes."""

    @classmethod
    def of(cls, table: pa.Table) -> Scopes:
        """Read rows of `scopes`, in any order."""
        table = table.take(np.argsort(table["scope_id"].to_numpy()))
        ids, files = table["scope_id"].to_numpy(), table["file_id"].to_numpy()
        parents = places(ids, ids_of(table["parent_scope_id"]))
        roots = np.flatnonzero(parents < 0)
        modules = roots[places(files[roots], files)]
        return cls(ids, codes_of(table["kind"], SCOPE_KINDS), parents, modules, files[roots], roots)


@dataclass(frozen=True, slots=True)
class Symbols:
    """The symbols, by key: a number for scope and name."""

    keys: Ids
    rows: Places
    """The row of the symbol table behind each."""
    scopes: Places
    names: Places
    homes: Places
    """The scope that owns the variable; -1 for `__class__`, which no scope binds."""
    resolutions: Places

    def find(self, scopes: Places, names: Places) -> Places:
        """The symbols of some names in some scopes; -1 where a scope does not mention the name."""
        found = places(self.keys, scopes * WIDTH + names)
        return np.where((scopes < 0) | (names < 0), -1, found)


def settle(scopes: Scopes, table: pa.Table, names: Places) -> Symbols:
    """Find each symbol's home by the compiler's verdict on it."""
    own = places(scopes.ids, table["scope_id"].to_numpy())
    keys = own * WIDTH + names
    order = np.argsort(keys, kind="stable")
    keys, own, names = keys[order], own[order], names[order]
    verdicts, kinds = codes_of(table["scope_class"], SCOPE_CLASSES)[order], scopes.kinds[own]
    homes, resolutions = np.full(len(keys), -1, np.int64), np.full(len(keys), IS_IMPLICIT, np.int64)
    is_global = np.isin(verdicts, (GLOBAL, IMPLICIT_GLOBAL)) | (kinds == MODULE)
    is_own = ~is_global & np.isin(verdicts, (LOCAL, CELL))
    homes[is_global], resolutions[is_global] = scopes.modules[own[is_global]], IS_GLOBAL
    homes[is_own] = own[is_own]
    resolutions[is_own] = np.where(kinds[is_own] == CLASS, IS_CLASS, IS_LOCAL)
    # Modules and class bodies own cells only for comprehensions that the compiler runs in them.
    lends = (verdicts == CELL) | ((verdicts == LOCAL) & ~np.isin(kinds, (MODULE, CLASS)))
    free = np.flatnonzero(~is_global & (verdicts == FREE))
    owners = _climb(scopes, own[free], names[free], keys[lends], None)
    homes[free], resolutions[free] = owners, np.where(owners >= 0, IS_ENCLOSING, IS_IMPLICIT)
    seeing = np.flatnonzero((verdicts == IMPLICIT_GLOBAL) & np.isin(kinds, ANNOTATION_SCOPES))
    in_class = np.isin(verdicts, (LOCAL, CELL)) & (kinds == CLASS)
    classes = _climb(scopes, own[seeing], names[seeing], keys[in_class], ANNOTATION_SCOPES)
    seen = seeing[classes >= 0]
    homes[seen], resolutions[seen] = classes[classes >= 0], IS_CLASS
    return Symbols(keys, order, own, names, homes, resolutions)


def _climb(scopes: Scopes, start: Places, names: Places, owners: Ids, through: tuple[int, ...] | None) -> Places:
    """The innermost scope around each that is among `owners` with the name; only scopes of some kinds are climbed."""
    found = np.full(len(start), -1, np.int64)
    at, left = start, np.arange(len(start))
    while len(left):
        if through is not None:
            kept = np.isin(scopes.kinds[at], through)
            at, left = at[kept], left[kept]
        at = scopes.parents[at]
        left, at = left[at >= 0], at[at >= 0]
        is_owner = places(owners, at * WIDTH + names[left]) >= 0
        found[left[is_owner]] = at[is_owner]
        left, at = left[~is_owner], at[~is_owner]
    return found
