"""What has which type, as declared, as inferred, as an alias and as raised: classes here by id, others by name."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.cpg import ids
from pipeline_assets.cpg.fact_ids import type_expression_node
from pipeline_assets.cpg.kinds import ORIGINS
from pipeline_assets.cpg.shared import type_aliases
from pipeline_assets.inference.contract import Column, Contract
from pipeline_assets.normalize.columns import FILE_ID, REPOSITORY
from pipeline_assets.normalize.type_evidence.rows import DECLARED
from pipeline_assets.pipes import task
from pipeline_assets.pipes.stacking import stack

_LINKS = ("EVAL_TYPE", "PY_INFERRED_TYPE", "ALIAS_OF", "PY_RAISES")

TYPE_LINKS = Contract(
    name="type_links",
    layer="cpg",
    description="One row per node of the graph and class that it has as a type, stands for or raises.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column(
            "link", "string", "Kind of the edge.", values=("EVAL_TYPE", "PY_INFERRED_TYPE", "ALIAS_OF", "PY_RAISES")
        ),
        Column("node_id", "int64", "The node."),
        Column("place", "int32", "Place of the class among those of the type, from 0."),
        Column("type_node", "int64", "The TYPE of the class."),
        Column("class_name", "string", "Fully dotted name of a class outside; null inside.", nullable=True),
        Column("origin", "string", "Evidence that shows it.", values=ORIGINS),
        Column("method", "string", "Rule that found it.", values=("annotation", "inference", "type", "raise")),
        Column("confidence", "float64", "How sure the rule is."),
    ),
    key=("node_id", "link", "type_node"),
    query="SELECT link, method, count(*) AS links FROM type_links GROUP BY ALL ORDER BY links DESC",
)

_RAISED = 0.8
"""Confidence that what a file calls or names after `raise` is a class, where it is outside and named like one."""
_CLASS_NAME = r"(^|\.)_*[A-Z][^.]*$"


def _take_types(types: Table) -> Table:
    """The preferred source of each entity's type, and what is inferred of it beside."""
    known = types.filter((types.class_id.notnull() | types.class_name.notnull()) & ~types.is_class_object)
    is_declared = known.origin.isin(DECLARED)
    end = ibis.cases((known.role == "return", ids.METHOD_RETURN), else_=0)
    placed = known.mutate(
        node_id=known.entity_id + end,
        place=known.member,
        class_name=ibis.ifelse(known.class_id.isnull(), known.class_name, None),
        source=ibis.cases((known.origin == "pyrefly", "pyrefly"), else_="ast"),
        method=ibis.cases((is_declared, "annotation"), (known.origin == "pyrefly", "type"), else_="inference"),
    )
    first = placed.filter(placed["rank"] == 0)
    inferred = placed.filter(placed.origin.notin(DECLARED))
    # Several sources may say the same; the surest is kept.
    best = ibis.window(group_by=("file_id", "node_id"), order_by=("rank",))
    ranked = inferred.mutate(nth=inferred["rank"].dense_rank().over(best))
    return stack(_links("EVAL_TYPE", first), _links("PY_INFERRED_TYPE", ranked.filter(ranked.nth == 0)))


def _add_expressions(links: Table, type_exprs: Table, definitions: Table) -> Table:
    """What type expressions name, and what aliases stand for."""
    classes = definitions.filter(definitions.kind == "class").select("repository", "definition_id")
    meant = type_exprs.filter((type_exprs.status == "ok") & type_exprs.resolved_target.notnull())
    joined = meant.left_join(
        classes, [meant.repository == classes.repository, meant.target_id == classes.definition_id]
    ).select(meant, class_id=classes.definition_id)
    outside = joined.target_kind.isin(("builtin", "standard_library", "external"))
    named = joined.filter(joined.class_id.notnull() | outside)
    told = named.mutate(
        class_name=ibis.ifelse(named.class_id.isnull(), named.resolved_target, None),
        source=ibis.literal("ast"),
        method=ibis.literal("annotation"),
        confidence=ibis.literal(1.0),
    )
    owners = type_aliases(type_exprs)
    aliases = told.filter((told.position == "alias") & told.member.notnull()).semi_join(owners, ["file_id", "owner_id"])
    alias = ids.companion(aliases.owner_id, ids.ALIAS)
    return stack(
        links,
        _links("EVAL_TYPE", told.mutate(node_id=type_expression_node(told.type_id), place=ibis.literal(0))),
        _links("ALIAS_OF", aliases.mutate(node_id=alias, place=aliases.member)),
    )


