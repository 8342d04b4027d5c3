"""What each call calls: the candidates of every evidence, and which of them stand.

Values decide where they are known: a name that a decorator or an assignment binds again calls what it holds then. Names
speak where no value was found, and of what both say the agreement is told. What only Pyrefly finds comes last.
"""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.cpg.kinds import CALL_METHODS
from pipeline_assets.cpg.naming_targets import value_targets
from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, REPOSITORY
from pipeline_assets.pipes import task
from pipeline_assets.pipes.stacking import stack

CALL_TARGETS = Contract(
    name="call_targets",
    layer="cpg",
    description="One row per call and candidate callee, best first, with the rules and evidence that found it.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("call_id", "int64", "The call."),
        Column("rank", "int32", "Preference among the call's candidates, 0 first."),
        Column("caller_id", "int64", "The definition whose code makes the call."),
        Column("target_id", "int64", "The method that is called: a node of the graph."),
        Column(
            "target_name", "string", "Its dotted name as PyCG writes it: no `<locals>`, builtins as `<builtin>.name`."
        ),
        Column(
            "target_kind",
            "string",
            "definition: a function of this repository; class: a class of this repository without an initialiser here, "
            "so that its base's runs; external: something outside; builtin: one of the interpreter's builtins.",
            values=("definition", "class", "external", "builtin"),
        ),
        Column(
            "method",
            "string",
            "How the callee was found: name: by its name in this file; import: through an import; member: as a member "
            "of a module or class; class: by instantiation; self, cls, super: in the resolution order of the caller's "
            "class; lambda: written in place; value: by the values that flow to what is called; callback: by what is "
            "called, which is given it as an argument (`map(f, items)`); pyrefly: only by Pyrefly's types; builtin, "
            "external: outside the repository.",
            values=("import", *CALL_METHODS),
        ),
        Column("class_id", "int64", "The class that is instantiated, else null.", nullable=True),
        Column(
            "origin",
            "string",
            "Evidence that supports it: names: what names stand for; points_to: the values that flow to what is called "
            "(`call_candidates`), with or without names; pyrefly: types (`pyrefly_candidates`) alone.",
            values=("names", "points_to", "pyrefly"),
        ),
        Column("by_names", "boolean", "Whether names alone lead there."),
        Column("by_points_to", "boolean", "Whether values lead there; false also where no value was found."),
        Column("by_pyrefly", "boolean", "Whether Pyrefly's types lead there; false also where that layer is off."),
        Column(
            "confidence", "float64", "1: the text leaves no other; less where a rebinding or an override may intervene."
        ),
    ),
    key=("call_id", "rank"),
    local=("file_id", "call_id", "caller_id"),
    references=(
        Reference("call_id", "call_sites", "call_id"),
        Reference("caller_id", "definitions", "definition_id"),
        Reference("class_id", "definitions", "definition_id"),
    ),
    query="SELECT method, by_names, by_points_to, by_pyrefly, count(*) AS calls FROM call_targets "
    "GROUP BY ALL ORDER BY calls DESC",
)

_COLUMNS = (
    "repository", "file_id", "call_id", "target_id", "target_name", "target_kind", "method", "class_id", "confidence",
    "by_names", "by_points_to", "by_pyrefly", "place",
)  # fmt: skip


def _collect_candidates(
    name_candidates: Table, call_candidates: Table, pyrefly_candidates: Table, definitions: Table
) -> Table:
    """Every candidate of every evidence, with the graph's id and the name that PyCG writes."""
    by_name = name_candidates.mutate(
        by_names=ibis.literal(True),
        by_points_to=ibis.literal(False),
        by_pyrefly=ibis.literal(False),
        place=name_candidates["rank"],
    )
    found = call_candidates.filter(call_candidates.way.isin(("call", "callback")))
    valued = value_targets(found, definitions).mutate(
        call_id=ibis._.site_node, by_names=ibis.literal(False), by_points_to=ibis.literal(True),
        by_pyrefly=ibis.literal(False), place=ibis._.ordinal,
        confidence=ibis.literal(0.0),
        method=ibis.cases(
            (ibis._.way == "callback", "callback"),
            (ibis._.class_id.notnull(), "class"),
            (ibis._.target_kind.isin(("external", "builtin")), ibis._.target_kind),
            else_="value",
        ),
    )  # fmt: skip
    typed = pyrefly_candidates.mutate(
        by_names=ibis.literal(False), by_points_to=ibis.literal(False), by_pyrefly=ibis.literal(True),
        place=ibis.literal(0), confidence=ibis.literal(0.0), method=ibis.literal("pyrefly"),
    )  # fmt: skip
    return stack(by_name.select(*_COLUMNS), valued.select(*_COLUMNS), typed.select(*_COLUMNS))


