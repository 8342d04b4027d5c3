"""What imports bind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline_assets.cpg.points_to.objects import MODULE, OUTSIDE
from pipeline_assets.cpg.points_to.syntax import texts

if TYPE_CHECKING:
    from pipeline_assets.cpg.points_to.constraints.graph import Constraints


def add_imports(constraints: Constraints) -> set[str]:
    """What each import binds: modules, their members, things outside. Gives the names of what is imported."""
    program, table = constraints.program, constraints.program.inputs["imports"]
    rows = program.syntax.rows(table["import_id"]).tolist()
    names = ("kind", "name", "absolute_module", "target_module", "target_name", "target_kind", "bound_module")
    for row, kind, name, absolute, module, member, target_kind, bound in zip(
        rows, *(texts(table[column]) for column in names), strict=True
    ):
        if target_kind == "name" and member:
            _import_member(constraints, row, module, member)
        elif target_kind in ("module", "package") and kind in ("import", "from"):
            constraints.seed(row, MODULE, bound or module)
        elif target_kind in ("module", "package"):
            constraints.seed(row, MODULE, module)
        elif target_kind in ("external", "standard_library") and absolute:
            whole = bound if bound else f"{absolute}.{name}" if kind == "from" else absolute
            constraints.seed(row, OUTSIDE, whole)
    return {*table["target_module"].to_pylist()}


def _import_member(constraints: Constraints, row: int, module: str, name: str) -> None:
    variable = constraints.member(constraints.program.modules.get(module, -1), name)
    if variable >= 0:
        constraints.copy(variable, row)
    else:
        export(constraints, row, module, name)


def export(constraints: Constraints, row: int, module: str, name: str) -> bool:
    """Give a row what a module has from a star import or as a submodule; whether it has it."""
    found = constraints.program.exports.get((module, name))
    if found is None:
        return False
    kind, target_module, target_name = found
    if kind == "module":
        constraints.seed(row, MODULE, target_module)
    elif kind in ("definition", "binding"):
        constraints.copy(constraints.member(constraints.program.modules.get(target_module, -1), target_name or ""), row)
    elif kind in ("external", "standard_library"):
        constraints.seed(row, OUTSIDE, f"{target_module}.{target_name}" if target_name else target_module)
    return True
