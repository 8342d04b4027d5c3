"""Calls without a target, or with some cut off, and why."""

from __future__ import annotations

import ibis
from ibis.expr.types import StringValue, Table

from pipeline_assets.cpg.unresolved import unresolved_family
from pipeline_assets.pipes import task
from pipeline_assets.pipes.stacking import stack

UNRESOLVED_CALLS = unresolved_family(
    "unresolved_calls", "One row per call without any candidate callee, or with more than a limit allows."
)


def _keep_unanswered(call_sites: Table, call_targets: Table) -> Table:
    """The calls that have no row in `call_targets`."""
    return call_sites.anti_join(call_targets, call_sites.call_id == call_targets.call_id)


def _explain(
    calls: Table, name_resolutions: Table, attribute_resolutions: Table, bindings: Table, definitions: Table
) -> Table:
    """What stopped each search: the callee's binding, its object, or its shape."""
    with_name = calls.left_join(name_resolutions, calls.callee_id == name_resolutions.node_id).select(
        calls, name_resolutions.binding_id, name_kind=name_resolutions.target_kind, name_reason=name_resolutions.reason
    )
    with_binding = with_name.left_join(bindings, with_name.binding_id == bindings.binding_id).select(
        with_name, bound_by=bindings.kind
    )
    with_member = with_binding.left_join(
        attribute_resolutions, with_binding.callee_id == attribute_resolutions.node_id
    ).select(with_binding, member_kind=attribute_resolutions.target_kind)
    holders = definitions.filter(definitions.class_id.notnull()).select("definition_id")
    joined = with_member.left_join(holders, with_member.caller_id == holders.definition_id).select(
        with_member, in_class=holders.definition_id.notnull()
    )
    return joined.select(
        "repository", "file_id",
        site_node=joined.call_id,
        what=ibis.literal("call"),
        name=ibis.coalesce(joined.callee_text, joined.callee_name),
        reason=_reason(joined),
        completeness=ibis.literal("unknown"),
    )  # fmt: skip


def _add_limited(explained: Table, call_sites: Table, call_completeness: Table) -> Table:
    """Calls of which some callees are known, and others were cut off."""
    cut = call_completeness.filter(
        (call_completeness.completeness == "open") & (call_completeness.reason == "limit")
    ).select("file_id", "call_id")
    named = call_sites.inner_join(cut, (call_sites.file_id == cut.file_id) & (call_sites.call_id == cut.call_id))
    limited = named.select(
        call_sites.repository, call_sites.file_id,
        site_node=call_sites.call_id,
        what=ibis.literal("call"),
        name=ibis.coalesce(call_sites.callee_text, call_sites.callee_name),
        reason=ibis.literal("limit"),
        completeness=ibis.literal("open"),
    )  # fmt: skip
    return stack(explained, limited)


@task(UNRESOLVED_CALLS, stages=(_keep_unanswered, _explain, _add_limited))
def unresolved_calls(
    call_sites: Table,
    call_targets: Table,
    call_completeness: Table,
    name_resolutions: Table,
    attribute_resolutions: Table,
    bindings: Table,
    definitions: Table,
) -> Table:
    """One row per call without any candidate callee, or with more than a limit allows."""


def _reason(calls: Table) -> StringValue:
    kind = ibis.coalesce(calls.name_kind, calls.member_kind)
    shape = calls["shape"]
    return ibis.cases(
        (calls.name_reason.notnull(), calls.name_reason),
        ((shape == "super") & ~calls.in_class, "no_class"),
        (shape.isin(("self_attribute", "super")), "no_method"),
        (kind == "missing", "missing_member"),
        (kind == "module", "module"),
        (kind == "implicit", "implicit"),
        (calls.bound_by == "parameter", "parameter"),
        (calls.member_kind.notnull(), "not_callable"),
        (kind.notnull(), "variable"),
        (shape == "attribute", "unknown_object"),
        (shape == "call", "call_result"),
        (shape == "subscript", "item"),
        (shape == "name", "undefined"),
        else_="expression",
    )