def _add_raised(
    links: Table, ast_nodes: Table, name_resolutions: Table, attribute_resolutions: Table, definitions: Table
) -> Table:
    """The classes that `raise` names or calls."""
    raised = ast_nodes.filter(ast_nodes.field == "exc").select("file_id", "node_id", "parent_id", "kind")
    callees = ast_nodes.filter(ast_nodes.field == "func").select("file_id", callee="node_id", call="parent_id")
    called = raised.filter(raised.kind == "Call")
    through = callees.inner_join(called, [callees.file_id == called.file_id, callees.call == called.node_id])
    named = stack(
        raised.filter(raised.kind != "Call").select("file_id", "parent_id", "node_id"),
        through.select(called.file_id, called.parent_id, node_id=callees.callee),
    )
    columns = ("repository", "file_id", "node_id", "target_kind", "target_id", "target_module", "target_name")
    certain = name_resolutions.filter(name_resolutions.candidates <= 1)
    meant = stack(certain.select(*columns), attribute_resolutions.select(*columns))
    found = meant.inner_join(named, [meant.file_id == named.file_id, meant.node_id == named.node_id]).select(
        *(meant[name] for name in columns if name != "node_id"), node_id=named.parent_id
    )
    classes = definitions.filter(definitions.kind == "class").select("repository", "definition_id")
    joined = found.left_join(
        classes, [found.repository == classes.repository, found.target_id == classes.definition_id]
    ).select(found, class_id=classes.definition_id)
    outside = joined.target_kind.isin(("builtin", "standard_library", "external")) & joined.target_name.re_search(
        _CLASS_NAME
    )
    told = joined.filter(joined.class_id.notnull() | outside.fill_null(False))
    builtin = (told.target_kind == "builtin") | told.class_id.notnull()
    dotted = told.target_module + ibis.literal(".") + told.target_name
    raising = told.mutate(
        place=ibis.literal(0),
        class_name=ibis.ifelse(told.class_id.isnull(), dotted, None),
        source=ibis.literal("names"),
        method=ibis.literal("raise"),
        confidence=builtin.ifelse(1.0, _RAISED),
    )
    return stack(links, _links("PY_RAISES", raising))


def _select_links(links: Table) -> Table:
    """Give each class its TYPE; what is known in several ways counts once, as the surest of them says."""
    typed = links.mutate(
        type_node=ibis.coalesce(
            ids.companion(links.class_id, ids.CLASS_TYPE), ids.outside_node("TYPE", links.class_name)
        )
    )
    once = typed.group_by("repository", "file_id", "link", "node_id", "type_node", "class_name").aggregate(
        place=typed.place.min(),
        origin=typed.origin.min(),
        method=typed.method.min(),
        confidence=typed.confidence.max(),
    )
    return TYPE_LINKS.select(once)


@task(TYPE_LINKS, stages=(_take_types, _add_expressions, _add_raised, _select_links))
def type_links(
    types: Table,
    type_exprs: Table,
    definitions: Table,
    ast_nodes: Table,
    name_resolutions: Table,
    attribute_resolutions: Table,
) -> Table:
    """One row per node of the graph and class that it has as a type, stands for or raises."""


def _links(link: str, rows: Table) -> Table:
    return rows.select(
        "repository",
        "file_id",
        "node_id",
        "place",
        "class_id",
        "class_name",
        "method",
        "confidence",
        link=ibis.literal(link),
        origin=rows.source,
    )
