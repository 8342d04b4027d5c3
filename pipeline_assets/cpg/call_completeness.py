"""How much is known of what each call may call, going by values, and by names where no value is known."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.cpg.points_to.unknown import REASONS
from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, REPOSITORY
from pipeline_assets.pipes import task

CALL_COMPLETENESS = Contract(
    name="call_completeness",
    layer="cpg",
    description="One row per call expression: whether all that it may call is known.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("call_id", "int64", "The call."),
        Column(
            "completeness",
            "string",
            "closed: `call_targets` has all that it may call in this repository; open: some of it, there may be more; "
            "unknown: nothing.",
            values=("closed", "open", "unknown"),
        ),
        Column(
            "reason",
            "string",
            "Why there may be more, as in `call_doubts`; no_value: no value was seen to flow to the callee. Null where "
            "closed.",
            nullable=True,
            values=(*REASONS, "no_value"),
        ),
    ),
    key=("call_id",),
    local=("call_id",),
    references=(Reference("call_id", "call_sites", "call_id"),),
    query="SELECT completeness, reason, count(*) AS calls FROM call_completeness GROUP BY ALL ORDER BY calls DESC",
)


def _collect_knowledge(call_sites: Table, call_candidates: Table, call_targets: Table, call_doubts: Table) -> Table:
    """Of every call, whether it has values and targets, and what is in doubt."""
    called = call_candidates.filter(call_candidates.way == "call")
    valued = called.select("file_id", "site_node").distinct()
    sites = call_sites.select("repository", "file_id", "call_id")
    found = sites.left_join(valued, (sites.file_id == valued.file_id) & (sites.call_id == valued.site_node)).select(
        sites, has_value=valued.site_node.notnull()
    )
    best = call_targets.filter(call_targets["rank"] == 0).select("file_id", "call_id")
    found = found.left_join(best, (found.file_id == best.file_id) & (found.call_id == best.call_id)).select(
        found, has_target=best.call_id.notnull()
    )
    doubts = call_doubts.select("file_id", "call_id", "reason")
    return found.left_join(doubts, (found.file_id == doubts.file_id) & (found.call_id == doubts.call_id)).select(
        found, doubts.reason
    )


def _judge(found: Table) -> Table:
    """Closed where values are known and nothing else can flow there."""
    is_closed = found.has_value & found.has_target & found.reason.isnull()
    return CALL_COMPLETENESS.select(
        found.mutate(
            completeness=ibis.cases((is_closed, "closed"), (found.has_target, "open"), else_="unknown"),
            reason=ibis.cases((is_closed, None), else_=found.reason.coalesce("no_value")),
        )
    )


@task(CALL_COMPLETENESS, stages=(_collect_knowledge, _judge))
def call_completeness(call_sites: Table, call_candidates: Table, call_targets: Table, call_doubts: Table) -> Table:
    """One row per call expression: whether all that it may call is known."""
