"""Modules, classes, functions and lambdas, with their qualified names and three spans."""

from __future__ import annotations

from collections import Counter

import ibis
import pyarrow as pa
from ibis.expr.types import Table

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import BEND, BSTART, FILE_ID, LINE, REPOSITORY
from pipeline_assets.pipes import graph_task

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
        Column("is_accessor", "boolean", "Whether it is the setter, getter or deleter of a property above it."),
        Column(
            "is_static_method",
            "boolean",
            "Whether it sits in a class and is decorated with `staticmethod`, or is `__new__`.",
        ),
        Column(
            "is_class_method",
            "boolean",
            "Whether it sits in a class and is decorated with `classmethod`, or is one anyway (`__init_subclass__`).",
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
    local=("definition_id", "parent_id", "class_id"),
    spans=(("bstart", "bend"), ("dbstart", "dbend"), ("name_bstart", "name_bend")),
    references=(
        Reference("definition_id", "ast_nodes", "node_id"),
        Reference("parent_id", "definitions", "definition_id"),
        Reference("class_id", "definitions", "definition_id"),
    ),
    query="SELECT kind, count(*) AS definitions FROM definitions GROUP BY kind ORDER BY definitions DESC",
)

TOGETHER = 100_000
"""Rows worked on at a time."""
KINDS = {
    "Module": "module",
    "ClassDef": "class",
    "FunctionDef": "function",
    "AsyncFunctionDef": "async_function",
    "Lambda": "lambda",
}
"""Syntax that is a definition, and its kind."""

PROPERTY_DECORATORS = ("property", "cached_property", "abstractproperty")
ACCESSOR_DECORATORS = ("setter", "getter", "deleter")
IMPLICIT_CLASS_METHODS = ("__init_subclass__", "__class_getitem__")


def _select_definitions(ast_nodes: Table, scope_nodes: Table, modules: Table, lines: Table) -> dict[str, Table]:
    """Project the definitions with their module, holder, traits and spans."""
    named = _named(ast_nodes, modules, lines)
    held = _held(named, scope_nodes)
    return {"definitions": _with_traits(held, _decorations(ast_nodes), _generators(ast_nodes))}


def _derive_names(inputs: dict[str, pa.Table]) -> pa.Table:
    """Build the qualified names, from the outside in."""
    definitions = inputs["definitions"]
    names = _QualifiedNames()
    columns = (definitions[name].to_pylist() for name in ("definition_id", "kind", "parent_id", "name", "module"))
    for row in sorted(zip(*columns, strict=True)):
        names.add(*row)
    ids = definitions["definition_id"].to_pylist()
    named = definitions.append_column("qualname", pa.array(map(names.python.__getitem__, ids), pa.string()))
    return named.append_column("pycg_name", pa.array(map(names.pycg.__getitem__, ids), pa.string()))


def _number_redefinitions(definitions: pa.Table) -> pa.Table:
    """Count the definitions that share a qualified name, and make the stable id of name and count."""
    seen: Counter[tuple[int, str]] = Counter()
    ordinals: dict[int, int] = {}
    files, ids, names = (definitions[name].to_pylist() for name in ("file_id", "definition_id", "qualname"))
    for definition_id, file_id, name in sorted(zip(ids, files, names, strict=True)):
        ordinals[definition_id] = seen[file_id, name]
        seen[file_id, name] += 1
    counts = [ordinals[definition_id] for definition_id in ids]
    stable = [f"{name}#{count}" if count else name for name, count in zip(names, counts, strict=True)]
    numbered = definitions.append_column("ordinal", pa.array(counts, pa.int32()))
    return numbered.append_column("stable_id", pa.array(stable, pa.string())).select([*DEFINITIONS.names])


@graph_task(
    DEFINITIONS, stages=(_select_definitions, _derive_names, _number_redefinitions), by="file_id", batch=TOGETHER
)
def definitions(ast_nodes: Table, scope_nodes: Table, modules: Table, lines: Table) -> Table:
    """One row per module, class, function and lambda, with its qualified names, place and spans."""


