"""What every call may call by its values: a points-to analysis of each repository as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ibis.expr.types import Table

from pipeline_assets.cpg.points_to.program import Program
from pipeline_assets.cpg.points_to.results import COLUMNS, found_doubts, found_targets, no_doubts
from pipeline_assets.cpg.points_to.solver import Solver
from pipeline_assets.cpg.points_to.syntax import Ints
from pipeline_assets.cpg.points_to.unknown import REASONS
from pipeline_assets.inference.collection import collection_paused
from pipeline_assets.inference.contract import FILE_SHIFT, Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, REPOSITORY
from pipeline_assets.pipes import graph_task

_OPERATIONS = ("enter", "await", "iterate", "next", "decorator", "class", "import")
"""Kinds of implicit calls that the analysis finds in its own ways."""

CALL_CANDIDATES = Contract(
    name="call_candidates",
    layer="cpg",
    description="One row per place that calls, written or not, and object that it may call by the values it works on.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("site_node", "int64", "The call, or the expression or statement that calls without saying so."),
        Column(
            "way",
            "string",
            "call: as written; callback: by the builtin that the call hands it to (`map(f, items)`); decorator: it is "
            "applied; property, get_attribute, set_attribute: an attribute is read or set; the others are kinds of "
            "`implicit_calls`; builtin: by a builtin that asks its argument (`len(x)`).",
        ),
        Column(
            "target_kind",
            "string",
            "definition: a function of this repository; class: a class of it that has no initialiser here; external, "
            "builtin: outside.",
            values=("definition", "class", "external", "builtin"),
        ),
        Column("target_id", "int64", "The function or class; null outside.", nullable=True),
        Column("target_name", "string", "Dotted name outside, builtins as `<builtin>.name`; else null.", nullable=True),
        Column("class_id", "int64", "The class that is instantiated, else null.", nullable=True),
        Column("ordinal", "int32", "Place among the rows of its site, counted from 0."),
    ),
    key=("site_node", "ordinal"),
    local=("site_node",),
    references=(
        Reference("site_node", "ast_nodes", "node_id"),
        Reference("target_id", "definitions", "definition_id"),
        Reference("class_id", "definitions", "definition_id"),
    ),
    query="SELECT way, target_kind, count(*) AS candidates FROM call_candidates GROUP BY ALL ORDER BY candidates DESC",
)

CALL_DOUBTS = Contract(
    name="call_doubts",
    layer="cpg",
    description="One row per call expression that may call more than `call_candidates` has of it, with the reason.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("call_id", "int64", "The call."),
        Column(
            "reason",
            "string",
            "What may flow to the callee beside what is known: " + "; ".join(map(": ".join, REASONS.items())) + ".",
            values=tuple(REASONS),
        ),
    ),
    key=("call_id",),
    local=("call_id",),
    references=(Reference("call_id", "call_sites", "call_id"),),
    query="SELECT reason, count(*) AS calls FROM call_doubts GROUP BY reason ORDER BY calls DESC",
)


def _select_program(
    ast_nodes: Table,
    reaching_defs: Table,
    name_resolutions: Table,
    bindings: Table,
    references: Table,
    definitions: Table,
    parameters: Table,
    modules: Table,
    exports: Table,
    imports: Table,
    mro: Table,
    class_bases: Table,
    call_args: Table,
    implicit_calls: Table,
    environment_names: Table,
) -> dict[str, Table]:
    """Project the syntax, what is known of names, and the calls."""
    # What is many has no repository of its own: its ids tell the file. Of constants only texts and what may be a key
    # matter; what holds nothing but others is left out.
    nodes = ast_nodes.filter(~ast_nodes.kind.isin(_EMPTY_KINDS))
    is_text = nodes.value_kind.isin(("str", "bytes"))
    flows = reaching_defs.filter(reaching_defs.use_node_id.notnull() & reaching_defs.def_node_id.notnull())
    members = definitions.filter(definitions.kind.isin(("module", "class"))).select("definition_id")
    sites = bindings.filter(~bindings.kind.isin(("del", "declaration"))).select(
        "repository", "site_node", "symbol_name", "scope_node", "site_scope", "branch_id", "binding_id"
    )
    names = name_resolutions.filter(name_resolutions.ctx == "load")
    preferred = bindings.view().select("binding_id", "site_node", "kind", "candidates")
    preferred = preferred.filter(~preferred.kind.isin(("del", "declaration"))).drop("kind")
    return {
        "nodes": nodes.select(
            "node_id", "parent_id", "kind", "field", "scope_node",
            name=nodes.kind.isin(("Attribute", "Name", "MatchClass")).ifelse(nodes.name, None),
            ordinal=nodes.ordinal.fill_null(0),
            value=((nodes.kind == "Constant") & (nodes.value.length() <= _LONGEST_KEY)).ifelse(nodes.value, None),
            is_load=(nodes.ctx == "Load").fill_null(False), is_negative=(nodes.ctx == "USub").fill_null(False),
            is_text=is_text.fill_null(False), is_bytes=(nodes.value_kind == "bytes").fill_null(False),
            is_sum=((nodes.kind == "BinOp") & nodes.ctx.isin(("Add", "BitOr", *_PRODUCTS))).fill_null(False),
            is_product=((nodes.kind == "BinOp") & nodes.ctx.isin(_PRODUCTS)).fill_null(False),
            is_and=(nodes.ctx == "And").fill_null(False),
            is_module_name=((nodes.kind == "Name") & (nodes.name == "__name__")).fill_null(False),
        ),
        "flows": flows.select("use_node_id", "def_node_id").distinct(),
        "names": names.left_join(preferred, names.binding_id == preferred.binding_id).select(
            names.node_id, names.target_kind, names.target_id, names.target_module,
            names.target_name, preferred.site_node, is_global=names.binding_id.isnull(),
            is_rebound=(preferred.candidates > 1).fill_null(False),
        ),
        "bindings": sites.semi_join(members, sites.scope_node == members.definition_id).drop("binding_id"),
        "mangled": references.filter(
            (references.kind == "attribute") & (references.name != references.symbol_name)
        ).select("node_id", "symbol_name"),
        "definitions": definitions.select(
            "repository", "definition_id", "kind", "name", "class_id", "parent_id",
            "is_generator", "is_static_method", "is_class_method",
        ),
        "parameters": parameters.select(
            "repository", "parameter_id", "definition_id", "name", "position", "kind", "default_id", "annotation_id"
        ),
        "modules": modules.select("repository", "module", "node_id", "is_stub", "is_package"),
        "exports": exports.select("repository", "module", "name", "target_kind", "target_module", "target_name"),
        "imports": imports.select(
            "repository", "import_id", "kind", "name", "absolute_module", "target_module", "target_name",
            "target_kind", "bound_module",
        ),
        "mro": mro.select("repository", "class_id", "position", "ancestor_id", "ancestor_name", "reason"),
        "doubted": class_bases.filter(class_bases.resolution.isin(_NO_CLASSES)).select("repository", "class_id"),
        "arguments": call_args.select("call_id", "position", "kind", "name", "value_id"),
        "operations": implicit_calls.filter(~implicit_calls.kind.isin(_OPERATIONS)).select(
            "implicit_call_id", "site_node", "operand_id", "other_id", "kind", "methods"
        ),
        "environment": environment_names.filter(environment_names.kind == "class_member").select("repository", "name"),
    }  # fmt: skip


def _follow_values(inputs: dict[str, pa.Table]) -> list[tuple[str, dict[str, Any], pa.Table]]:
    """Solve each repository for itself."""
    return [(name, *_solve(own)) for name, own in _split(inputs)]


def _tabulate(found: list[tuple[str, dict[str, Any], pa.Table]]) -> dict[str, pa.Table]:
    """Lay candidates and doubts out on the contracts' columns, sites in order."""
    found = found or [("", {name: [] for name in COLUMNS}, no_doubts())]
    return {
        CALL_CANDIDATES.name: pa.concat_tables([_table(repository, columns) for repository, columns, _ in found]),
        CALL_DOUBTS.name: pa.concat_tables([_owned(repository, doubts) for repository, _, doubts in found]),
    }