def _merge_evidence(candidates: Table) -> Table:
    """One row per call and target, with the evidence that has it; the rule of names is the more telling one."""
    return candidates.group_by("repository", "file_id", "call_id", "target_id", "target_kind").aggregate(
        target_name=candidates.target_name.min(),
        method=ibis.coalesce(
            candidates.method.min(where=candidates.by_names),
            candidates.method.max(where=candidates.by_points_to),
            candidates.method.max(),
        ),
        class_id=candidates.class_id.max(),
        by_names=candidates.by_names.any(),
        by_points_to=candidates.by_points_to.any(),
        by_pyrefly=candidates.by_pyrefly.any(),
        is_called=(candidates.by_points_to & (candidates.method != "callback")).any(),
        place=candidates.place.min(),
        sure=candidates.confidence.max(),
    )


def _let_values_decide(merged: Table) -> Table:
    """Where values say what is called, names alone say nothing; outside, one name for it is enough."""
    by_call = ibis.window(group_by=("repository", "file_id", "call_id"))
    is_ours = merged.by_names | merged.by_points_to
    is_outside = merged.target_kind.isin(("external", "builtin"))
    known = merged.mutate(
        is_ours=is_ours,
        has_value=merged.is_called.any().over(by_call),
        is_named=(is_ours & is_outside).any().over(by_call),
    )
    kept = known.filter(known.by_points_to | known.by_pyrefly | ~known.has_value)
    return kept.filter(kept.is_ours | ~kept.is_named | (kept.target_kind == "definition"))


def _rank_targets(kept: Table, call_sites: Table) -> Table:
    """Order the candidates of each call: what both say first, then as they were found; and how sure each is."""
    by_call = ibis.window(group_by=("repository", "file_id", "call_id"))
    counted = kept.mutate(others=kept.target_id.count().over(by_call))
    order = ibis.window(
        group_by=("repository", "file_id", "call_id"),
        order_by=(
            *((~known).cast("int8") for known in (counted.is_ours, counted.by_names, counted.by_pyrefly)),
            *("place", "target_name", "target_id"),
        ),
    )
    alone = counted.others == 1
    ranked = counted.mutate(
        rank=ibis.row_number().over(order),
        origin=ibis.cases((counted.by_points_to, "points_to"), (counted.by_names, "names"), else_="pyrefly"),
        confidence=ibis.cases(
            (~counted.is_ours, alone.ifelse(0.9, 0.5)),
            (~counted.by_points_to, counted.sure),
            (counted.method == "callback", 0.7),
            ((counted.by_names | counted.by_pyrefly) & alone, 1.0),
            (alone, 0.95),
            (counted.by_pyrefly, 0.9),
            else_=0.8,
        ),
    )
    sites = call_sites.select("file_id", "call_id", "caller_id")
    return ranked.inner_join(sites, (ranked.file_id == sites.file_id) & (ranked.call_id == sites.call_id)).select(
        ranked, sites.caller_id
    )


def _select_targets(ranked: Table) -> Table:
    """The columns of the contract, in order and of its types."""
    return ranked.select(*(ranked[c.name].cast(c.type).name(c.name) for c in CALL_TARGETS.columns))


@task(
    CALL_TARGETS,
    stages=(_collect_candidates, _merge_evidence, _let_values_decide, _rank_targets, _select_targets),
)
def call_targets(
    name_candidates: Table, call_candidates: Table, pyrefly_candidates: Table, definitions: Table, call_sites: Table
) -> Table:
    """One row per call and candidate callee, best first, with the rules and evidence that found it."""
