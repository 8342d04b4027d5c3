"""Functions and classes: decorators, defaults, annotations, fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline_assets.cpg.points_to.objects import CLASS, FUNCTION
from pipeline_assets.cpg.points_to.triggers import CALL

if TYPE_CHECKING:
    from pipeline_assets.cpg.points_to.constraints.graph import Constraints
    from pipeline_assets.cpg.points_to.program import Program


def add_definitions(constraints: Constraints) -> None:
    """Functions and classes, what their decorators make of them, and defaults."""
    syntax, program = constraints.program.syntax, constraints.program
    decorators = syntax.listed("decorator_list")
    for row in program.functions:
        _decorate(constraints, row, FUNCTION, decorators.get(row, []))
    for row in program.class_rows:
        _decorate(constraints, row, CLASS, decorators.get(row, []))
    for row, default in zip(
        syntax.rows(program.inputs["parameters"]["parameter_id"]).tolist(),
        syntax.rows(program.inputs["parameters"]["default_id"]).tolist(),
        strict=True,
    ):
        if default >= 0:
            constraints.defaults[row] = default
    for function in program.functions.values():
        rows = (parameter.row for parameter in function.parameters)
        function.defaults = [(row, constraints.defaults[row]) for row in rows if row in constraints.defaults]


def read_doubted(constraints: Constraints) -> set[int]:
    """Classes of whose order of ancestors too little is known, and those that inherit from them."""
    program, doubts = constraints.program, ("inconsistent", "cycle", "ambiguous")
    rows = program.syntax.rows(program.inputs["doubted"]["class_id"])
    order = program.inputs["mro"]
    sure = pc.is_in(order["reason"], pa.array(doubts)).to_numpy()
    found = {*rows.tolist(), *program.syntax.rows(order["class_id"])[sure].tolist()}
    heirs = (row for row, ancestors in program.orders.items() if any(a in found for a, _ in ancestors))
    return found.union(heirs)


def read_computed_bases(constraints: Constraints) -> dict[int, list[int]]:
    """Bases that no class statement is known to be: parameters, results of calls."""
    program, found = constraints.program, dict[int, list[int]]()
    classes = set(program.syntax.rows(program.inputs["doubted"]["class_id"]).tolist())
    rows = np.flatnonzero(program.syntax.in_field("bases")) if classes else ()
    for row in rows:
        above = int(program.syntax.parent[row])
        if above in classes and int(row) not in constraints.named:
            found.setdefault(above, []).append(int(row))
    return found


def read_with_metaclass(program: Program) -> set[int]:
    """Classes that name a metaclass."""
    table = program.inputs["arguments"]
    named = pc.and_(pc.equal(table["kind"], "keyword"), pc.equal(table["name"], "metaclass"))
    found = program.syntax.rows(table["call_id"].filter(pc.fill_null(named, False)))
    return program.class_rows & set(found.tolist())


def read_annotations(constraints: Constraints) -> dict[int, int]:
    """What each parameter is annotated with; of a text, the module's name that it is."""
    syntax, table = constraints.program.syntax, constraints.program.inputs["parameters"]
    rows, annotations = syntax.rows(table["parameter_id"]), syntax.rows(table["annotation_id"])
    annotated = annotations >= 0
    return dict(zip(rows[annotated].tolist(), annotations[annotated].tolist(), strict=True))


def read_fields(constraints: Constraints) -> dict[int, list[str]]:
    """The annotated names of each class body, in order."""
    syntax = constraints.program.syntax
    found: dict[int, list[str]] = {}
    for row in np.flatnonzero(syntax.of_kind("AnnAssign")).tolist():
        name = syntax.name(int(constraints.target[row])) if constraints.target[row] >= 0 else None
        if name and int(syntax.parent[row]) in constraints.program.class_rows:
            found.setdefault(int(syntax.parent[row]), []).append(name)
            constraints.stored_names.add(name)
    return found


def read_tuples(constraints: Constraints) -> dict[int, list[str]]:
    """The fields of named tuples that class statements make."""
    orders = constraints.program.orders
    return {
        row: names
        for row, names in constraints.fields.items()
        if any(name == "builtins.tuple" for _, name in orders.get(row, ()))
    }


def read_factories(constraints: Constraints) -> dict[tuple[int, str], int]:
    """What makes the values of fields that a call leaves out: `field(default_factory=list)`, by class and name."""
    syntax, found = constraints.program.syntax, dict[tuple[int, str], int]()
    for row in np.flatnonzero(syntax.of_kind("AnnAssign")).tolist():
        call = constraints.calls_by_row.get(int(constraints.value[row]))
        if call is not None and int(syntax.parent[row]) in constraints.program.class_rows:
            given = [value for name, value in call.named if name in ("default_factory", "factory")]
            if given and constraints.target[row] >= 0:
                found[int(syntax.parent[row]), syntax.name(int(constraints.target[row]))] = given[0]
    return found


def _decorate(constraints: Constraints, row: int, kind: int, decorators: list[int]) -> None:
    if not decorators:
        constraints.seed(row, kind, row)
        return
    value = constraints.program.variable("raw", row)
    constraints.seed(value, kind, row)
    for decorator in reversed(decorators):
        is_last = decorator == decorators[0]
        result = row if is_last else constraints.program.variable("decorated", decorator)
        call = constraints.new_call(
            site=decorator, callee=decorator, way="decorator", positional=[value], result=result
        )
        constraints.trigger(decorator, CALL, call, result)
        value = result
