"""What the LibCST layer promises: a dataset per kind of fact, each row with its node and the definition it is in."""

from __future__ import annotations

from pipeline_assets.extract.status import status_contract
from pipeline_assets.inference.contract import Column, Contract, Reference

MOST_CHARACTERS = 200
"""Texts are cut here; a flag says so, and the span has the rest."""

DEFINITION_KINDS = ("function", "class")
ARGUMENT_KINDS = ("positional", "keyword", "star", "double_star")
CALLEE_SHAPES = ("name", "attribute", "call", "subscript", "other")
CONTEXTS = ("Load", "Store", "Del")
ROLES = (
    "callee",
    "object",
    "base",
    "argument",
    "decorator",
    "annotation",
    "subscripted",
    "target",
    "handler",
    "capture",
    "value",
)
TYPE_KINDS = ("parameter", "return", "variable", "alias", "bound", "default")
NEWLINES = ("lf", "crlf", "cr")
NAME_SOURCES = "Where each comes from, in the same order: IMPORT, BUILTIN or LOCAL."


def _facts(
    name: str,
    description: str,
    *columns: Column,
    spans: tuple[str, ...] = (),
    query: str,
) -> Contract:
    """A dataset of facts about nodes; `spans` are the prefixes of further spans."""
    local = ("node_id", "owner_id", *(each.name for each in columns if each.name.endswith("_id")))
    return Contract(
        name=name,
        layer="extract",
        description=description,
        columns=(
            Column("repository", "string", "Name of the repository."),
            Column("file_id", "int64", "The file."),
            Column("node_id", "int64", "The node in cst_nodes that the row is about."),
            Column("owner_id", "int64", "Function, class or module in whose body it is evaluated."),
            *columns,
            Column("bstart", "int32", "First byte of the node's own text."),
            Column("bend", "int32", "Byte after the last."),
            Column("line", "int32", "First line, from 1."),
            Column("col_utf8", "int32", "Bytes before it on its line."),
        ),
        key=("node_id",),
        local=local,
        spans=(("bstart", "bend"), *((f"{prefix}_bstart", f"{prefix}_bend") for prefix in spans)),
        references=(
            Reference("file_id", "files", "file_id"),
            *(Reference(column, "cst_nodes", "node_id") for column in local),
        ),
        query=query,
    )


def _span(prefix: str, of: str, nullable: bool = False) -> tuple[Column, Column]:
    """The two columns of a further span."""
    return (
        Column(f"{prefix}_bstart", "int32", f"First byte of {of}.", nullable),
        Column(f"{prefix}_bend", "int32", f"Byte after {of}.", nullable),
    )


def _names(of: str) -> tuple[Column, Column]:
    """The two columns of qualified names."""
    return (
        Column("qualified_names", "string", f"What {of} may stand for, joined by commas; none if unknown.", True),
        Column("qualified_sources", "string", NAME_SOURCES, True),
    )


def _text(name: str, of: str, nullable: bool = False) -> tuple[Column, Column]:
    """A text and whether it was cut."""
    return (
        Column(name, "string", f"Source of {of}, up to {MOST_CHARACTERS} characters.", nullable),
        Column(f"{name}_truncated", "boolean", "Whether that text was cut."),
    )


CST_NODES = Contract(
    name="cst_nodes",
    layer="extract",
    description="One row per node of LibCST's tree, whitespace included unless it is empty.",
    columns=(
        Column("repository", "string", "Name of the repository."),
        Column("file_id", "int64", "The file."),
        Column("node_id", "int64", "Id of the node: file, family 14, place in preorder, empty whitespace counted."),
        Column("parent_id", "int64", "The node above; none for the module.", True),
        Column("owner_id", "int64", "Function, class or module in whose body it is evaluated; the module in itself."),
        Column("kind", "string", "Class of the node in LibCST."),
        Column("field", "string", "Field of the parent that holds it.", True),
        Column("ordinal", "int32", "Index in a list field; none where the field holds one node.", True),
        Column("depth", "int32", "Number of nodes above."),
        Column("subtree_end", "int64", "Nodes from `node_id` to before this id are the node and those below it."),
        Column("bstart", "int32", "First byte of the node's own text."),
        Column("bend", "int32", "Byte after the last."),
        Column("outer_bstart", "int32", "First byte with the parentheses and whitespace that the node holds."),
        Column("outer_bend", "int32", "Byte after the last, with those."),
        Column("line", "int32", "First line, from 1."),
        Column("col_utf8", "int32", "Bytes before it on its line."),
        Column("text", "string", f"Text of a node that holds one, up to {MOST_CHARACTERS} characters.", True),
        Column("text_truncated", "boolean", "Whether that text was cut."),
    ),
    key=("node_id",),
    local=("node_id", "parent_id", "owner_id"),
    spans=(("bstart", "bend"), ("outer_bstart", "outer_bend")),
    references=(
        Reference("file_id", "files", "file_id"),
        Reference("parent_id", "cst_nodes", "node_id"),
        Reference("owner_id", "cst_nodes", "node_id"),
    ),
    query="SELECT kind, count(*) FROM cst_nodes GROUP BY 1 ORDER BY 2 DESC",
)

