"""Modules, classes, functions and lambdas, with their qualified names and three spans."""

from __future__ import annotations

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import BEND, BSTART, FILE_ID, LINE, REPOSITORY

DEFINITIONS = Contract(
    name="definitions",
    layer="normalize",
    description="One row per module, class, function and lambda, with its qualified names, place and spans.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("definition_id", "int64", "The definition: its syntax node."),
        Column(
            "kind",
            "string",
            "What is defined.",
            values=("module", "class", "function", "async_function", "lambda"),
        ),
        Column("name", "string", "Name as written; `<lambda>` for a lambda; the last part of a module's name."),
        Column(
            "qualname",
            "string",
            "Module and `__qualname__` joined by a dot; functions put `<locals>` before what they hold.",
        ),
        Column(
            "pycg_name",
            "string",
            "Dotted name without `<locals>`; lambdas are `<lambda1>`, `<lambda2>` … within their holder.",
        ),
        Column("parent_id", "int64", "The definition whose body holds this one; null for a module.", nullable=True),
        Column("class_id", "int64", "The class, when the definition sits directly in a class body.", nullable=True),
        Column("ordinal", "int32", "How many earlier definitions of the file have the same qualified name."),
        Column(
            "stable_id",
            "string",
            "Qualified name, with `#n` for the n-th redefinition: survives edits elsewhere in the file.",
        ),
        Column("is_generator", "boolean", "Whether the body yields."),
        Column(
            "is_property",
            "boolean",
            "Whether it is read as an attribute: property, cached property, or an accessor of one.",
        ),
        Column(
            "is_static_method",
            "boolean",
            "Whether it sits in a class and is decorated with `staticmethod`, or is `__new__`.",
        ),
        Column(
            "is_class_method",
            "boolean",
            "Whether it sits in a class and is decorated with `classmethod`, or is `__init_subclass__` or `__class_getitem__`.",
        ),
        BSTART,
        BEND,
        Column("dbstart", "int32", "First byte with decorators: the first `@`, else `bstart`."),
        Column("dbend", "int32", "Byte after the last one, decorators included: always `bend`."),
        Column("name_bstart", "int32", "First byte of the name token; null for modules and lambdas.", nullable=True),
        Column("name_bend", "int32", "Byte after the name token; null for modules and lambdas.", nullable=True),
        LINE,
    ),
    key=("definition_id",),
    local=("file_id", "definition_id", "parent_id", "class_id"),
    spans=(("bstart", "bend"), ("dbstart", "dbend"), ("name_bstart", "name_bend")),
    references=(
        Reference("definition_id", "ast_nodes", "node_id"),
        Reference("parent_id", "definitions", "definition_id"),
        Reference("class_id", "definitions", "definition_id"),
    ),
    query="SELECT kind, count(*) AS definitions FROM definitions GROUP BY kind ORDER BY definitions DESC",
)
