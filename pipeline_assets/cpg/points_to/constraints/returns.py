"""What functions return and yield."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline_assets.cpg.points_to.triggers import DELEGATE, ITERATE

if TYPE_CHECKING:
    from pipeline_assets.cpg.points_to.constraints.graph import Constraints


def add_returns(constraints: Constraints) -> None:
    """Returned and yielded values; a parameter that is returned as it came is passed on call by call."""
    program, syntax = constraints.program, constraints.program.syntax
    of_parameter = {p.row: f.row for f in program.functions.values() for p in f.parameters}
    sites: dict[int, list[int]] = {}
    returned = syntax.under(np.flatnonzero(syntax.in_field("value")), "Return")
    bodies = syntax.under(np.flatnonzero(syntax.in_field("body")), "Lambda")
    names = syntax.of_kind("Name")
    wanted = set(returned[names[returned]].tolist()) | set(bodies[names[bodies]].tolist())
    for use, site in zip(constraints.flow_uses.tolist(), constraints.flow_sites.tolist(), strict=True):
        if use in wanted:
            sites.setdefault(use, []).append(site)
    pairs = [(row, int(syntax.scope[syntax.parent[row]])) for row in returned.tolist()]
    pairs += [(row, int(syntax.parent[row])) for row in bodies.tolist()]
    for row, owner in pairs:
        function = program.functions.get(owner)
        if function is None:
            continue
        found = sites.get(row)
        simple = not function.is_async and not function.is_generator
        if found and simple and all(of_parameter.get(site) == owner for site in found):
            function.passed_on.update(found)
        else:
            constraints.copy(row, program.variable("return", owner))
    _add_yields(constraints)


def _add_yields(constraints: Constraints) -> None:
    program, syntax = constraints.program, constraints.program.syntax
    for row in np.flatnonzero(syntax.of_kind("Yield")).tolist():
        constraints.copy(program.variable("sent", int(syntax.scope[row])), row)
    for row in syntax.under(np.flatnonzero(syntax.in_field("value")), "Yield").tolist():
        constraints.copy(row, program.variable("yield", int(syntax.scope[row])))
    constraints.steps = _steps(constraints)
    for row in np.flatnonzero(syntax.of_kind("YieldFrom")).tolist():
        constraints.trigger(
            int(constraints.value[row]), ITERATE, row, program.variable("yield", int(syntax.scope[row]))
        )
        constraints.trigger(int(constraints.value[row]), DELEGATE, row, row)


def _steps(constraints: Constraints) -> dict[int, list[int]]:
    """What generators yield one after the other, where each `yield` is a statement of the function itself."""
    syntax = constraints.program.syntax
    is_statement = syntax.of_kind("Expr")
    unsure = set(syntax.scope[syntax.of_kind("YieldFrom")].tolist())
    found: dict[int, list[int]] = {}
    for row in np.flatnonzero(syntax.of_kind("Yield")).tolist():
        function, above = int(syntax.scope[row]), int(syntax.parent[row])
        found.setdefault(function, []).append(int(constraints.value[row]))
        if not is_statement[above] or syntax.parent[above] != function:
            unsure.add(function)
    return {function: values for function, values in found.items() if function not in unsure}
