"""Every argument of every call, and of every class statement, in the order in which it is evaluated."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import BEND, BSTART, FILE_ID, LINE, REPOSITORY
from pipeline_assets.pipes import task

CALL_ARGS = Contract(
    name="call_args",
    layer="normalize",
    description="One row per argument of a call expression or class statement, in order of evaluation.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("argument_id", "int64", "The argument's node: an expression, Starred or keyword."),
        Column(
            "call_id", "int64", "The Call, or the ClassDef whose bases and keywords are arguments of its metaclass."
        ),
        Column("site", "string", "Which of the two.", values=("call", "class")),
        Column(
            "position",
            "int32",
            "Place in the order of evaluation, counted from 0: what is positional comes before what is named, even "
            "where a `*` argument is written behind a keyword.",
        ),
        Column(
            "kind",
            "string",
            "positional; keyword: `name=value`; star: an iterable of positional arguments; double_star: a mapping of "
            "keywords.",
            values=("positional", "keyword", "star", "double_star"),
        ),
        Column("name", "string", "The keyword; null for the other kinds.", nullable=True),
        Column(
            "place",
            "int32",
            "Which positional argument it is for the callee, counted from 0; null for keywords and where a `*` "
            "argument before it makes that unknown.",
            nullable=True,
        ),
        Column("value_id", "int64", "The expression whose value is passed or unpacked."),
        LINE,
        BSTART,
        BEND,
    ),
    key=("argument_id",),
    local=("argument_id", "call_id", "value_id"),
    spans=(("bstart", "bend"),),
    references=(
        Reference("argument_id", "ast_nodes", "node_id"),
        Reference("call_id", "ast_nodes", "node_id"),
        Reference("value_id", "ast_nodes", "node_id"),
    ),
    query="SELECT site, kind, count(*) AS arguments FROM call_args GROUP BY ALL ORDER BY arguments DESC",
)

ARGUMENT_FIELDS = ("args", "bases", "keywords")
"""Fields of calls and class statements that hold arguments; in preorder they come in order of evaluation."""

PARAMETER_KINDS = ("arg", "arguments")
"""Syntax of parameters."""


def _select_arguments(ast_nodes: Table) -> Table:
    """Keep the arguments: parameters lie in fields of the same names."""
    found = ast_nodes.filter(ast_nodes.field.isin(ARGUMENT_FIELDS) & ~ast_nodes.kind.isin(PARAMETER_KINDS))
    is_keyword = found.kind == "keyword"
    return found.select(
        "repository",
        "file_id",
        "line",
        "bstart",
        "bend",
        argument_id=found.node_id,
        call_id=found.parent_id,
        kind=ibis.cases(
            (is_keyword & found.name.isnull(), "double_star"),
            (is_keyword, "keyword"),
            (found.kind == "Starred", "star"),
            else_="positional",
        ),
        name=ibis.ifelse(is_keyword, found.name, None),
    )


def _order_arguments(arguments: Table, ast_nodes: Table) -> Table:
    """Count the arguments of each call, and tell whose they are."""
    before = ibis.window(
        group_by=[arguments.file_id, arguments.call_id], order_by=arguments.argument_id, rows=(None, 0)
    )
    classes = ast_nodes.filter(ast_nodes.kind == "ClassDef")
    counted = arguments.mutate(
        position=ibis.row_number().over(before).cast("int32"),
        stars=(arguments.kind == "star").sum().over(before),
    )
    joined = counted.left_join(classes, (counted.file_id == classes.file_id) & (counted.call_id == classes.node_id))
    return joined.select(counted, site=ibis.ifelse(classes.node_id.isnull(), "call", "class"))


def _place_arguments(arguments: Table) -> Table:
    """Tell which positional argument each is; in preorder an unpacked or named value comes right after its node."""
    is_plain = arguments.kind == "positional"
    return CALL_ARGS.select(
        arguments.mutate(
            place=ibis.ifelse(is_plain & (arguments.stars == 0), arguments.position, None),
            value_id=arguments.argument_id + ibis.ifelse(is_plain, 0, 1),
        )
    )


@task(CALL_ARGS, stages=(_select_arguments, _order_arguments, _place_arguments))
def call_args(ast_nodes: Table) -> Table:
    """One row per argument of a call expression or class statement, in order of evaluation."""
