"""Places that call: written calls with their arguments, operators and statements that call methods."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline_assets.cpg.points_to.program import Call
from pipeline_assets.cpg.points_to.triggers import CALL, OPERATE

if TYPE_CHECKING:
    from pipeline_assets.cpg.points_to.constraints.graph import Constraints


_OPERATORS = (
    *("add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "divmod", "pow"),
    *("lshift", "rshift", "and", "xor", "or"),
)
REFLECTED = frozenset(f"__r{name}__" for name in _OPERATORS)
"""Methods of the right operand."""


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
    for row, value, kind, name in zip(rows, values, table["kind"].to_pylist(), table["name"].to_pylist(), strict=True):
        made = by_row.get(row)
        if made is None:
            if kind == "keyword" and name == "metaclass" and value in constraints.named:
                constraints.metaclasses[row] = constraints.named[value]
            continue
        if kind == "positional" and made.star < 0:
            made.positional.append(value)
        elif kind == "keyword":
            made.named.append((name, value))
        elif kind == "star":
            made.star = value
        elif kind == "double_star":
            made.double_star = value


def add_operations(constraints: Constraints) -> None:
    """Operators and statements that call methods of their operands."""
    program, table = constraints.program, constraints.program.inputs["operations"]
    syntax = program.syntax
    known = {name for row in program.class_rows for name in program.members.get(row, {})}
    columns = (syntax.rows(table[name]).tolist() for name in ("site_node", "operand_id", "other_id"))
    kinds, methods = table["kind"].to_pylist(), table["methods"].to_pylist()
    wanted: dict[str, tuple[str, ...]] = {}
    # The operations of loops, `with` and `await` are triggers of their own.
    for site, operand, other, kind, tried in zip(*columns, kinds, methods, strict=True):
        names = wanted.get(tried)
        if names is None:
            names = wanted[tried] = tuple(name for name in tried.split(",") if name in known)
        own = tuple(name for name in names if name not in REFLECTED)
        if own and operand >= 0:
            constraints.trigger(operand, OPERATE, (own, kind, other), site)
        elif len(own) < len(names) and other >= 0:
            constraints.trigger(other, OPERATE, (names[len(own) :], kind, operand), site)
