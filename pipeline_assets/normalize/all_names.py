"""What a module's `__all__` names, as far as its text says."""

from __future__ import annotations

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, LINE, REPOSITORY

ALL_NAMES = Contract(
    name="all_names",
    layer="normalize",
    description="One row per thing that module code adds to or takes from `__all__`, in source order.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column(
            "element_id", "int64", "The string, the other module's `__all__`, or the expression that is not understood."
        ),
        Column(
            "kind",
            "string",
            "name: a literal name; module: the `__all__` of another module; removed: a name taken out; "
            "dynamic: an expression whose value is not in the text.",
            values=("name", "module", "removed", "dynamic"),
        ),
        Column(
            "name",
            "string",
            "The name, or the dotted expression in front of `.__all__`; null for dynamic.",
            nullable=True,
        ),
        LINE,
    ),
    key=("element_id",),
    local=("file_id", "element_id"),
    references=(Reference("element_id", "ast_nodes", "node_id"),),
    query="SELECT kind, count(*) AS elements FROM all_names GROUP BY kind ORDER BY elements DESC",
)
