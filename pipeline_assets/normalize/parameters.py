"""The parameters of functions and lambdas."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import BEND, BSTART, FILE_ID, LINE, REPOSITORY
from pipeline_assets.pipes import task

PARAMETERS = Contract(
    name="parameters",
    layer="normalize",
    description="One row per parameter of a function or lambda, in signature order.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("parameter_id", "int64", "The parameter's syntax node (`arg`)."),
        Column("definition_id", "int64", "The function or lambda."),
        Column("name", "string", "Name as written."),
        Column("position", "int32", "Place in the signature, counted from 0, stars included."),
        Column(
            "kind",
            "string",
            "How an argument reaches it, as in `inspect.Parameter`.",
            values=("positional_only", "positional_or_keyword", "var_positional", "keyword_only", "var_keyword"),
        ),
        Column("default_id", "int64", "The default's expression.", nullable=True),
        Column("annotation_id", "int64", "The annotation's expression.", nullable=True),
        BSTART,
        BEND,
        LINE,
    ),
    key=("parameter_id",),
    local=("parameter_id", "definition_id", "default_id", "annotation_id"),
    spans=(("bstart", "bend"),),
    references=(
        Reference("parameter_id", "ast_nodes", "node_id"),
        Reference("definition_id", "definitions", "definition_id"),
        Reference("default_id", "ast_nodes", "node_id"),
        Reference("annotation_id", "ast_nodes", "node_id"),
    ),
    query="SELECT kind, count(*) AS parameters, count(annotation_id) AS annotated FROM parameters GROUP BY kind",
)

KINDS = {
    "posonlyargs": "positional_only",
    "args": "positional_or_keyword",
    "vararg": "var_positional",
    "kwonlyargs": "keyword_only",
    "kwarg": "var_keyword",
}
"""Fields of the `arguments` node, and the kind of parameter each holds."""


def _select_parameters(ast_nodes: Table) -> Table:
    """Keep the `arg` nodes; the syntax tree lists them in signature order."""
    args = ast_nodes.filter(ast_nodes.kind == "arg")
    signature = ibis.window(group_by=[args.file_id, args.parent_id], order_by=args.node_id)
    return args.select(
        "repository",
        "file_id",
        "name",
        "ordinal",
        "bstart",
        "bend",
        "line",
        parameter_id=args.node_id,
        arguments_id=args.parent_id,
        position=ibis.row_number().over(signature).cast("int32"),
        kind=ibis.cases(*((args.field == field, kind) for field, kind in KINDS.items())),
    )


def _attach_definition(parameters: Table, ast_nodes: Table) -> Table:
    """Find the function or lambda above the `arguments` node."""
    arguments = ast_nodes.filter(ast_nodes.kind == "arguments")
    joined = parameters.inner_join(arguments, parameters.arguments_id == arguments.node_id)
    return joined.select(parameters, definition_id=arguments.parent_id)


def _attach_defaults(parameters: Table, ast_nodes: Table) -> Table:
    """Pair parameters with defaults: the last positional ones with `defaults`, keyword-only ones by place."""
    defaults = ast_nodes.filter(ast_nodes.field.isin(["defaults", "kw_defaults"]))
    is_keyword = defaults.field == "kw_defaults"
    signature = ibis.window(group_by=[defaults.file_id, defaults.parent_id, is_keyword])
    placed = defaults.select(
        "node_id",
        "parent_id",
        is_keyword=is_keyword,
        place=ibis.ifelse(is_keyword, defaults.ordinal, defaults.count().over(signature) - defaults.ordinal),
    )
    takes_default = parameters.kind.isin(["positional_only", "positional_or_keyword", "keyword_only"])
    is_keyword = parameters.kind == "keyword_only"
    is_positional = takes_default & ~is_keyword
    positional = ibis.window(group_by=[parameters.file_id, parameters.arguments_id, is_positional])
    from_end = parameters.count().over(positional) - parameters.position
    place = ibis.cases((is_keyword, parameters.ordinal), (is_positional, from_end))
    # One key for both kinds of place: an alternative in the condition would compare every pair of rows.
    counted = parameters.mutate(is_keyword=is_keyword, place=place)
    joined = counted.left_join(
        placed,
        (counted.arguments_id == placed.parent_id)
        & (counted.is_keyword == placed.is_keyword)
        & (counted.place == placed.place),
    )
    return joined.select(counted, default_id=placed.node_id)


def _attach_annotations(parameters: Table, ast_nodes: Table) -> Table:
    """Find each parameter's annotation and keep the contract's columns."""
    annotations = ast_nodes.filter(ast_nodes.field == "annotation")
    joined = parameters.left_join(annotations, parameters.parameter_id == annotations.parent_id)
    own = [name for name in PARAMETERS.names if name != "annotation_id"]
    return PARAMETERS.select(joined.select(*(parameters[name] for name in own), annotation_id=annotations.node_id))


@task(PARAMETERS, stages=(_select_parameters, _attach_definition, _attach_defaults, _attach_annotations))
def parameters(ast_nodes: Table) -> Table:
    """One row per parameter of a function or lambda, in signature order."""
