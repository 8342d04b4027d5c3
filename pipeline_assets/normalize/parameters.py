"""The parameters of functions and lambdas."""

from __future__ import annotations

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import BEND, BSTART, FILE_ID, LINE, REPOSITORY

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
    local=("file_id", "parameter_id", "definition_id", "default_id", "annotation_id"),
    spans=(("bstart", "bend"),),
    references=(
        Reference("parameter_id", "ast_nodes", "node_id"),
        Reference("definition_id", "definitions", "definition_id"),
        Reference("default_id", "ast_nodes", "node_id"),
        Reference("annotation_id", "ast_nodes", "node_id"),
    ),
    query="SELECT kind, count(*) AS parameters, count(annotation_id) AS annotated FROM parameters GROUP BY kind",
)