CST_REFS = _facts(
    "cst_refs",
    "One row per name or attribute that an expression, a target or a pattern uses.",
    Column("name", "string", "The identifier; of an attribute, the last one."),
    Column("dotted", "string", "The whole dotted name, where it is one and not overlong.", True),
    Column("is_attribute", "boolean", "Whether it is an attribute."),
    Column("ctx", "string", "Whether it is read, bound or deleted.", values=CONTEXTS),
    Column("role", "string", "What it is used as.", values=ROLES),
    Column("in_annotation", "boolean", "Whether it stands in an annotation."),
    Column("scope_kind", "string", "Kind of scope it is evaluated in, as LibCST sees it.", True),
    *_names("it"),
    *_span("name", "the name's token"),
    spans=("name",),
    query="SELECT qualified_names, count(*) FROM cst_refs WHERE role = 'base' GROUP BY 1 ORDER BY 2 DESC",
)

CST_IMPORTS = _facts(
    "cst_imports",
    "One row per name that an import statement names.",
    Column("statement_id", "int64", "The import statement."),
    Column("ordinal", "int32", "Its place in the statement."),
    Column("is_from", "boolean", "Whether the statement begins with from."),
    Column("is_lazy", "boolean", "Whether the statement begins with lazy."),
    Column("level", "int32", "Number of leading dots."),
    Column("module", "string", "What follows from, without dots.", True),
    Column("name", "string", "The dotted name imported; * for all."),
    Column("asname", "string", "What follows as.", True),
    Column("bound_name", "string", "The name that the import binds; none for *.", True),
    *_span("name", "the name imported"),
    *_span("asname", "what follows as", True),
    spans=("name", "asname"),
    query="SELECT coalesce(module, name) AS module, count(*) FROM cst_imports GROUP BY 1 ORDER BY 2 DESC",
)

CST_CALLSITES = _facts(
    "cst_callsites",
    "One row per call.",
    Column("callee_id", "int64", "The expression that is called."),
    *_text("callee", "that expression"),
    Column("callee_shape", "string", "What kind of expression it is.", values=CALLEE_SHAPES),
    Column("callee_name", "string", "Its name, or its last one.", True),
    *_text("receiver", "what stands before the last name of an attribute", True),
    *_names("the callee"),
    Column("positional", "int32", "Number of positional arguments."),
    Column("keywords", "string", "Names of the keyword arguments, joined by commas."),
    Column("stars", "int32", "Number of starred arguments."),
    Column("double_stars", "int32", "Number of double-starred arguments."),
    Column("is_awaited", "boolean", "Whether it is awaited on the spot."),
    Column("is_statement", "boolean", "Whether it is a statement by itself."),
    Column("is_decorator", "boolean", "Whether it makes a decorator."),
    *_span("name", "the callee's name", True),
    spans=("name",),
    query="SELECT qualified_names, count(*) FROM cst_callsites GROUP BY 1 ORDER BY 2 DESC LIMIT 20",
)

CST_CALL_ARGS = _facts(
    "cst_call_args",
    "One row per argument of a call.",
    Column("call_id", "int64", "The call."),
    Column("ordinal", "int32", "Its place in the call."),
    Column("kind", "string", "How it is passed.", values=ARGUMENT_KINDS),
    Column("keyword", "string", "The keyword's name.", True),
    Column("value_id", "int64", "The expression passed."),
    Column("value_kind", "string", "Class of that expression in LibCST."),
    *_text("value", "that expression"),
    *_span("name", "the keyword's token", True),
    *_span("value", "the expression"),
    spans=("name", "value"),
    query="SELECT kind, count(*) FROM cst_call_args GROUP BY 1 ORDER BY 2 DESC",
)

