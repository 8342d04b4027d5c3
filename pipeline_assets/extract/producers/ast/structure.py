"""What the parents of a preorder tell about every node: its depth, where its subtree ends, whose scope it is in.

All of it by pointer doubling: an array of jumps is applied to itself until nothing moves, so the cost is the logarithm
of the depth in passes over whole arrays, however the trees are shaped. Rows are positions in the concatenated trees;
the parent of a root is the root itself.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from pipeline_assets.extract.producers.ast.walker import FIELDS, KINDS

Rows = npt.NDArray[np.int32]

SCOPE_BODIES: Mapping[str, tuple[str, ...]] = {
    "FunctionDef": ("args", "body"),
    "AsyncFunctionDef": ("args", "body"),
    "Lambda": ("args", "body"),
    "ClassDef": ("body",),
    "ListComp": ("elt", "generators"),
    "SetComp": ("elt", "generators"),
    "DictComp": ("key", "value", "generators"),
    "GeneratorExp": ("elt", "generators"),
}
"""Fields that are evaluated in the scope their node opens; its other fields belong to the scope around it."""

_INHERIT, _OPENED, _AROUND_PARENT, _AROUND_GRANDPARENT, _FIRST_ITERABLE = range(5)

_AROUND = {
    ("arguments", "defaults"): _AROUND_PARENT,
    ("arguments", "kw_defaults"): _AROUND_PARENT,
    ("arg", "annotation"): _AROUND_GRANDPARENT,
    ("comprehension", "iter"): _FIRST_ITERABLE,
}
"""Parts of a header that are evaluated around the scope, though the node that holds them lies inside."""


def subtree_ends(parents: Rows) -> Rows:
    """The row after the last node of each subtree."""
    rows = np.arange(len(parents), dtype=np.int32)
    last = rows.copy()
    inner = parents != rows
    last[parents[inner]] = rows[inner]  # a parent met again is overwritten, so its last child stays
    return _settle(last) + 1


def depths(parents: Rows) -> Rows:
    """The number of nodes above each node."""
    steps: Rows = (parents != np.arange(len(parents), dtype=np.int32)).astype(np.int32)
    jumps = parents
    while (ahead := steps[jumps]).any():
        steps = steps + ahead
        jumps = jumps[jumps]
    return steps


def scope_rows(parents: Rows, kinds: Rows, fields: Rows, indexes: Rows) -> Rows:
    """The node whose scope each node is evaluated in.

    A node that opens a scope is itself evaluated around it, except the module. Type parameters (3.12) open scopes of
    their own that bind nothing but the parameters: they are left out here, so what is evaluated in them belongs to the
    scope around the definition.
    """
    rows = np.arange(len(parents), dtype=np.int32)
    rules = _RULES[kinds[parents], fields]
    opened = rules == _OPENED
    above = parents[parents]
    jumps = np.where(rules == _AROUND_PARENT, above, parents)
    jumps = np.where((rules == _FIRST_ITERABLE) & (indexes[parents] == 0), above, jumps)
    jumps = np.where(rules == _AROUND_GRANDPARENT, parents[above], jumps)
    source = _settle(np.where(opened | (parents == rows), rows, jumps).astype(np.int32))
    scopes: Rows = parents[source]
    return scopes


def _settle(jumps: Rows) -> Rows:
    """Follow every jump to its end."""
    while True:
        further = jumps[jumps]
        if np.array_equal(further, jumps):
            return jumps
        jumps = further


def _rule_table() -> npt.NDArray[np.uint8]:
    table = np.full((128, 128), _INHERIT, np.uint8)
    for kind, fields in SCOPE_BODIES.items():
        table[KINDS.index(kind), [FIELDS.index(field) for field in fields]] = _OPENED
    for (kind, field), rule in _AROUND.items():
        table[KINDS.index(kind), FIELDS.index(field)] = rule
    return table


_RULES = _rule_table()
