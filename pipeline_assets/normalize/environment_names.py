"""The names that the analysing interpreter brings along: builtins, module attributes, the standard library."""

from __future__ import annotations

from pipeline_assets.inference.contract import Column, Contract
from pipeline_assets.normalize.columns import REPOSITORY

ENVIRONMENT_NAMES = Contract(
    name="environment_names",
    layer="normalize",
    description="One row per name that the interpreter itself provides: builtins, implicit module names, standard library.",
    columns=(
        REPOSITORY,
        Column(
            "kind",
            "string",
            "builtin: found by every lookup that fails in module scope; implicit: set on every module by the import "
            "system; standard_library: top-level module of the standard library.",
            values=("builtin", "implicit", "standard_library"),
        ),
        Column("name", "string", "The name."),
    ),
    key=("repository", "kind", "name"),
    query="SELECT kind, count(*) AS names FROM environment_names GROUP BY kind ORDER BY kind",
)
