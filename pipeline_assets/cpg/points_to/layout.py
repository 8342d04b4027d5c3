"""What the text itself does with variables, laid out by variable; those that only hold what another holds are one."""

from __future__ import annotations

from array import array
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline_assets.cpg.points_to.constraints.graph import Constraints
from pipeline_assets.cpg.points_to.syntax import Ints

_POSITION_BITS = 28


class Layout:
    """Copies and triggers of each variable: `…[starts[v] : starts[v + 1]]`, those of its readers among them."""

    def __init__(self, constraints: Constraints, size: int) -> None:
        sources, targets = constraints.edges()
        variables, done = constraints.triggers()
        roots = _roots(constraints, sources, targets, size)
        kept = roots[targets] == targets
        order, starts = by_variable(roots[sources[kept]], size)
        self.targets: list[int] = targets[kept][order].tolist()
        places = np.flatnonzero(variables >= 0)
        order, firsts = by_variable(roots[variables[places]], size)
        self.done: list[tuple[int, Any, int]] = [done[at] for at in places[order].tolist()]
        self.roots, self.starts, self.firsts = (array("q", each.tobytes()) for each in (roots, starts, firsts))


def _roots(constraints: Constraints, sources: Ints, targets: Ints, size: int) -> Ints:
    """The variable that each is a copy of and of nothing else; values need not be handed on to copies."""
    found = np.arange(size)
    found[targets] = sources
    is_copy = _may_be_copy(constraints, size) & (np.bincount(targets, minlength=size) == 1)
    found = np.where(is_copy, found, np.arange(size))
    for _ in range(size.bit_length()):
        further = found[found]
        if (further == found).all():
            return found
        found = further
    # Copies that go round in a circle come from nowhere.
    return np.where(is_copy[found], np.arange(size), found)


def _may_be_copy(constraints: Constraints, size: int) -> npt.NDArray[np.bool_]:
    """Names that nothing but copies of the text gives values to."""
    syntax, program = constraints.program.syntax, constraints.program
    found = np.zeros(size, bool)
    found[: syntax.count] = syntax.of_kind("Name")
    results = np.array([result for _, _, result in constraints.triggers()[1]], np.int64)
    found[results[results >= 0]] = False
    found[[variable for variable, _ in constraints.seeds]] = False
    found[constraints.rebound] = False
    # Attributes of modules are set from anywhere; annotations stand in for what is not known.
    for scope in program.module_names:
        for sites in program.members.get(scope, {}).values():
            found[sites] = False
    found[syntax.under(np.flatnonzero(syntax.in_field("target")), "AnnAssign")] = False
    return found


def by_variable(variables: Ints, size: int) -> tuple[Ints, Ints]:
    """The order that puts rows of the same variable together, and where each variable's begin."""
    order = np.sort(variables << _POSITION_BITS | np.arange(len(variables))) & ((1 << _POSITION_BITS) - 1)
    starts = np.zeros(size + 1, np.int64)
    np.cumsum(np.bincount(variables, minlength=size), out=starts[1:])
    return order, starts
