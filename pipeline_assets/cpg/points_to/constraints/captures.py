"""Parameters that inner functions read: told apart by the call that has made the inner function."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from pipeline_assets.cpg.points_to.constraints.graph import Constraints
    from pipeline_assets.cpg.points_to.program import Program
    from pipeline_assets.cpg.points_to.syntax import Ints


class Capture(NamedTuple):
    """A name in an inner function that stands for a parameter of one around it."""

    parameter: int
    use: int
    owner: int
    """The function that has the parameter."""
    depth: int
    """How many functions there are between: 1 for the next one."""


class Kept(NamedTuple):
    """An item that an inner function puts under a captured key: one of its own parameters."""

    container: int
    key: int
    parameter: int


def read_captures(
    constraints: Constraints, uses: Ints, sites: Ints, others: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """Which flows go from a parameter to an inner function; they are followed call by call."""
    program, syntax = constraints.program, constraints.program.syntax
    owners = {p.row: f.row for f in program.functions.values() for p in f.parameters if p.row != f.own}
    found = np.zeros(len(uses), bool)
    alone = np.bincount(uses, minlength=syntax.count)[uses] == 1
    may = np.isin(sites, np.fromiter(owners, np.int64, len(owners))) & alone & ~others
    for at in np.flatnonzero(may).tolist():
        use, parameter = int(uses[at]), int(sites[at])
        inner, owner = int(syntax.scope[use]), owners[parameter]
        between = _between(program, inner, owner) if inner != owner else []
        if between and not program.functions[owner].is_rest(parameter) and inner in program.functions:
            found[at] = True
            constraints.captures.setdefault(inner, []).append(Capture(parameter, use, owner, len(between)))
            constraints.makers.update(between)
            for row in (inner, *between):
                program.functions[row].inner = True
    return found


def _between(program: Program, inner: int, owner: int) -> list[int]:
    """The functions from the one that a function stands in up to another one; none if there is something else."""
    found, row = list[int](), inner
    while row != owner:
        row = program.parents.get(row, -1)
        function = program.functions.get(row)
        if function is None or function.is_generator or function.is_async:
            return []
        found.append(row)
    return found


def read_kept(constraints: Constraints) -> set[int]:
    """Subscripts that inner functions assign a parameter of theirs to, under a key that they have captured."""
    program, syntax = constraints.program, constraints.program.syntax
    captured = {each.use: row for row, captures in constraints.captures.items() for each in captures}
    stored = syntax.under(np.flatnonzero(~syntax.is_load & syntax.of_kind("Subscript")), "Assign") if captured else ()
    found: dict[int, tuple[int, int]] = {}
    for row in stored:
        key, value = int(constraints.slice[row]), int(constraints.value[syntax.parent[row]])
        if key in captured:
            found[value] = (int(row), key)
    chosen = np.isin(constraints.flow_uses, np.fromiter(found, np.int64, len(found)))
    sites: dict[int, list[int]] = {}
    flows = zip(constraints.flow_uses[chosen].tolist(), constraints.flow_sites[chosen].tolist(), strict=True)
    for use, site in flows:
        sites.setdefault(use, []).append(site)
    rows = set[int]()
    for value, bound in sites.items():
        row, key = found[value]
        function = program.functions[captured[key]]
        if len(bound) == 1 and bound[0] in {p.row for p in function.parameters if not p.kind.startswith("var")}:
            constraints.kept.setdefault(function.row, []).append(Kept(int(constraints.value[row]), key, bound[0]))
            rows.add(row)
    return rows


def read_returned(constraints: Constraints) -> dict[int, list[tuple[int, int]]]:
    """What functions give back if it is nothing but captured parameters, or what calling these gives.

    By function: the names of the parameters, and the calls of them (-1 where there is none).
    """
    syntax = constraints.program.syntax
    captured = {each.use: row for row, captures in constraints.captures.items() for each in captures}
    returned = syntax.under(np.flatnonzero(syntax.in_field("value")), "Return").tolist()
    bodies = syntax.under(np.flatnonzero(syntax.in_field("body")), "Lambda").tolist()
    numbers = {call.site: number for number, call in enumerate(constraints.calls)} if captured else {}
    found: dict[int, list[tuple[int, int]]] = {}
    unsure = set[int]()
    owned = [(row, int(syntax.scope[syntax.parent[row]])) for row in returned]
    for row, owner in [*owned, *((row, int(syntax.parent[row])) for row in bodies)]:
        if owner not in constraints.captures:
            continue
        number = numbers.get(row, -1)
        use = row if number < 0 else constraints.calls[number].callee
        if captured.get(use) == owner:
            found.setdefault(owner, []).append((use, number))
        else:
            unsure.add(owner)
    return {owner: each for owner, each in found.items() if owner not in unsure}
