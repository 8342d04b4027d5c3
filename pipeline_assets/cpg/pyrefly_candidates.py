"""What Pyrefly says that each call calls: evidence of types, beside names and values."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.cpg import ids
from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, REPOSITORY
from pipeline_assets.pipes import task
from pipeline_assets.pipes.stacking import stack

PYREFLY_CANDIDATES = Contract(
    name="pyrefly_candidates",
    layer="cpg",
    description="One row per call expression and callee that Pyrefly finds by types; none where the layer is off.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("call_id", "int64", "The call."),
        Column("target_id", "int64", "The method that is called: a node of the graph."),
        Column("target_name", "string", "Its dotted name as PyCG writes it, as in `call_targets`."),
        Column(
            "target_kind",
            "string",
            "definition: a function of this repository; external, builtin: outside.",
            values=("definition", "external", "builtin"),
        ),
        Column("class_id", "int64", "The class that is instantiated, where it is of this repository.", nullable=True),
    ),
    key=("call_id", "target_id", "target_kind"),
    local=("file_id", "call_id"),
    references=(
        Reference("call_id", "call_sites", "call_id"),
        Reference("class_id", "definitions", "definition_id"),
    ),
    query="SELECT target_kind, count(*) AS calls FROM pyrefly_candidates GROUP BY target_kind ORDER BY calls DESC",
)


def _place_calls(call_sites: Table, pyrefly_calls: Table) -> Table:
    """The calls that are written, by their spans; what operators and loops call is told apart by Pyrefly."""
    written = pyrefly_calls.filter(
        (pyrefly_calls.site == "call")
        & pyrefly_calls.origin.isnull()
        & pyrefly_calls.argument.isnull()
        & pyrefly_calls.role.isin(("call", "new", "init"))
        & pyrefly_calls.target.notnull()
        & pyrefly_calls.target_kind.isin(("function", "field"))
    ).select(
        "file_id", "bstart", "bend", "role", "target", "target_file_id", "target_bstart", "target_module",
    )  # fmt: skip
    sites = call_sites.select("repository", "file_id", "call_id", "bstart", "bend")
    return sites.inner_join(
        written,
        (sites.file_id == written.file_id) & (sites.bstart == written.bstart) & (sites.bend == written.bend),
    ).select(
        sites.repository, sites.file_id, sites.call_id, written.role, written.target, written.target_file_id,
        written.target_bstart, written.target_module,
    )  # fmt: skip


def _find_definitions(placed: Table, definitions: Table) -> Table:
    """Targets of the repository by their name tokens; others by their names, but for what every object has."""
    functions = definitions.filter(~definitions.kind.isin(("class", "module"))).select(
        "repository", "definition_id", "pycg_name", "class_id", of_file="file_id", of_name="name_bstart"
    )
    here = placed.inner_join(
        functions,
        (placed.repository == functions.repository)
        & (placed.target_file_id == functions.of_file)
        & (placed.target_bstart == functions.of_name),
    ).select(
        placed.repository, placed.file_id, placed.call_id,
        target_id=functions.definition_id,
        target_name=functions.pycg_name,
        target_kind=ibis.literal("definition"),
        class_id=(placed.role == "call").ifelse(ibis.null("int64"), functions.class_id),
    )  # fmt: skip
    outside = placed.filter(placed.target_file_id.isnull() & (placed.role == "call"))
    is_builtin = outside.target_module == "builtins"
    name = is_builtin.ifelse(outside.target.re_replace("^builtins", "<builtin>"), outside.target)
    there = outside.select(
        "repository", "file_id", "call_id",
        target_id=ids.outside_node("METHOD", name),
        target_name=name,
        target_kind=is_builtin.ifelse("builtin", "external"),
        class_id=ibis.null("int64"),
    )  # fmt: skip
    return stack(here, there)


def _keep_each_once(found: Table) -> Table:
    """Overloads and signatures are one callee."""
    once = found.group_by("repository", "file_id", "call_id", "target_id", "target_name", "target_kind").aggregate(
        class_id=found.class_id.max()
    )
    return PYREFLY_CANDIDATES.select(once)


@task(PYREFLY_CANDIDATES, stages=(_place_calls, _find_definitions, _keep_each_once))
def pyrefly_candidates(call_sites: Table, pyrefly_calls: Table, definitions: Table) -> Table:
    """One row per call expression and callee that Pyrefly finds by types; none where the layer is off."""