@graph_task(CALL_CANDIDATES, CALL_DOUBTS, stages=(_select_program, _follow_values, _tabulate))
def called_values(
    ast_nodes: Table,
    reaching_defs: Table,
    name_resolutions: Table,
    bindings: Table,
    references: Table,
    definitions: Table,
    parameters: Table,
    modules: Table,
    exports: Table,
    imports: Table,
    mro: Table,
    class_bases: Table,
    call_args: Table,
    implicit_calls: Table,
    environment_names: Table,
) -> Table:
    """What every place that calls may call by the values it works on, and where that may not be all."""


_EMPTY_KINDS = (
    "Pass", "Import", "ImportFrom", "arguments", "Global", "Nonlocal",
)  # fmt: skip
_NO_CLASSES = ("dynamic", "value", "unresolved")
"""Bases that are no class of which anything is known."""
_PRODUCTS = ("Mult", "BitAnd", "BitXor", "Sub")
"""Operators whose result has items of its operands, at other places."""
_LONGEST_KEY = 100
"""Constants of more characters are no keys, nor names of attributes."""
_ORDERS = {
    "nodes": ("node_id",),
    "flows": ("use_node_id", "def_node_id"),
    "names": ("node_id",),
    "arguments": ("call_id", "position"),
    "operations": ("implicit_call_id",),
    "definitions": ("definition_id",),
    "imports": ("import_id",),
    "exports": ("module", "name"),
}


