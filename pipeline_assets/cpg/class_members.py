"""Looking a name up in a class: the resolution order, ancestor by ancestor, and the classes outside at its end."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.pipes.stacking import stack


def search_classes(searches: Table, mro: Table, bindings: Table) -> Table:
    """Answer each search with the first ancestor's binding of the member, or with the ancestors outside.

    `searches` has `repository`, `file_id`, `call_id`, `search_class`, `member` and `start` (the first place of the
    resolution order to look at; the class itself is 0). The result keeps its other columns and replaces
    `found_kind` (definition, binding or external), `found_id`, `found_module`, `found_name`; `place` says how far
    along the answer was found, and `binding_kind` what kind of site it is.
    """
    kept = searches.drop(*(name for name in _ANSWER if name in searches.columns))
    ancestors = kept.inner_join(
        mro,
        [kept.repository == mro.repository, kept.search_class == mro.class_id, mro.position >= kept.start],
    ).select(kept, mro.position, mro.ancestor_id, mro.ancestor_name, mro.is_external)
    inside = _first_binding(ancestors, bindings)
    outside = _outside(ancestors).anti_join(
        inside, [_outside(ancestors).repository == inside.repository, _outside(ancestors).call_id == inside.call_id]
    )
    columns = (*kept.columns, *_ANSWER)
    return stack(inside.select(*columns), outside.select(*columns))


_ANSWER = ("found_kind", "found_id", "found_module", "found_name", "place", "binding_kind")
_ROOT = "builtins.object"


def _first_binding(ancestors: Table, bindings: Table) -> Table:
    members = bindings.filter((bindings["rank"] == 0) & (bindings.kind != "del"))
    joined = ancestors.inner_join(
        members,
        [
            ancestors.repository == members.repository,
            ancestors.ancestor_id == members.scope_node,
            ancestors.member == members.symbol_name,
        ],
    ).select(ancestors, site_node=members.site_node, binding_kind=members.kind)
    by_call = ibis.window(group_by=("repository", "file_id", "call_id"), order_by="position")
    first = joined.mutate(nth=ibis.row_number().over(by_call))
    nearest = first.filter(first.nth == 0)
    return nearest.mutate(
        found_kind=nearest.binding_kind.isin(("function", "class")).ifelse("definition", "binding"),
        found_id=nearest.site_node,
        found_module=ibis.null("string"),
        found_name=ibis.null("string"),
        place=nearest.position - nearest.start,
    )


def _outside(ancestors: Table) -> Table:
    """The ancestors outside the repository, each as if it had the member; `object` is left out."""
    unknown = ancestors.filter(ancestors.is_external & (ancestors.ancestor_name != _ROOT))
    is_builtin = unknown.ancestor_name.startswith("builtins.")
    return unknown.mutate(
        found_kind=ibis.literal("external"),
        found_id=ibis.null("int64"),
        found_module=is_builtin.ifelse("builtins", unknown.ancestor_name),
        found_name=is_builtin.ifelse(
            unknown.ancestor_name.substr(len("builtins.")) + "." + unknown.member, unknown.member
        ),
        place=unknown.position - unknown.start,
        binding_kind=ibis.null("string"),
    )
