"""Bindings that inner scopes never see."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pipeline_assets.cpg.points_to.syntax import Ints, Syntax

_ACTIVE = ("Call", "Await", "Yield", "YieldFrom", "Attribute", "Subscript", "BinOp", "With", "For", "ClassDef", "alias")
"""Syntax that may run code which stands elsewhere."""


def bound_again(syntax: Syntax, uses: Ints, sites: Ints) -> npt.NDArray[np.bool_]:
    """Which bindings inner scopes never see: the same list of statements binds anew before any code may run."""
    order = np.lexsort((sites, uses))
    # Only neighbours matter: what comes after the next binding of a use comes after that one as well.
    first, second = order[:-1], order[1:]
    may = (uses[first] == uses[second]) & (syntax.scope[uses[first]] != syntax.scope[sites[first]])
    may &= syntax.scope[sites[first]] == syntax.scope[sites[second]]
    first, second = first[may], second[may]
    text = _Text(syntax)
    found = np.zeros(len(uses), bool)
    for one, other in zip(first.tolist(), second.tolist(), strict=True):
        found[one] = text.is_bound_again(int(sites[one]), int(sites[other]))
    return found


class _Text:
    """What stands between two statements."""

    def __init__(self, syntax: Syntax) -> None:
        self._syntax = syntax
        self._functions = syntax.of_kind("FunctionDef", "AsyncFunctionDef")
        self._defining = self._functions | syntax.of_kind("ClassDef")
        self._assigning = syntax.of_kind("Assign")
        runs = syntax.of_kind(*_ACTIVE) | syntax.in_field("decorator_list")
        self._active = np.cumsum(runs).astype(np.int64)

    def is_bound_again(self, site: int, other: int) -> bool:
        """Whether the second binding follows the first in one list of statements, and nothing runs between."""
        syntax, active = self._syntax, self._active
        start, end = self._statement_of(site), self._statement_of(other)
        together = start >= 0 and end >= 0 and syntax.parent[start] == syntax.parent[end]
        if not together or syntax.field[start] != syntax.field[end]:
            return False
        # Bodies of functions in between do not run.
        between = int(active[end] - active[start]) - self._active_inside(start, end)
        is_plain = self._functions[end] or active[self._last_in(end)] == active[end]
        return between == 0 and bool(is_plain)

    def _statement_of(self, site: int) -> int:
        """The assignment or definition that binds a name by itself; -1 if it is another statement."""
        parent = self._syntax.parent
        if self._defining[site]:
            return site
        above = int(parent[site])
        return above if above >= 0 and self._assigning[above] and parent[above] >= 0 else -1

    def _active_inside(self, start: int, end: int) -> int:
        """How much of what may run between two statements stands in functions that are only defined there."""
        found, row = 0, start
        while row < end:
            if self._functions[row]:
                last = self._last_in(row)
                found += int(self._active[last] - self._active[row])
                row = last
            row += 1
        return found

    def _last_in(self, row: int) -> int:
        """The last row inside one."""
        parents, last = self._syntax.parent, row
        while last + 1 < len(parents) and parents[last + 1] >= row:
            last += 1
        return last
