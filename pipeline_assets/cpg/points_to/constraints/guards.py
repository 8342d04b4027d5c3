"""Names of attributes that a test tells the start of: `if name.startswith("do_"): getattr(self, name)()`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline_assets.cpg.points_to.constraints.keys import Prefix
from pipeline_assets.cpg.points_to.objects import TEXT

if TYPE_CHECKING:
    from pipeline_assets.cpg.points_to.constraints.graph import Constraints
    from pipeline_assets.cpg.points_to.program import Call


def add_guards(constraints: Constraints) -> None:
    """Tell how the variables start that `getattr` is given where a test has seen to it."""
    asked = [call for call in _calls_of(constraints, "getattr") if len(call.positional) > 1]
    tests = _tests(constraints) if asked else []
    if not tests:
        return
    uses = {call.positional[1] for call in asked} | {use for use, _, _, _ in tests}
    chosen = np.isin(constraints.flow_uses, np.fromiter(uses, np.int64, len(uses)))
    sites: dict[int, set[int]] = {}
    for use, site in zip(constraints.flow_uses[chosen].tolist(), constraints.flow_sites[chosen].tolist(), strict=True):
        sites.setdefault(use, set()).add(site)
    for call in asked:
        name = call.positional[1]
        for use, start, first, last in tests:
            if first <= name < last and name in sites and sites[name] == sites.get(use):
                constraints.seed(name, TEXT, "str", Prefix(start))
                constraints.exact_texts.add(constraints.seeds[-1][1])


def _tests(constraints: Constraints) -> list[tuple[int, str, int, int]]:
    """The variable that is tested, what it starts with, and from where to where that holds."""
    syntax = constraints.program.syntax
    is_test, is_filter, joins = syntax.in_field("test"), syntax.in_field("ifs"), syntax.of_kind("BoolOp")
    otherwise = syntax.listed("orelse")
    found = []
    for call in _calls_of(constraints, "startswith"):
        told, top = _told(constraints, call), call.site
        while joins[syntax.parent[top]] and told:
            top = int(syntax.parent[top])
        above = int(syntax.parent[top])
        if told and is_test[top]:
            last = min(otherwise.get(above, ()), default=constraints.straight.end(above))
            found.append((*told, top, last))
        elif told and is_filter[top]:
            whole = int(syntax.parent[above])
            found.append((*told, whole, constraints.straight.end(whole)))
    return found


def _calls_of(constraints: Constraints, name: str) -> list[Call]:
    """Calls of something of that name."""
    syntax, calls = constraints.program.syntax, constraints.calls_by_row
    found = [calls.get(int(syntax.parent[row])) for row in syntax.named(name).tolist()]
    return [call for call in found if call is not None and syntax.name(call.callee) == name]


def _told(constraints: Constraints, call: Call) -> tuple[int, str] | None:
    """The variable and the text of `variable.startswith("text")`."""
    if len(call.positional) != 1:
        return None
    start, variable = constraints.keys.key(call.positional[0]), int(constraints.value[call.callee])
    return (variable, start.strip("'\"")) if isinstance(start, str) and variable >= 0 else None
