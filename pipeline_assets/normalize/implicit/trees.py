"""The syntax trees of several files as arrays: rows are nodes in preorder, relatives are found by arithmetic."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline_assets.inference.contract import FILE_SHIFT

Rows = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]

MARKS = {"__debug__": 1, "__future__": 2, "annotations": 3, "metaclass": 4}
"""Names that change what is called, and their codes in the column `mark`; -1 is no name, 0 any other."""

BUILT = (
    "List",
    "Tuple",
    "Dict",
    "Set",
    "ListComp",
    "SetComp",
    "DictComp",
    "GeneratorExp",
    "JoinedStr",
    "Lambda",
    "Constant",
)
"""Syntax whose value is an object of the interpreter's own: its methods are nobody's code."""


class Trees:
    """All nodes of some files; every file is whole, so a relative's row is as far away as its id."""

    def __init__(self, nodes: pa.Table) -> None:
        self.ids: Rows = nodes["node_id"].to_numpy()
        here = np.arange(len(self.ids))
        self.parent: Rows = here - (self.ids - nodes["parent_id"].fill_null(0).to_numpy())
        self.parent[nodes["parent_id"].is_null().to_numpy(zero_copy_only=False)] = -1
        self.end: Rows = here + (nodes["subtree_end"].to_numpy() - self.ids)
        self.scope: Rows = here + (nodes["scope_node"].to_numpy() - self.ids)
        self.kind = _Codes(nodes["kind"])
        self.field = _Codes(nodes["field"])
        self.ctx = _Codes(nodes["ctx"])
        self.mark: Rows = nodes["mark"].to_numpy()
        self.number: Rows = nodes["number"].to_numpy()
        self.ordinal: Rows = nodes["ordinal"].to_numpy()
        self.has_alias: Bool = nodes["has_alias"].to_numpy(zero_copy_only=False)

    def of_kind(self, *kinds: str) -> Rows:
        """Rows of the given kinds, ascending."""
        return self.kind.rows(kinds)

    def in_field(self, rows: Rows, *fields: str) -> Rows:
        """Those of `rows` that one of the given fields of their parent holds."""
        return rows[self.field.isin(rows, fields)]

    def held_by(self, *fields: str) -> Rows:
        """Rows that one of the given fields of their parent holds, ascending."""
        return self.field.rows(fields)

    def is_kind(self, rows: Rows, *kinds: str) -> Bool:
        """Whether each of `rows` is of one of the given kinds."""
        return self.kind.isin(rows, kinds)

    def has_ctx(self, rows: Rows, *names: str) -> Bool:
        """Whether the context or operator of each of `rows` is one of the given."""
        return self.ctx.isin(rows, names)

    def after(self, rows: Rows) -> Rows:
        """The row behind each subtree: the next sibling, where there is one."""
        return self.end[rows]

    def last_child(self, children: Rows) -> Rows:
        """By row, the last of `children` that it holds; -1 where it holds none."""
        last = np.full(len(self.ids), -1)
        last[self.parent[children]] = children  # ascending, so the last one stays
        return last

    def count(self, children: Rows) -> Rows:
        """By row, how many of `children` it holds."""
        return np.bincount(self.parent[children], minlength=len(self.ids))


class _Codes:
    """A text column as codes, with the rows of each code."""

    def __init__(self, column: pa.ChunkedArray) -> None:
        encoded = column.combine_chunks().dictionary_encode()
        self.names: list[str] = encoded.dictionary.to_pylist()
        self.codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int16)
        self._order = np.argsort(self.codes, kind="stable")
        self._ends = np.searchsorted(self.codes[self._order], np.arange(-1, len(self.names)), "right")

    def rows(self, names: Sequence[str]) -> Rows:
        """Rows whose value is among `names`, ascending."""
        codes = [self.names.index(name) for name in names if name in self.names]
        found = [self._order[self._ends[code] : self._ends[code + 1]] for code in codes]
        if len(found) == 1:
            return found[0]
        return np.sort(np.concatenate([np.zeros(0, np.int64), *found]))

    def isin(self, rows: Rows, names: Sequence[str]) -> Bool:
        """Whether the value of each of `rows` is among `names`."""
        table = np.array([*(name in names for name in self.names), False])
        wanted: Bool = table[self.codes[rows]]  # -1, no value, is the last entry
        return wanted


def constant_rows(trees: Trees) -> Bool:
    """Which nodes are literals, or operators, tuples and slices of nothing else: what they call is nobody's code."""
    constant = np.zeros(len(trees.ids), bool)
    constant[trees.of_kind("Constant")] = True
    names = trees.of_kind("Name")
    constant[names[trees.mark[names] == MARKS["__debug__"]]] = True
    operators = trees.of_kind("UnaryOp", "BinOp", "Tuple", "Slice")
    operators = operators[~trees.has_ctx(operators, "Not", "Store", "Del")]
    holds = np.zeros(len(trees.ids), bool)
    holds[operators] = True
    inner = np.flatnonzero(holds[trees.parent] & (trees.parent >= 0))
    missing = trees.count(inner[~constant[inner]])
    while len(found := operators[(missing[operators] == 0) & ~constant[operators]]):
        constant[found] = True
        inside = found[holds[trees.parent[found]] & (trees.parent[found] >= 0)]
        np.subtract.at(missing, trees.parent[inside], 1)
    return constant


def unevaluated_rows(trees: Trees) -> Bool:
    """Which nodes lie in annotations that are never evaluated.

    Those of variables in functions are not, and none is in a file that imports `annotations` from `__future__`.
    """
    annotations = trees.held_by("annotation", "returns")
    owner = trees.parent[annotations]
    is_local = trees.is_kind(owner, "AnnAssign") & trees.is_kind(trees.scope[owner], "FunctionDef", "AsyncFunctionDef")
    skipped = annotations[is_local | np.isin(_file(trees, annotations), _deferring_files(trees))]
    steps = np.zeros(len(trees.ids) + 1, np.int64)
    np.add.at(steps, skipped, 1)
    np.subtract.at(steps, trees.end[skipped], 1)
    inside: Bool = np.cumsum(steps[:-1]) > 0
    return inside


def _deferring_files(trees: Trees) -> Rows:
    aliases = trees.of_kind("alias")
    aliases = aliases[trees.mark[aliases] == MARKS["annotations"]]
    statement = trees.parent[aliases]
    is_future = trees.is_kind(statement, "ImportFrom") & (trees.mark[statement] == MARKS["__future__"])
    return _file(trees, aliases[is_future])


def _file(trees: Trees, rows: Rows) -> Rows:
    return trees.ids[rows] >> FILE_SHIFT
