"""Places that call: written calls with their arguments, operators and statements that call methods."""

from __future__ import annotations

from collections.abc import Set
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pipeline_assets.cpg.points_to.objects import CONTAINER
from pipeline_assets.cpg.points_to.program import Call
from pipeline_assets.cpg.points_to.syntax import texts
from pipeline_assets.cpg.points_to.triggers import CALL, ITERATE, KEY, OPERATE, OPERATE_EITHER

if TYPE_CHECKING:
    from pipeline_assets.cpg.points_to.constraints.graph import Constraints


_OPERATORS = (
    *("add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "divmod", "pow"),
    *("lshift", "rshift", "and", "xor", "or"),
)
REFLECTED = frozenset(f"__r{name}__" for name in _OPERATORS)
"""Methods of the right operand."""

_FALLBACKS = {"__format__": ("__str__", "__repr__"), "__str__": ("__repr__",), "__ne__": ("__eq__",)}
"""Methods that those of `object` call in turn."""
_LOOKING_UP = ("containment", "get_item", "set_item", "delete_item")
"""Operations that may look the other operand up by its hash."""


def add_calls(constraints: Constraints) -> None:
    """Written calls with their arguments, and the metaclasses of class statements."""
    syntax, table = constraints.program.syntax, constraints.program.inputs["arguments"]
    callees = syntax.child("func")
    by_row = constraints.calls_by_row
    for row in np.flatnonzero(syntax.of_kind("Call")).tolist():
        call = Call(row, int(callees[row]), "call", result=row)
        by_row[row] = call
        constraints.calls.append(call)
        constraints.trigger(call.callee, CALL, len(constraints.calls) - 1, row)
    rows, values = syntax.rows(table["call_id"]).tolist(), syntax.rows(table["value_id"]).tolist()
    for row, value, kind, name in zip(rows, values, texts(table["kind"]), texts(table["name"]), strict=True):
        made = by_row.get(row)
        if made is None:
            if kind == "keyword" and name == "metaclass" and value in constraints.named:
                constraints.metaclasses[row] = constraints.named[value]
            continue
        unpacked = constraints.keys.unpacked(value) if kind == "star" else ()
        if kind in ("positional", "star") and made.star >= 0:
            _add_behind_star(constraints, made, value, kind)
        elif kind == "positional":
            made.positional.append(value)
        elif unpacked:
            made.positional.extend(unpacked)
        elif kind == "keyword":
            made.named.append((name, value))
        elif kind == "star":
            made.star = value
        elif kind == "double_star":
            made.double_star = value


def _add_behind_star(constraints: Constraints, call: Call, value: int, kind: str) -> None:
    """What stands behind something that is unpacked may be any of the arguments from there on."""
    together = constraints.objects.get(CONTAINER, ("arguments", call.site), "tuple")
    star, variable = (constraints.program.variable(what, together) for what in ("star", "object"))
    if call.star != variable:
        constraints.seeds.append((variable, together))
        constraints.trigger(call.star, ITERATE, call.site, star)
        call.star = variable
    if kind == "star":
        constraints.trigger(value, ITERATE, call.site, star)
    else:
        constraints.copy(value, star)


def read_forwarded(constraints: Constraints) -> dict[int, list[int]]:
    """What functions ask for the attribute that they are asked for: `return getattr(self.target, name)`."""
    program, syntax = constraints.program, constraints.program.syntax
    asking = (f for f in program.functions.values() if f.name == "__getattr__" and len(f.parameters) > 1)
    asked = {function.parameters[1].row: function.row for function in asking}
    if not asked:
        return {}
    chosen = np.isin(constraints.flow_sites, np.fromiter(asked, np.int64, len(asked)))
    names = dict(zip(constraints.flow_uses[chosen].tolist(), constraints.flow_sites[chosen].tolist(), strict=True))
    returned = _returned(constraints)
    found: dict[int, list[int]] = {}
    for row, call in constraints.calls_by_row.items():
        site = names.get(call.positional[1], -1) if len(call.positional) > 1 else -1
        if site >= 0 and returned[row] and syntax.name(call.callee) == "getattr":
            found.setdefault(asked[site], []).append(call.positional[0])
    return found


def _returned(constraints: Constraints) -> npt.NDArray[np.bool_]:
    """Which expressions are returned, at once or through a variable."""
    syntax = constraints.program.syntax
    found = syntax.of_kind("Return")[syntax.parent]
    sites = constraints.flow_sites[found[constraints.flow_uses]]
    statements = syntax.parent[sites]
    values = constraints.value[statements[syntax.of_kind("Assign")[statements]]]
    found[values[values >= 0]] = True
    return found


def add_operations(constraints: Constraints) -> None:
    """Operators and statements that call methods of their operands."""
    program, table = constraints.program, constraints.program.inputs["operations"]
    syntax = program.syntax
    known = {name for row in program.class_rows for name in program.members.get(row, {})}
    columns = (syntax.rows(table[name]).tolist() for name in ("site_node", "operand_id", "other_id"))
    kinds, methods = texts(table["kind"]), texts(table["methods"])
    wanted: dict[str, tuple[tuple[str, ...], ...]] = {}
    is_asked = bool(known & {"__hash__", "__eq__"})
    is_told = constraints.keys.is_constant | syntax.of_kind("Slice")
    # The operations of loops, `with` and `await` are triggers of their own.
    for site, operand, other, kind, tried in zip(*columns, kinds, methods, strict=True):
        if is_asked and kind in _LOOKING_UP and operand >= 0 and other >= 0 and not is_told[other]:
            constraints.trigger(other, KEY, (operand, kind != "containment"), site)
        found = wanted.get(tried)
        if found is None:
            found = wanted[tried] = _methods(tried, kind, known)
        own, reflected = found
        if own and reflected and operand >= 0 and other >= 0:
            constraints.trigger(operand, OPERATE_EITHER, (own, reflected, kind, other), site)
        elif own and operand >= 0:
            constraints.trigger(operand, OPERATE, (own, kind, other), site)
        elif reflected and other >= 0:
            constraints.trigger(other, OPERATE, (reflected, kind, operand), site)


def _methods(tried: str, kind: str, known: Set[str]) -> tuple[tuple[str, ...], ...]:
    """The methods that the left operand is asked for, and those of the right one; those that some class has."""
    names = tried.split(",")
    sides: tuple[list[str], ...] = ([n for n in names if n not in REFLECTED], [n for n in names if n in REFLECTED])
    if kind == "comparison":
        sides = names[:1], names[1:]
    return tuple(
        tuple(name for first in side for name in (first, *_FALLBACKS.get(first, ())) if name in known) for side in sides
    )
