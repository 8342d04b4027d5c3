"""Looking a name up in a class: its resolution order, ancestor by ancestor, builtin classes included."""

from __future__ import annotations

import ibis
from ibis.expr.types import StringValue, Table

from pipeline_assets.pipes.stacking import stack


def search_classes(searches: Table, mro: Table, bindings: Table, environment_names: Table) -> Table:
    """Answer each search with what the first ancestor that is known to have the member binds to it.

    Where none is known to, the answer is every ancestor outside the repository, as any may have it; where there is
    none of these either, it is `object`, if that has the member.

    `searches` has `repository`, `search_class`, `member` and `start` (the first place of the resolution order to look
    at; the class itself is 0). The result keeps its other columns and replaces `found_kind` (definition, binding,
    builtin or external), `found_id`, `found_module`, `found_name`; `place` says how far along the answer was found,
    and `binding_kind` what kind of site it is.
    """
    kept = searches.drop(*(name for name in _ANSWER if name in searches.columns))
    # Many calls ask the same: each question is answered once.
    answers = _answers(kept.select(*_QUESTION).distinct(), mro, bindings, environment_names)
    return kept.inner_join(answers, [kept[name] == answers[name] for name in _QUESTION]).select(
        kept, *(answers[name] for name in _ANSWER)
    )


_QUESTION = ("repository", "search_class", "member", "start")
_ANSWER = ("found_kind", "found_id", "found_module", "found_name", "place", "binding_kind")
_BUILTINS = "builtins."


def _answers(questions: Table, mro: Table, bindings: Table, environment_names: Table) -> Table:
    ancestors = questions.inner_join(
        mro,
        [
            questions.repository == mro.repository,
            questions.search_class == mro.class_id,
            mro.position >= questions.start,
        ],
    ).select(questions, mro.position, mro.ancestor_id, mro.ancestor_name, mro.is_external)
    builtin = _builtin_members(ancestors, environment_names)
    root = builtin.found_name.startswith("object.")
    known = _nearest(stack(_own_members(ancestors, bindings), builtin.filter(~root)))
    outside = _unanswered(_outside(ancestors), known)
    of_object = _unanswered(_unanswered(builtin.filter(root), known), outside)
    return stack(known, outside, of_object)


def _own_members(ancestors: Table, bindings: Table) -> Table:
    """What classes of the repository bind in their bodies."""
    preferred = bindings.filter((bindings["rank"] == 0) & (bindings.kind != "del"))
    members = preferred.select("repository", "scope_node", "symbol_name", "site_node", "kind")
    joined = ancestors.inner_join(
        members,
        [
            ancestors.repository == members.repository,
            ancestors.ancestor_id == members.scope_node,
            ancestors.member == members.symbol_name,
        ],
    ).select(ancestors, site_node=members.site_node, binding_kind=members.kind)
    return _answer(
        joined,
        kind=joined.binding_kind.isin(("function", "class")).ifelse("definition", "binding"),
        found_id=joined.site_node,
        binding_kind=joined.binding_kind,
    )


def _builtin_members(ancestors: Table, environment_names: Table) -> Table:
    """What builtin classes bind, as the analysing interpreter knows them."""
    members = environment_names.filter(environment_names.kind == "class_member")
    named = ancestors.filter(ancestors.ancestor_name.startswith(_BUILTINS))
    wanted = named.mutate(wanted=named.ancestor_name.substr(len(_BUILTINS)) + "." + named.member)
    found = wanted.inner_join(members, [wanted.repository == members.repository, wanted.wanted == members.name]).select(
        wanted
    )
    return _answer(found, kind=ibis.literal("builtin"), module=ibis.literal("builtins"), name=found.wanted)


def _outside(ancestors: Table) -> Table:
    """The ancestors of which only the name is known, each as if it had the member."""
    unknown = ancestors.filter(ancestors.is_external & ~ancestors.ancestor_name.startswith(_BUILTINS))
    return _answer(unknown, kind=ibis.literal("external"), module=unknown.ancestor_name, name=unknown.member)


def _answer(
    ancestors: Table,
    *,
    kind: StringValue,
    found_id: ibis.Value | None = None,
    module: StringValue | None = None,
    name: StringValue | None = None,
    binding_kind: StringValue | None = None,
) -> Table:
    nothing = ibis.null("string")
    return ancestors.select(
        *_QUESTION,
        found_kind=kind,
        found_id=ibis.null("int64") if found_id is None else found_id,
        found_module=nothing if module is None else module,
        found_name=nothing if name is None else name,
        place=ancestors.position - ancestors.start,
        binding_kind=nothing if binding_kind is None else binding_kind,
    )


def _nearest(answers: Table) -> Table:
    """The answer of the first ancestor that has one."""
    by_question = ibis.window(group_by=_QUESTION, order_by="place")
    numbered = answers.mutate(nth=ibis.row_number().over(by_question))
    return numbered.filter(numbered.nth == 0).drop("nth")


def _unanswered(answers: Table, better: Table) -> Table:
    return answers.anti_join(better, [answers[name] == better[name] for name in _QUESTION])
