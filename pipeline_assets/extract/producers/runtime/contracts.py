"""What the runtime layer promises."""

from __future__ import annotations

from pipeline_assets.extract.status import STATUSES, status_contract
from pipeline_assets.inference.contract import Column, Contract, Reference

LAYER = "runtime"

KINDS = (
    "module",
    "class",
    "function",
    "method",
    "staticmethod",
    "classmethod",
    "property",
    "builtin",
    "other",
)
PARAMETER_KINDS = ("positional_only", "positional_or_keyword", "var_positional", "keyword_only", "var_keyword")

_REPOSITORY = Column("repository", "string", "Name of the repository.")
_MODULE = Column("module", "string", "The module that was imported.")
_OBJECT = Column("object_id", "int64", "The object.")
_QUALNAME = Column("qualname", "string", "Names that lead to it from the module, joined by dots; empty for the module.")
_OBJECT_REFERENCE = Reference("object_id", "runtime_objects", "object_id")

RUNTIME_MODULES = Contract(
    name="runtime_modules",
    layer="extract",
    description="One row per module that was asked to be imported: what became of it, and how it was shut in.",
    columns=(
        _REPOSITORY,
        Column("module", "string", "The module, as it was asked for."),
        Column("file_id", "int64", "Its file; none where the repository has no such module.", True),
        Column(
            "status",
            "string",
            "ok; failed: importing it raised; skipped: it was not imported; limited: it holds more than is looked at; "
            "crashed: it ended its process; timeout: it was stopped.",
            values=STATUSES,
        ),
        Column("error_class", "string", "Class of what it raised.", True),
        Column("message", "string", "What went wrong.", True),
        Column("error_file_id", "int64", "The file of the repository in which it was raised.", True),
        Column("error_line", "int32", "The line there.", True),
        Column("is_without_network", "boolean", "It had no network; none where nothing was run.", True),
        Column("is_without_files", "boolean", "It saw no files but interpreter, libraries and sources.", True),
        Column("is_without_processes", "boolean", "It saw no processes but its own, and left none.", True),
        Column("not_enforced", "string", "What the platform refused, and why.", True),
    ),
    key=("repository", "module"),
    references=(Reference("file_id", "files", "file_id"), Reference("error_file_id", "files", "file_id")),
    query="SELECT module, status, message, not_enforced FROM runtime_modules",
)

RUNTIME_OBJECTS = Contract(
    name="runtime_objects",
    layer="extract",
    description="One row per name that an imported module holds, and per name in the classes it defines.",
    columns=(
        _REPOSITORY,
        Column("object_id", "int64", "Id: bit 62, then a hash of repository, module and qualified name."),
        _MODULE,
        _QUALNAME,
        Column("kind", "string", "What it is, by its type.", values=KINDS),
        Column("type", "string", "Its type."),
        Column("defined_module", "string", "The module that it says it was written in.", True),
        Column("defined_qualname", "string", "The qualified name that it says it was written under.", True),
        Column("file_id", "int64", "The file it was written in, where that is the repository's.", True),
        Column("line", "int32", "First line there, from 1, decorators included.", True),
        Column("doc", "string", "First line of its documentation.", True),
    ),
    key=("object_id",),
    references=(Reference("file_id", "files", "file_id"),),
    query="SELECT kind, count(*) FROM runtime_objects GROUP BY 1 ORDER BY 2 DESC",
)

RUNTIME_SIGNATURES = Contract(
    name="runtime_signatures",
    layer="extract",
    description="One row per function among the objects, as it is written: the receiver is a parameter.",
    columns=(
        _REPOSITORY,
        _OBJECT,
        _MODULE,
        _QUALNAME,
        Column("signature", "string", "Parameters and result; `...` for what is no simple constant or name.", True),
        Column("returns", "string", "Annotation of the result, where it is made of names.", True),
        Column("is_wrapped", "boolean", "It is the signature of a function that a decorator wraps."),
        Column("reason", "string", "Why there is no signature.", True),
    ),
    key=("object_id",),
    references=(_OBJECT_REFERENCE,),
    query="SELECT module, qualname, signature FROM runtime_signatures LIMIT 20",
)

RUNTIME_PARAMS = Contract(
    name="runtime_params",
    layer="extract",
    description="One row per parameter of a signature.",
    columns=(
        _REPOSITORY,
        _OBJECT,
        Column("position", "int32", "Place among the parameters, from 0."),
        Column("name", "string", "Name of the parameter."),
        Column("kind", "string", "How arguments are passed to it.", values=PARAMETER_KINDS),
        Column("has_default", "boolean", "Whether it has a default."),
        Column("default", "string", "The default, where it is a simple constant; cut where it is long.", True),
        Column("has_annotation", "boolean", "Whether it has an annotation."),
        Column("annotation", "string", "The annotation, where it is made of names.", True),
    ),
    key=("object_id", "position"),
    references=(_OBJECT_REFERENCE,),
    query="SELECT kind, has_default, count(*) FROM runtime_params GROUP BY ALL ORDER BY 3 DESC",
)

RUNTIME_MEMBERS = Contract(
    name="runtime_members",
    layer="extract",
    description="One row per attribute that a class has, its own or inherited, with the class that it comes from.",
    columns=(
        _REPOSITORY,
        Column("object_id", "int64", "The class."),
        _MODULE,
        Column("class", "string", "Names that lead to the class from the module."),
        Column("name", "string", "Name of the attribute."),
        Column("kind", "string", "What the class that it comes from holds under the name.", values=KINDS),
        Column("type", "string", "Its type."),
        Column("defining_module", "string", "Module of the first class in the resolution order that has it.", True),
        Column("defining_class", "string", "Qualified name of that class.", True),
    ),
    key=("object_id", "name"),
    references=(_OBJECT_REFERENCE,),
    query="SELECT class, name FROM runtime_members WHERE class <> defining_class AND defining_class <> 'object'",
)

RUNTIME_STATUS = status_contract("runtime_status", "module was imported and its objects were")