CST_DEFS = _facts(
    "cst_defs",
    "One row per function and class.",
    Column("kind", "string", "What is defined.", values=DEFINITION_KINDS),
    Column("name", "string", "Its name."),
    *_names("it"),
    Column("is_async", "boolean", "Whether it begins with async."),
    Column("parameters", "string", "Parameters as in a signature, without types and defaults; none for a class.", True),
    *_text("bases", "the bases of a class, joined by commas", True),
    Column(
        "base_names",
        "string",
        "Qualified names of the bases, joined by commas, the candidates of one by |; ? where unknown.",
        True,
    ),
    Column("keywords", "string", "Keywords of a class, joined by commas.", True),
    Column("type_parameters", "string", "Names of its type parameters, joined by commas.", True),
    Column("decorators", "int32", "Number of decorators."),
    Column("body_id", "int64", "Its body."),
    Column("docstring_id", "int64", "The string that documents it.", True),
    Column("returns_id", "int64", "The expression of the return annotation.", True),
    *_span("name", "the name's token"),
    *_span("decorated", "the definition with its decorators"),
    spans=("name", "decorated"),
    query="SELECT qualified_names, parameters FROM cst_defs WHERE kind = 'function' LIMIT 20",
)

CST_TYPES = _facts(
    "cst_types",
    "One row per type expression: annotations, type aliases, bounds and defaults of type parameters.",
    Column("definition_id", "int64", "Function, class or type alias whose header it stands in.", True),
    Column("kind", "string", "What it is the type of.", values=TYPE_KINDS),
    *_text("target", "what it types: a parameter, variable or type parameter, or the function that returns it"),
    *_text("text", "the type expression"),
    Column("value_kind", "string", "Class of the expression in LibCST."),
    Column("is_quoted", "boolean", "Whether the whole of it is a string."),
    Column("head", "string", "Its outermost dotted name, if it has one.", True),
    *_names("the head"),
    *_span("name", "the name of what it types", True),
    spans=("name",),
    query="SELECT kind, head, count(*) FROM cst_types GROUP BY ALL ORDER BY 3 DESC LIMIT 20",
)

CST_DECORATORS = _facts(
    "cst_decorators",
    "One row per decorator.",
    Column("definition_id", "int64", "The function or class decorated."),
    Column("ordinal", "int32", "Its place from the top."),
    Column("expression_id", "int64", "The decorating expression."),
    *_text("text", "that expression"),
    Column("is_call", "boolean", "Whether the expression is a call."),
    Column("name", "string", "Last name of the expression, or of its callee.", True),
    Column("dotted", "string", "The dotted name of the expression, or of its callee.", True),
    *_names("that name"),
    *_span("name", "that last name", True),
    spans=("name",),
    query="SELECT qualified_names, count(*) FROM cst_decorators GROUP BY 1 ORDER BY 2 DESC",
)

CST_DOCSTRINGS = _facts(
    "cst_docstrings",
    "One row per documented module, class and function.",
    Column("definition_id", "int64", "The module, class or function that it documents."),
    Column("kind", "string", "What it documents.", values=("module", *DEFINITION_KINDS)),
    Column("text", "string", f"The string's value, up to {MOST_CHARACTERS} characters; lone surrogates escaped."),
    Column("text_truncated", "boolean", "Whether that text was cut."),
    Column("characters", "int32", "Length of the value."),
    Column("is_concatenated", "boolean", "Whether it is written as several strings."),
    query="SELECT kind, avg(characters) FROM cst_docstrings GROUP BY 1",
)

CST_MANIFEST = Contract(
    name="cst_manifest",
    layer="extract",
    description="One row per file that LibCST parsed: what it found out about the file as a whole.",
    columns=(
        Column("repository", "string", "Name of the repository."),
        Column("file_id", "int64", "The file."),
        Column("libcst_version", "string", "Version of LibCST."),
        Column("nodes", "int32", "Number of nodes, empty whitespace included."),
        Column("lossless", "boolean", "Whether the tree generates exactly the canonical source."),
        Column("dropped_bytes", "int32", "Bytes of whitespace that the tree lacks; spans are right all the same."),
        Column("encoding", "string", "Encoding of the file; LibCST is given its text."),
        Column("newline", "string", "Line break that LibCST writes by default.", values=NEWLINES),
        Column("indent", "string", "Indentation that LibCST writes by default."),
        Column("has_trailing_newline", "boolean", "Whether the last line ends, as LibCST sees it."),
        Column("providers", "string", "What was computed of LibCST's metadata, joined by commas."),
    ),
    key=("file_id",),
    references=(Reference("file_id", "files", "file_id"),),
    query="SELECT lossless, newline, count(*) FROM cst_manifest GROUP BY ALL",
)

CST_STATUS = status_contract("cst_status", "LibCST tree was")

FACTS = (
    CST_REFS,
    CST_IMPORTS,
    CST_CALLSITES,
    CST_CALL_ARGS,
    CST_DEFS,
    CST_TYPES,
    CST_DECORATORS,
    CST_DOCSTRINGS,
)
"""Datasets whose rows are about nodes."""