def _split(inputs: dict[str, pa.Table]) -> Iterator[tuple[str, dict[str, pa.Table]]]:
    """The rows of each repository by itself."""
    known = inputs["definitions"]
    files, names = known["definition_id"].to_numpy() >> FILE_SHIFT, known["repository"].to_numpy()
    for name in sorted(pc.unique(known["repository"]).to_pylist()):
        own = np.unique(files[names == name])
        yield name, {key: _in_order(_rows_of(table, name, own), _ORDERS.get(key, ())) for key, table in inputs.items()}


def _rows_of(table: pa.Table, repository: str, files: Ints) -> pa.Table:
    """Those of one repository, told by its name or by the file in the first column."""
    if "repository" in table.column_names:
        return table.filter(pc.equal(table["repository"], repository))
    found = table[0].to_numpy() >> FILE_SHIFT
    kept = files[np.minimum(np.searchsorted(files, found), len(files) - 1)] == found
    return table if kept.all() else table.filter(pa.array(kept))


def _in_order(table: pa.Table, keys: Sequence[str]) -> pa.Table:
    """By these columns; most tables are already."""
    if len(keys) == 1 and pa.types.is_int64(table.schema.field(keys[0]).type):
        column = table[keys[0]].to_numpy()
        if (column[1:] >= column[:-1]).all():
            return table
    return table.sort_by([(key, "ascending") for key in keys]) if keys else table


def _solve(inputs: dict[str, pa.Table]) -> tuple[dict[str, Any], pa.Table]:
    # Millions of small objects that all stay: looking for garbage among them would take most of the time.
    with collection_paused():
        return _found(inputs)


def _found(inputs: dict[str, pa.Table]) -> tuple[dict[str, Any], pa.Table]:
    solver = Solver(Program(inputs))
    inputs.clear()
    solver.solve()
    return found_targets(solver), found_doubts(solver)


def _owned(repository: str, doubts: pa.Table) -> pa.Table:
    sites = doubts["call_id"].to_numpy()
    return pa.table(
        {
            "repository": pa.repeat(pa.scalar(repository, pa.string()), len(sites)),
            "file_id": sites >> FILE_SHIFT,
            "call_id": sites,
            "reason": doubts["reason"],
        }
    )


def _table(repository: str, columns: dict[str, Any]) -> pa.Table:
    types = {"way": pa.string(), "target_kind": pa.string(), "target_name": pa.string()}
    table = pa.table({name: pa.array(values, types.get(name, pa.int64())) for name, values in columns.items()})
    table = table.append_column("found", pa.array(range(len(table)), pa.int64()))
    table = table.sort_by([("site_node", "ascending"), ("found", "ascending")])
    sites = table["site_node"].to_numpy()
    starts = np.flatnonzero(np.append(True, sites[1:] != sites[:-1])[: len(sites)])
    places = np.arange(len(sites)) - np.repeat(starts, np.diff(np.append(starts, len(sites))))
    return pa.table(
        {
            "repository": pa.repeat(pa.scalar(repository, pa.string()), len(sites)),
            "file_id": sites >> FILE_SHIFT,
            **{name: table[name] for name in COLUMNS},
            "ordinal": places.astype(np.int32),
        }
    )
