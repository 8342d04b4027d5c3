"""Imported names, which all carry the position of their statement, take their turns."""

from __future__ import annotations

import numpy as np

from pipeline_assets.normalize.anchoring.columns import Rows
from pipeline_assets.normalize.anchoring.kinds import FLOWING, IMPORTS
from pipeline_assets.normalize.anchoring.state import CODE_OF, Anchors

_SHARED = frozenset({"LOAD_CONST", "IMPORT_NAME", "POP_TOP"})
"""What `from m import ...` does once for all names."""


def number_aliases(anchors: Anchors) -> None:
    """Each store ends the turn of one imported name; a copied statement starts again."""
    syntax, opcodes = anchors.syntax, anchors.code.opcodes
    rows = np.flatnonzero((anchors.rules == CODE_OF["exact"]) & syntax.kinds.mask(IMPORTS)[anchors.nodes])
    nodes = anchors.nodes[rows]
    shared = syntax.is_kind(nodes, {"ImportFrom"}) & opcodes.among(rows, _SHARED)
    kept = ~shared & ~opcodes.among(rows, FLOWING)
    rows, nodes = rows[kept], nodes[kept]
    stores = opcodes.table(lambda name: name.startswith("STORE_"))[opcodes.codes[rows]]
    order = np.argsort(nodes, kind="stable")
    rows, nodes, stores = rows[order], nodes[order], stores[order]
    stored: Rows = np.cumsum(stores) - stores
    starts = np.flatnonzero(np.diff(nodes, prepend=-1))
    counts = np.diff(np.append(starts, len(nodes)))
    turns: Rows = stored - np.repeat(stored[starts], counts)
    turns -= opcodes.among(rows, {"POP_TOP"})  # a module whose submodule has just been stored
    names = syntax.ends[nodes] - nodes - 1
    anchors.put(rows, nodes + 1 + turns % names, "order")
