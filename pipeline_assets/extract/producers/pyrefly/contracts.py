"""The datasets that come out of a report of Pyrefly."""

from __future__ import annotations

from pipeline_assets.extract.status import status_contract
from pipeline_assets.inference.contract import Column, Contract, Reference

LAYER = "pyrefly"

_REPOSITORY = Column("repository", "string", "Name of the repository.")
_FILE = Column("file_id", "int64", "The file.")
_FACT = Column("fact_id", "int64", "Id of the row: the file's id, then its place in the dataset.")
_IN_FILE = Reference("file_id", "files", "file_id")


def _name_span(start: str, end: str, what: str) -> tuple[Column, Column]:
    return (
        Column(start, "int32", f"First byte of {what}.", True),
        Column(end, "int32", "Byte after the last.", True),
    )


def _target(prefix: str, what: str) -> tuple[Column, ...]:
    """A definition that is referred to, which may be outside the repository."""
    return (
        Column(prefix, "string", f"Qualified name of {what}.", True),
        Column(f"{prefix}_module", "string", "Module that defines it.", True),
        Column(f"{prefix}_file_id", "int64", "File of the repository that defines it.", True),
        Column(f"{prefix}_bstart", "int32", "First byte of its name there; none for what has no definition.", True),
        Column(f"{prefix}_bend", "int32", "Byte after the last.", True),
    )


PYREFLY_TYPES = Contract(
    name="pyrefly_types",
    layer="extract",
    description="One row per expression, parameter, return value, field and global variable, with its type.",
    columns=(
        _REPOSITORY,
        _FILE,
        _FACT,
        *_name_span(
            "bstart",
            "bend",
            "the expression (a generator that is the only argument stands without parentheses); of the "
            "function's name for parameters and return values",
        ),
        Column(
            "role",
            "string",
            "What has the type.",
            values=("expression", "parameter", "return", "field", "variable"),
        ),
        Column("owner", "string", "Qualified name of the function or class it belongs to.", True),
        Column("name", "string", "Name of the parameter, field or variable.", True),
        Column("kind", "string", "Kind of parameter, or how the field is declared.", True),
        Column("overload", "int32", "Which signature of the function, from 0.", True),
        Column("position", "int32", "Place of the parameter in the signature, from 0.", True),
        Column("is_required", "boolean", "Whether the parameter has no default.", True),
        Column("annotation", "string", "Annotation of the field as it is written.", True),
        Column("type", "string", "The type, modules spelled out except for built-in names."),
        Column("classes", "string", "Qualified names of the classes it comes down to, joined by commas.", True),
        Column(
            "modifiers",
            "string",
            "What was taken off each of the classes (Optional, Coroutine, Awaitable, Type, TypeVariableBound, "
            "TypeVariableConstraint), joined by + and by commas.",
            True,
        ),
        Column("is_exhaustive", "boolean", "Whether it comes down to nothing but these classes."),
        Column("scalar", "string", "Which of bool, int, float, enum it is, joined by commas.", True),
    ),
    key=("fact_id",),
    local=("fact_id",),
    spans=(("bstart", "bend"),),
    references=(_IN_FILE,),
    query="SELECT type, count(*) FROM pyrefly_types WHERE role = 'expression' GROUP BY 1 ORDER BY 2 DESC LIMIT 20",
)

PYREFLY_CALLS = Contract(
    name="pyrefly_calls",
    layer="extract",
    description="One row per place where something is called, or named that can be called, and per target it may have.",
    columns=(
        _REPOSITORY,
        _FILE,
        _FACT,
        Column("bstart", "int32", "First byte of the expression."),
        Column("bend", "int32", "Byte after the last."),
        Column(
            "site",
            "string",
            "call: it is called, as written or by an operator, loop or statement (`origin`); attribute, name: the "
            "targets are what calling it would call, but getters and setters are called; definition: of a nested "
            "function, from its first decorator; format_string, stringify: a format string and what fills it in.",
        ),
        Column("origin", "string", "Construct that calls without a call being written.", True),
        Column("caller", "string", "Qualified name of the function, class or module whose code it is."),
        Column(
            "caller_kind",
            "string",
            "function; field: a function made without `def`; class_body; decorators: of the function; module.",
        ),
        *_name_span("caller_bstart", "caller_bend", "the caller's name, in the same file"),
        Column(
            "role",
            "string",
            "Part that the target plays: call; new, init: of a class; getter, setter: of a property; definition; "
            "format; global: a variable that is read; unresolved: the targets, or the rest of them, are unknown.",
            values=("call", "new", "init", "getter", "setter", "definition", "format", "global", "unresolved"),
        ),
        Column(
            "argument", "int32", "Index of the argument that the target is a value of: it may be called back.", True
        ),
        *_target("target", "the function or variable"),
        Column("target_kind", "string", "function, field, class_body, module, variable, format_string.", True),
        Column("is_overridable", "boolean", "Whether any override of the target may be meant, too."),
        Column("receiver", "string", "Qualified name of the class of the object it is called on.", True),
        Column("implicit_receiver", "string", "What is passed as first argument.", True, values=("object", "class")),
        Column("is_dunder_call", "boolean", "Whether it is the `__call__` of an object that is called."),
        Column("is_class_method", "boolean", "Whether a class method is called."),
        Column("is_static_method", "boolean", "Whether a static method is called."),
        Column("returns", "string", "Which of bool, int, float, enum the call gives, joined by commas.", True),
        Column("reason", "string", "Why targets are unknown.", True),
    ),
    key=("fact_id",),
    local=("fact_id",),
    spans=(("bstart", "bend"), ("caller_bstart", "caller_bend")),
    references=(_IN_FILE, Reference("target_file_id", "files", "file_id")),
    query="SELECT target, count(*) FROM pyrefly_calls WHERE role = 'call' GROUP BY 1 ORDER BY 2 DESC LIMIT 20",
)

