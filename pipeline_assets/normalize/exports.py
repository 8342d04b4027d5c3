"""The members of every module, followed through imports, aliases and stars to what they finally are."""

from __future__ import annotations

from pipeline_assets.inference.contract import Column, Contract
from pipeline_assets.normalize.columns import REPOSITORY

EXPORTS = Contract(
    name="exports",
    layer="normalize",
    description="One row per member of a module, followed through re-exports to the definition, module or variable behind it.",
    columns=(
        REPOSITORY,
        Column("module", "string", "The module that has the member."),
        Column(
            "name",
            "string",
            "The member; `*` stands for the unknown members of a star import that leaves the repository.",
        ),
        Column(
            "target_kind",
            "string",
            "definition: a class or function here; module: a module or package here; binding: another value bound here; "
            "external, standard_library: something outside; missing: an import that leads nowhere here; cycle: imports "
            "that lead back to themselves.",
            values=("definition", "module", "binding", "external", "standard_library", "missing", "cycle"),
        ),
        Column(
            "target_id",
            "int64",
            "The definition, the module's syntax node, or the binding; null outside the repository and for namespace packages.",
            nullable=True,
        ),
        Column("target_module", "string", "Module that finally holds it, or the module itself."),
        Column("target_name", "string", "Its name there; null when the target is a module.", nullable=True),
        Column(
            "via",
            "string",
            "How the module comes to have it: own: bound by its code; import: an import statement; star: a star import; "
            "submodule: a module below a package.",
            values=("own", "import", "star", "submodule"),
        ),
        Column(
            "is_public",
            "boolean",
            "Whether `from module import *` hands it on: listed in `__all__`, else no leading underscore.",
        ),
        Column("steps", "int32", "How many import statements were followed."),
    ),
    key=("repository", "module", "name"),
    query="SELECT via, target_kind, count(*) AS members FROM exports GROUP BY ALL ORDER BY members DESC",
)
