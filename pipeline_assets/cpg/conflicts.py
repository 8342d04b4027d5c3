"""Where two layers of evidence contradict each other, and which of them the graph follows."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.cpg.type_conflicts import type_conflicts
from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, REPOSITORY
from pipeline_assets.pipes import task
from pipeline_assets.pipes.stacking import stack

CONFLICTS = Contract(
    name="conflicts",
    layer="cpg",
    description="One row per fact that two layers of evidence contradict each other about.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column(
            "fact_kind",
            "string",
            "call: what a call calls; type: what class a parameter, variable, attribute or result is of; variable: "
            "what a name is in its scope; syntax: whether the file is Python.",
            values=("call", "type", "variable", "syntax"),
        ),
        Column("key", "int64", "What it is about: the call, the entity of `types`, the scope's node, the file."),
        Column(
            "detail",
            "string",
            "What each says; of calls the first callee of either, as in `call_graph`; of types the role and both "
            "types, as spelled.",
        ),
        Column(
            "evidence_a",
            "string",
            "Layer that the graph follows; `points_to` and `names` are ours, `annotations` are what the text declares.",
        ),
        Column("evidence_b", "string", "Layer that says otherwise."),
        Column(
            "resolution",
            "string",
            "ranked: both are kept, the first before the second; first: only what the first says is in the graph.",
            values=("ranked", "first"),
        ),
    ),
    key=("file_id", "fact_kind", "key", "evidence_b", "detail"),
    local=("file_id",),
    references=(Reference("file_id", "files", "file_id"),),
    query="SELECT fact_kind, evidence_a, evidence_b, count(*) AS facts FROM conflicts GROUP BY ALL ORDER BY facts DESC",
)

_LAYERS = {
    "only_tree_sitter_accepts": ("ast", "tree_sitter"),
    "only_ast_accepts": ("ast", "tree_sitter"),
    "only_ruff_accepts": ("ast", "ruff"),
    "only_ruff_refuses": ("ast", "ruff"),
    "only_in_symtable": ("symtable", "bytecode"),
    "only_in_bytecode": ("symtable", "bytecode"),
}


def _compare_callees(call_targets: Table) -> Table:
    """Calls of which our callees and Pyrefly's have none in common."""
    is_ours = call_targets.by_names | call_targets.by_points_to
    by_call = call_targets.group_by("repository", "file_id", "call_id").aggregate(
        agreed=(is_ours & call_targets.by_pyrefly).any(),
        ours=call_targets.target_name.min(where=is_ours),
        others=call_targets.target_name.min(where=call_targets.by_pyrefly),
        by_value=call_targets.by_points_to.any(),
    )
    differing = by_call.filter(~by_call.agreed & by_call.ours.notnull() & by_call.others.notnull())
    return differing.select(
        "repository", "file_id",
        fact_kind=ibis.literal("call"),
        key=differing.call_id,
        detail=differing.ours + " | " + differing.others,
        evidence_a=differing.by_value.ifelse("points_to", "names"),
        evidence_b=ibis.literal("pyrefly"),
        resolution=ibis.literal("ranked"),
    )  # fmt: skip


def _add_types(calls: Table, types: Table, mro: Table) -> Table:
    """Entities that are declared to be of one class, and inferred to be of another."""
    found = type_conflicts(types, mro)
    typed = found.select(
        "repository", "file_id",
        fact_kind=ibis.literal("type"),
        key=found.entity_id,
        detail=found.role + ": " + found.declared_text.fill_null("?") + " | " + found.found_text.fill_null("?"),
        evidence_a=ibis.literal("annotations"),
        evidence_b=ibis.literal("pyrefly"),
        resolution=ibis.literal("ranked"),
    )  # fmt: skip
    return stack(calls, typed.select(calls.columns))


def _add_layers(compared: Table, layer_conflicts: Table) -> Table:
    """What layers that read the same file say of it."""
    code = layer_conflicts.code
    ones, others = (ibis.cases(*((code == name, pair[at]) for name, pair in _LAYERS.items())) for at in (0, 1))
    is_scope = layer_conflicts.place != 0
    found = layer_conflicts.select(
        "repository", "file_id",
        fact_kind=is_scope.ifelse("variable", "syntax"),
        key=is_scope.ifelse(layer_conflicts.place, layer_conflicts.file_id),
        detail=code + ": " + layer_conflicts.detail,
        evidence_a=ones,
        evidence_b=others,
        resolution=ibis.literal("first"),
    )  # fmt: skip
    return CONFLICTS.select(stack(compared, found.select(compared.columns)))


@task(CONFLICTS, stages=(_compare_callees, _add_types, _add_layers))
def conflicts(call_targets: Table, types: Table, mro: Table, layer_conflicts: Table) -> Table:
    """One row per fact that two layers of evidence contradict each other about."""