def _named(ast_nodes: Table, modules: Table, lines: Table) -> Table:
    """Definitions under their own name; a module is named by the last part of its name and spans its file's lines."""
    nodes = ast_nodes.filter(ast_nodes.kind.isin([*KINDS]))
    ends = lines.group_by("file_id").aggregate(file_end=lines.bend.max())
    placed = nodes.inner_join(modules, nodes.file_id == modules.file_id).select(nodes, modules.module)
    joined = placed.left_join(ends, placed.file_id == ends.file_id).select(placed, ends.file_end)
    last_part = joined.module.re_replace(r"^.*\.", "")
    return joined.select(
        "repository",
        "file_id",
        "scope_node",
        "col_utf8",
        "name_bstart",
        "name_bend",
        "module",
        definition_id=joined.node_id,
        kind=ibis.cases(*((joined.kind == kind, value) for kind, value in KINDS.items())),
        name=ibis.cases((joined.kind == "Module", last_part), else_=joined.name.fill_null("<lambda>")),
        bstart=joined.bstart.fill_null(0),
        bend=ibis.coalesce(joined.bend, joined.file_end, 0),
        line=joined.line.fill_null(1),
    )


def _held(named: Table, scope_nodes: Table) -> Table:
    """The enclosing definition, and the class where that is the scope directly around."""
    around = scope_nodes.filter(scope_nodes.role == "body")
    joined = named.left_join(around, named.scope_node == around.node_id)
    is_inside = named.kind != "module"
    return joined.select(
        named,
        parent_id=is_inside.ifelse(around.definition_id, None),
        class_id=(is_inside & (around.kind == "class")).ifelse(around.node_id, None),
    )


def _decorations(ast_nodes: Table) -> Table:
    """Per decorated definition: what its decorators make of it, and where the first one starts."""
    decorators = ast_nodes.filter(ast_nodes.field == "decorator_list")
    is_accessor = (decorators.kind == "Attribute") & decorators.name.isin(ACCESSOR_DECORATORS)
    return decorators.group_by("file_id", definition_id=decorators.parent_id).aggregate(
        makes_property=(decorators.name.isin(PROPERTY_DECORATORS) | is_accessor).any(),
        makes_accessor=is_accessor.any(),
        makes_static=(decorators.name == "staticmethod").any(),
        makes_class_method=(decorators.name == "classmethod").any(),
        line_start=(decorators.bstart - decorators.col_utf8).min(),
    )


def _generators(ast_nodes: Table) -> Table:
    yields = ast_nodes.filter(ast_nodes.kind.isin(["Yield", "YieldFrom"]))
    return yields.select("file_id", definition_id=yields.scope_node).distinct()


def _with_traits(held: Table, decorations: Table, generators: Table) -> Table:
    joined = held.left_join(generators, held.definition_id == generators.definition_id)
    yielding = joined.select(held, is_generator=generators.definition_id.notnull())
    is_method = yielding.class_id.notnull() & yielding.kind.isin(["function", "async_function"])
    # A decorator starts a line at its definition's own indentation, and its expression lies behind the `@`.
    decorated_start = decorations.line_start + yielding.col_utf8
    return yielding.left_join(decorations, yielding.definition_id == decorations.definition_id).select(
        *(yielding[name] for name in yielding.columns if name not in ("scope_node", "col_utf8")),
        is_property=is_method & decorations.makes_property.fill_null(False),
        is_accessor=is_method & decorations.makes_accessor.fill_null(False),
        is_static_method=is_method & (decorations.makes_static.fill_null(False) | (yielding.name == "__new__")),
        is_class_method=is_method
        & (decorations.makes_class_method.fill_null(False) | yielding.name.isin(IMPLICIT_CLASS_METHODS)),
        dbstart=ibis.coalesce(decorated_start, yielding.bstart).cast("int32"),
        dbend=yielding.bend,
    )


class _QualifiedNames:
    """Qualified names of one file's definitions, each added after the one that holds it."""

    def __init__(self) -> None:
        self.python: dict[int, str] = {}
        self.pycg: dict[int, str] = {}
        self.is_function: set[int] = set()
        self.lambdas: Counter[int] = Counter()

    def add(self, definition_id: int, kind: str, parent_id: int | None, name: str, module: str) -> None:
        """Name one definition after its holder; a lambda gets a number within it."""
        if kind not in ("module", "class"):
            self.is_function.add(definition_id)
        if parent_id is None:
            self.python[definition_id] = self.pycg[definition_id] = module
            return
        inner = ".<locals>" if parent_id in self.is_function else ""
        self.python[definition_id] = f"{self.python[parent_id]}{inner}.{name}"
        if kind == "lambda":
            self.lambdas[parent_id] += 1
            name = f"<lambda{self.lambdas[parent_id]}>"
        self.pycg[definition_id] = f"{self.pycg[parent_id]}.{name}"
