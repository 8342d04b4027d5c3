"""Occurrences of names and attributes in arrays, and the chains they form."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pipeline_assets.normalize.naming.lookup import Flags, Ids, Places, codes_of
from pipeline_assets.normalize.naming.scopes import Openings, Pieces
from pipeline_assets.normalize.naming.spelling import Spellings

CONTEXTS = ("load", "store", "del")
LOAD, STORE, DELETE = range(3)


@dataclass(frozen=True, slots=True)
class Occurrences:
    """Every name and attribute, in source order of their nodes."""

    rows: pa.Table
    nodes: Ids
    is_name: Flags
    contexts: Places
    names: Places
    symbols: Places
    """The names as the compiler looks them up."""
    openings: Places
    """The scope each is evaluated in."""


def read_occurrences(
    rows: pa.Table, names: Places, pieces: Pieces, openings: Openings, spellings: Spellings
) -> Occurrences:
    """Attach scopes, and mangle private names."""
    nodes = rows["node_id"].to_numpy()
    places = pieces.move(nodes, rows["scope_node"].to_numpy(), openings)
    return Occurrences(
        rows=rows,
        nodes=nodes,
        is_name=codes_of(rows["kind"], ("Name",)) == 0,
        contexts=codes_of(rows["ctx"], ("Load", "Store", "Del")),
        names=names,
        symbols=spellings.mangled(names, openings.private_classes[places]),
        openings=places,
    )


def chains(found: Occurrences) -> Places:
    """Where the name stands with which a plain chain of attributes (`a.b.c`) starts; -1 where something else does.

    In preorder each attribute comes right before what it is taken from.
    """
    count = len(found.nodes)
    goes_on = ~found.is_name
    goes_on[:-1] &= found.nodes[1:] == found.nodes[:-1] + 1
    goes_on[-1:] = False
    ends = np.where(goes_on, count, np.arange(count))
    last = np.minimum.accumulate(ends[::-1])[::-1]
    return np.where(found.is_name[last], last, -1) if count else ends


def spelled_chains(found: Occurrences, roots: Places, spellings: Spellings) -> pa.Array:
    """The text of every plain chain; each different one is put together once."""
    codes = np.where(found.is_name, found.names, -1)
    lengths = roots - np.arange(len(roots))
    for length in range(1, int(lengths.max(initial=0)) + 1):
        at = np.flatnonzero(lengths == length)
        codes[at] = spellings.combined(codes[at + 1], found.names[at], "{}.{}".format)
    return spellings.column(codes)
