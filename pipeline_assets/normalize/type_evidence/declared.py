"""Types that annotations and type comments declare, through aliases and type variables."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.inference.contract import ORDINAL_BITS
from pipeline_assets.normalize.annotations.forms import TYPING_MODULES
from pipeline_assets.normalize.type_evidence.rows import CONFIDENCE, rows
from pipeline_assets.pipes.stacking import stack

DECLARED = ("parameter", "return", "variable", "attribute")
ALIASES = ("alias", "bound", "constraint", "new_type")
"""Positions that say what a name for a type stands for."""
MARKS = ("TypeAlias", "Final", "ClassVar", "InitVar", "Any", "Required", "NotRequired", "ReadOnly", "Annotated")
"""Names of the typing module that stand for no type when they stand alone."""
MOST_ALIASES = 2
"""Aliases of aliases that are followed."""

_BINDING_FAMILY = 4
_LAST = 1 << 30
"""None comes last, as type checkers spell it."""
_MEMBER = (
    "repository",
    "file_id",
    "owner_id",
    "position",
    "scope_node",
    "is_comment",
    "whole_text",
    "whole_is_string",
    "type_id",
    "opened_id",
    "member",
    "implied_place",
)
_CLASS = ("member_text", "target_kind", "target_id", "target_module", "target_name", "resolved_target")


def declared_types(type_exprs: Table, definitions: Table, ast_nodes: Table) -> Table:
    """One row per declared variable, parameter or returned value and member of its type."""
    found = _members(type_exprs, DECLARED)
    for _ in range(MOST_ALIASES):
        found = _opened(found, _known_names(type_exprs.view()))
    return _settled(found, definitions, ast_nodes)


def _members(type_exprs: Table, positions: tuple[str, ...]) -> Table:
    """What the wholes come down to: expressions, and builtin classes that a form implies."""
    chosen = type_exprs.filter(type_exprs.position.isin(positions))
    whole = ibis.window(group_by=[chosen.file_id, chosen.root_id], order_by=chosen.type_id)
    is_mark = chosen.target_module.isin(TYPING_MODULES) & chosen.target_name.isin(MARKS)
    told = chosen.mutate(
        whole_text=chosen.type_text.first().over(whole),
        whole_is_string=chosen.is_string.first().over(whole),
        is_usable=(chosen.status == "ok") & ~is_mark.fill_null(False),
        opened_id=chosen.type_id,
    )
    is_literal = (told.target_name == "Literal").fill_null(False)
    named = told.filter(told.member.notnull() & told.is_usable & (~is_literal | told.implied.isnull()))
    named = named.mutate(
        resolved_target=ibis.ifelse(named.form == "none", "builtins.None", named.resolved_target),
        member_text=named.type_text,
        implied_place=ibis.literal(0, "int64"),
    )
    implying = told.filter(told.implied.notnull() & (told.status == "ok"))
    implying = implying.mutate(classes=implying.implied.split(",")).unnest("classes", offset="place")
    implied = implying.mutate(
        member=ibis.coalesce(implying.member, ibis.literal(_LAST, "int32")),
        target_kind=ibis.literal("builtin"),
        target_id=ibis.null("int64"),
        target_module=ibis.literal("builtins"),
        target_name=implying.classes,
        resolved_target=ibis.literal("builtins.") + implying.classes,
        member_text=implying.classes,
        implied_place=implying.place + 1,
    )
    return stack(named.select(*_MEMBER, *_CLASS), implied.select(*_MEMBER, *_CLASS))


def _known_names(type_exprs: Table) -> Table:
    """What names for types stand for, by the binding that makes them."""
    members = _members(type_exprs, ALIASES)
    return members.select(
        known_binding=members.owner_id + (_BINDING_FAMILY << ORDINAL_BITS),
        known_repository=members.repository,
        known_type=members.type_id,
        known_place=members.implied_place,
        **{f"known_{name}": members[name] for name in _CLASS},
    )


def _opened(found: Table, known: Table) -> Table:
    """Put what a name for a type stands for in its place; what is written here stays the evidence."""
    binding_id = ibis.ifelse(found.target_kind == "binding", found.target_id, None)
    joined = found.left_join(known, (found.repository == known.known_repository) & (binding_id == known.known_binding))
    both = joined.select(found, *(known[name] for name in known.columns))
    is_known = both.known_binding.notnull()
    return both.mutate(
        opened_id=ibis.ifelse(is_known, both.known_type, both.opened_id),
        implied_place=ibis.ifelse(is_known, both.known_place, both.implied_place),
        **{name: ibis.ifelse(is_known, both[f"known_{name}"], both[name]) for name in _CLASS},
    ).drop(*known.columns)


def _settled(found: Table, definitions: Table, ast_nodes: Table) -> Table:
    """Name the class of each member; `Self` is the class around, `type[C]` the class itself as an object."""
    classes = definitions.filter(definitions.kind == "class").select("repository", "definition_id", "qualname")
    is_self = (found.target_module.isin(TYPING_MODULES) & (found.target_name == "Self")).fill_null(False)
    found = found.mutate(meant_id=ibis.ifelse(is_self, found.scope_node, found.target_id), is_self=is_self)
    same = (found.repository == classes.repository) & (found.meant_id == classes.definition_id)
    joined = found.left_join(classes, same).select(found, classes.definition_id, classes.qualname)
    owners = ast_nodes.select("file_id", owner_node=ast_nodes.node_id, name=ast_nodes.name)
    named = owners.inner_join(
        joined, (owners.file_id == joined.file_id) & (owners.owner_node == joined.owner_id)
    ).select(joined, owners.name)
    is_outside = named.target_kind.isin(["external", "standard_library", "builtin"]) | (
        named.resolved_target == "builtins.None"
    )
    by_place = ibis.window(
        group_by=[named.file_id, named.owner_id, named.position, named.is_comment],
        order_by=[named.member, named.type_id, named.opened_id, named.implied_place],
    )
    return rows(
        named,
        ibis.cases(
            (named.is_comment, "type_comment"), (named.whole_is_string, "string_annotation"), else_="annotation"
        ),
        type_text=named.whole_text,
        entity_id=named.owner_id,
        role=named.position,
        class_id=named.definition_id,
        class_name=ibis.coalesce(named.qualname, ibis.ifelse(is_outside, named.resolved_target, None)),
        confidence=CONFIDENCE["annotation"],
        evidence_id=named.type_id,
        member=ibis.row_number().over(by_place).cast("int32"),
    )
