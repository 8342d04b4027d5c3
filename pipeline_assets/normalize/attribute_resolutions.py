"""What dotted names mean when they start at a module, a class or something outside."""

from __future__ import annotations

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, REPOSITORY, TARGET_KIND_MEANING, TARGET_KINDS

ATTRIBUTE_RESOLUTIONS = Contract(
    name="attribute_resolutions",
    layer="normalize",
    description="One row per attribute chain on a name that is a module, a class or outside the repository, with what it means.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("node_id", "int64", "The Attribute node."),
        Column("root_id", "int64", "The name at the start of the chain."),
        Column("dotted", "string", "The chain as written."),
        Column("target_kind", "string", f"What it stands for. {TARGET_KIND_MEANING}.", values=TARGET_KINDS),
        Column(
            "target_id",
            "int64",
            "The definition, the module's syntax node, or the binding; null when it has none here.",
            nullable=True,
        ),
        Column("target_module", "string", "Module that holds the target, or is it; null when missing.", nullable=True),
        Column(
            "target_name",
            "string",
            "The target's dotted name in that module; null when the target is a module.",
            nullable=True,
        ),
    ),
    key=("node_id",),
    local=("node_id", "root_id"),
    references=(Reference("node_id", "ast_nodes", "node_id"), Reference("root_id", "ast_nodes", "node_id")),
    query="SELECT target_kind, count(*) AS chains FROM attribute_resolutions GROUP BY target_kind ORDER BY chains DESC",
)
