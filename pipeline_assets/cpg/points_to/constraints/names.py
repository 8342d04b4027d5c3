"""Names hold what the definitions that reach them hold; other names what they stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from pipeline_assets.cpg.points_to.constraints import captures, narrowing
from pipeline_assets.cpg.points_to.constraints.visibility import bound_again
from pipeline_assets.cpg.points_to.objects import BUILTIN, MODULE, OUTSIDE
from pipeline_assets.cpg.points_to.syntax import texts
from pipeline_assets.cpg.points_to.triggers import COMBINE

if TYPE_CHECKING:
    from pipeline_assets.cpg.points_to.constraints.graph import Constraints
    from pipeline_assets.cpg.points_to.syntax import Ints


def add_names(constraints: Constraints) -> None:
    """Names hold what the definitions that reach them hold; other names what they stand for."""
    program, syntax = constraints.program, constraints.program.syntax
    flows = program.inputs["flows"]
    uses, sites = syntax.rows(flows["use_node_id"]), syntax.rows(flows["def_node_id"])
    names = syntax.of_kind("Name")
    kept = (uses >= 0) & (sites >= 0)
    kept &= names[uses]
    uses, sites = uses[kept], sites[kept]
    known = np.zeros(syntax.count, bool)
    known[uses] = True
    constraints.flow_uses, constraints.flow_sites = uses, sites
    lasting = ~bound_again(syntax, uses, sites)
    uses, sites = uses[lasting], sites[lasting]
    _tell_constants(constraints, uses, sites)
    grown = syntax.in_field("target")[uses] & syntax.of_kind("AugAssign")[syntax.parent[uses]]
    _tell_classes(constraints)
    narrowed = constraints.narrowed = narrowing.narrowed_names(constraints)
    is_narrowed = np.isin(uses, np.fromiter(narrowed, np.int64, len(narrowed)))
    is_captured = captures.read_captures(constraints, uses, sites, grown | is_narrowed)
    is_plain = ~(grown | is_narrowed | is_captured)
    constraints.copy_all(sites[is_plain], uses[is_plain])
    narrowing.add_narrowed(constraints, narrowed, uses[is_narrowed], sites[is_narrowed])
    for site, use in zip(sites[grown].tolist(), uses[grown].tolist(), strict=True):
        constraints.trigger(site, COMBINE, ("grown", ()), use)
    table = program.inputs["names"]
    columns = [texts(table[name]) for name in ("target_kind", "target_module", "target_name")]
    rows, fallback = syntax.rows(table["node_id"]), syntax.rows(table["site_node"])
    unbound, again = table["is_global"].to_numpy(), table["is_rebound"].to_numpy()
    chosen = np.flatnonzero((rows >= 0) & (~known[rows] | unbound)).tolist()
    constraints.rebound = rows[(rows >= 0) & ~known[rows] & ~unbound & again].tolist()
    rows, fallback = rows.tolist(), fallback.tolist()
    for at in chosen:
        kind, module, name = (column[at] for column in columns)
        _add_name(constraints, rows[at], fallback[at], kind, module, name)


def _tell_classes(constraints: Constraints) -> None:
    """Names that stand for classes of the repository, and those that stand for builtins."""
    program, table = constraints.program, constraints.program.inputs["names"]
    rows, targets = program.syntax.rows(table["node_id"]), program.syntax.rows(table["target_id"])
    is_class = np.isin(targets, np.fromiter(program.class_rows, np.int64, len(program.class_rows)))
    constraints.named = dict(zip(rows[is_class].tolist(), targets[is_class].tolist(), strict=True))
    is_builtin = pc.fill_null(pc.equal(table["target_kind"], "builtin"), False).to_numpy()
    constraints.named_builtin = set(rows[is_builtin].tolist())


def _tell_constants(constraints: Constraints, uses: Ints, sites: Ints) -> None:
    """Names that one binding alone reaches, which assigns a constant or a tuple."""
    syntax, keys = constraints.program.syntax, constraints.keys
    alone = np.bincount(uses, minlength=syntax.count)[uses] == 1
    uses, sites = uses[alone], sites[alone]
    statements = syntax.parent[sites]
    simple = syntax.of_kind("Assign", "AnnAssign")[statements] & syntax.in_field("targets", "target")[sites]
    uses, values = uses[simple], constraints.value[statements[simple]]
    for told, wanted in ((keys.told, keys.is_constant), (keys.told_tuples, syntax.of_kind("Tuple"))):
        chosen = (values >= 0) & wanted[values]
        told.update(zip(uses[chosen].tolist(), values[chosen].tolist(), strict=True))
    keys.flatten(constraints.value)


def _add_name(
    constraints: Constraints, row: int, site: int, kind: str | None, module: str | None, name: str | None
) -> None:
    if site >= 0:
        constraints.copy(site, row)
    elif kind == "builtin":
        constraints.seed(row, BUILTIN, name)
    elif kind in ("definition", "binding") and module is not None and name and "." not in name:
        constraints.copy(constraints.member(constraints.program.modules.get(module, -1), name), row)
    elif kind == "module" and module is not None:
        constraints.seed(row, MODULE, module)
    elif kind in ("external", "standard_library") and module is not None:
        constraints.seed(row, OUTSIDE, f"{module}.{name}" if name else module)