PYREFLY_FUNCTIONS = Contract(
    name="pyrefly_functions",
    layer="extract",
    description="One row per function and method, those made by decorators and annotations included.",
    columns=(
        _REPOSITORY,
        _FILE,
        _FACT,
        *_name_span("bstart", "bend", "its name; none where no `def` makes it"),
        Column("function", "string", "Qualified name."),
        Column("kind", "string", "function, or field where no `def` makes it.", values=("function", "field")),
        Column("class", "string", "Qualified name of the class it is a method of.", True),
        Column("parameters", "string", "list; ellipsis or paramspec where they are left open; joined by commas."),
        Column("overloads", "int32", "Number of signatures."),
        Column("is_overload", "boolean", "Whether it is declared by overloads."),
        Column("is_static_method", "boolean", "Whether it is a static method."),
        Column("is_class_method", "boolean", "Whether it is a class method."),
        Column("is_getter", "boolean", "Whether it reads a property."),
        Column("is_setter", "boolean", "Whether it writes a property."),
        Column("is_stub", "boolean", "Whether its body says nothing."),
    ),
    key=("fact_id",),
    local=("fact_id",),
    spans=(("bstart", "bend"),),
    references=(_IN_FILE,),
    query="SELECT function FROM pyrefly_functions WHERE is_getter ORDER BY 1 LIMIT 20",
)

PYREFLY_CLASSES = Contract(
    name="pyrefly_classes",
    layer="extract",
    description="One row per class, those made by calls included, with its bases and method resolution order.",
    columns=(
        _REPOSITORY,
        _FILE,
        _FACT,
        *_name_span("bstart", "bend", "its name"),
        Column("class", "string", "Qualified name."),
        Column("bases", "string", "Qualified names of its bases, joined by commas; `object` is left out.", True),
        Column("mro", "string", "Its method resolution order, without itself and `object`.", True),
        Column("is_cyclic", "boolean", "Whether it inherits from itself, so that there is no order."),
        Column("fields", "string", "Names of its fields that are no functions, joined by commas.", True),
        Column("is_synthesized", "boolean", "Whether a call makes it, such as one of `namedtuple`."),
        Column("is_dataclass", "boolean", "Whether it is a data class."),
        Column("is_named_tuple", "boolean", "Whether it is a named tuple."),
        Column("is_typed_dict", "boolean", "Whether it is a typed dictionary."),
    ),
    key=("fact_id",),
    local=("fact_id",),
    spans=(("bstart", "bend"),),
    references=(_IN_FILE,),
    query="SELECT class, mro FROM pyrefly_classes ORDER BY len(mro) DESC LIMIT 20",
)

PYREFLY_OVERRIDES = Contract(
    name="pyrefly_overrides",
    layer="extract",
    description="One row per method that overrides one of a base class.",
    columns=(
        _REPOSITORY,
        _FILE,
        _FACT,
        *_name_span("bstart", "bend", "the name of the overriding method"),
        Column("method", "string", "Qualified name of the overriding method."),
        Column("class", "string", "Qualified name of its class.", True),
        *_target("base", "the method that is overridden"),
    ),
    key=("fact_id",),
    local=("fact_id",),
    spans=(("bstart", "bend"),),
    references=(_IN_FILE, Reference("base_file_id", "files", "file_id")),
    query="SELECT base, count(*) FROM pyrefly_overrides GROUP BY 1 ORDER BY 2 DESC LIMIT 20",
)

PYREFLY_CAPTURES = Contract(
    name="pyrefly_captures",
    layer="extract",
    description="One row per variable of an outer function that an inner one uses, and per use of it.",
    columns=(
        _REPOSITORY,
        _FILE,
        _FACT,
        *_name_span("bstart", "bend", "the use; none in the row that stands for the inner function as a whole"),
        Column("function", "string", "Qualified name of the inner function."),
        Column("name", "string", "Name of the variable."),
        Column("owner", "string", "Qualified name of the function whose variable it is."),
        *_name_span("owner_bstart", "owner_bend", "the owner's name, in the same file"),
    ),
    key=("fact_id",),
    local=("fact_id",),
    spans=(("bstart", "bend"), ("owner_bstart", "owner_bend")),
    references=(_IN_FILE,),
    query="SELECT owner, name, function FROM pyrefly_captures WHERE bstart IS NULL ORDER BY 1, 2, 3 LIMIT 20",
)

PYREFLY_ERRORS = Contract(
    name="pyrefly_errors",
    layer="extract",
    description="One row per error that Pyrefly finds, with its position as Pyrefly gives it.",
    columns=(
        _REPOSITORY,
        _FILE,
        _FACT,
        Column("kind", "string", "Pyrefly's name for this kind of error."),
        Column("message", "string", "Its first line."),
        Column("line", "int32", "First line, from 1; none where the report has no position.", True),
        Column("col", "int32", "Column there in bytes, from 1.", True),
        Column("end_line", "int32", "Last line.", True),
        Column("end_col", "int32", "Column after the last byte.", True),
    ),
    key=("fact_id",),
    local=("fact_id",),
    references=(_IN_FILE,),
    query="SELECT kind, count(*) FROM pyrefly_errors GROUP BY 1 ORDER BY 2 DESC",
)

PYREFLY_STATUS = status_contract("pyrefly_status", "types were")

CONTRACTS = (
    PYREFLY_TYPES,
    PYREFLY_CALLS,
    PYREFLY_FUNCTIONS,
    PYREFLY_CLASSES,
    PYREFLY_OVERRIDES,
    PYREFLY_CAPTURES,
    PYREFLY_ERRORS,
    PYREFLY_STATUS,
)
