"""Column expressions that several relations share; a module of its own, as task modules hold tasks only."""

from __future__ import annotations

import ibis
from ibis.expr.types import BooleanValue, IntegerValue, StringValue, Table

from pipeline_assets.cpg import ids
from pipeline_assets.pipes.stacking import stack

BLOCK_FIELDS = {"body": ids.BODY_BLOCK, "orelse": ids.ELSE_BLOCK, "finalbody": ids.FINAL_BLOCK}
"""Statement-list fields → the slot of the block that holds them."""

REFERENCES = {
    "FunctionDef": ids.METHOD_REF,
    "AsyncFunctionDef": ids.METHOD_REF,
    "Lambda": ids.METHOD_REF,
    "ClassDef": ids.TYPE_REF,
}
"""Classes of definitions → the slot of the reference that stands for them in the code around."""

DEFINITIONS = (*REFERENCES, "Module", "Expression", "Interactive", "FunctionType", "Import", "ImportFrom")
"""Classes whose own node is not the one that control passes where they are evaluated."""


FILE_ROLES = {"is_test": "test", "is_generated": "generated", "is_vendored": "vendored"}
"""Columns of `files` → the tag that a file has."""

MODIFIERS = {"staticmethod": "STATIC", "abstractmethod": "ABSTRACT", "final": "FINAL"}
"""What decorators are known to do → the specification's MODIFIER_TYPE."""


def block_of(parent_id: IntegerValue, field: StringValue) -> IntegerValue:
    """The block that holds a statement of `parent_id`'s list `field`."""
    slot = ibis.cases(*((field == name, slot) for name, slot in BLOCK_FIELDS.items()), else_=ibis.null("int64"))
    return parent_id + slot


def expression_node(node_id: IntegerValue, kind: ibis.Value) -> IntegerValue:
    """The node that stands where a syntax node stands: a definition is met there by a reference to what it makes."""
    return node_id + ibis.cases(*((kind == name, slot) for name, slot in REFERENCES.items()), else_=0)


def evaluated_nodes(rows: Table, special: Table, column: str) -> Table:
    """`rows` with the graph node in `column` that stands for the syntax node there, where that is evaluated.

    `special` has `file_id`, `node_id` and `kind` of the syntax nodes whose class is one of `DEFINITIONS`.
    """
    joined = rows.left_join(special, [rows.file_id == special.file_id, rows[column] == special.node_id])
    first_name = ibis.cases((special.kind.isin(("Import", "ImportFrom")), 1), else_=0)
    node = joined[column] + expression_node(first_name, special.kind).fill_null(0)
    return joined.select(**{name: node if name == column else rows[name] for name in rows.columns})


def special_nodes(definitions: Table, imports: Table) -> Table:
    """What `evaluated_nodes` takes as special, from datasets that are smaller than `ast_nodes`."""
    classes = {"function": "FunctionDef", "async_function": "AsyncFunctionDef", "class": "ClassDef", "lambda": "Lambda"}
    named = definitions.filter(definitions.kind.isin(tuple(classes)))
    statements = import_statements(imports).select("file_id", node_id="statement_id").distinct()
    return stack(
        named.select("file_id", node_id="definition_id", kind=named.kind.cases(*classes.items())),
        statements.mutate(kind=ibis.literal("ImportFrom")),
    )


def import_statements(imports: Table) -> Table:
    """The imports that statements make: calls that import have no node of their own kind."""
    return imports.filter(imports.kind.isin(("import", "from")))


def imported_module(imports: Table) -> StringValue:
    """The module that running the import loads: the submodule where `from package import submodule` names one."""
    is_module = imports.target_kind.isin(("module", "package"))
    return is_module.ifelse(imports.target_module, imports.absolute_module)


def outside_base(class_bases: Table) -> BooleanValue:
    """Whether the base is a known class outside the repository."""
    return class_bases.resolution.isin(("external", "standard_library", "builtin")) & class_bases.target_name.notnull()


def variables_of(bindings: Table) -> Table:
    """Every binding site with `variable_node`, the node of its variable, and `declared`, whether a parameter is that.

    A variable has one site of rank 0; its LOCAL or MEMBER takes its id from that site. A parameter, however often it
    is assigned again, stays the METHOD_PARAMETER_IN that its `arg` node is; type parameters likewise.
    """
    nothing = ibis.null("int64")
    parameter = ibis.cases((bindings.kind.isin(("parameter", "type_parameter")), bindings.site_node), else_=nothing)
    preferred = ibis.cases((bindings["rank"] == 0, bindings.binding_id), else_=nothing)
    variable = ibis.window(group_by=("file_id", "scope_node", "scope_id", "symbol_name"))
    sites = bindings.mutate(
        parameter_node=parameter.min().over(variable),
        local_node=ids.companion(preferred.min().over(variable), ids.VARIABLE),
    )
    return sites.mutate(
        variable_node=ibis.coalesce(sites.parameter_node, sites.local_node), declared=sites.parameter_node.notnull()
    )


def own_variables(bindings: Table) -> Table:
    """The preferred site of every variable that no parameter declares: each has a node of its own."""
    sites = variables_of(bindings)
    return sites.filter((sites["rank"] == 0) & ~sites.declared)


def import_calls(imports: Table) -> Table:
    """The imports that calls make, such as `importlib.import_module("m")`."""
    return imports.filter(imports.kind.notin(("import", "from")))


def type_aliases(type_exprs: Table) -> Table:
    """Names for types: one row each, of the whole that the name stands for."""
    wholes = type_exprs.filter((type_exprs.position == "alias") & (type_exprs.depth == 0) & (type_exprs.status == "ok"))
    return wholes.group_by("repository", "file_id", "owner_id", "scope_node").aggregate(root_id=wholes.root_id.min())


def own_body(rows: Table, scope_nodes: Table) -> Table:
    """Rows with a `scope_node`, with `definition_id`, the definition that holds the scope's code."""
    bodies = scope_nodes.select("file_id", "node_id", "definition_id").distinct()
    holders = bodies.group_by("file_id", "node_id").aggregate(definition_id=bodies.definition_id.max())
    joined = rows.inner_join(holders, [rows.file_id == holders.file_id, rows.scope_node == holders.node_id])
    return joined.select(rows, holders.definition_id)


def modifiers(definitions: Table, decorators: Table) -> tuple[tuple[Table, IntegerValue, IntegerValue, str], ...]:
    """Rows that make a method one of a sort, the node that says so, the method, and the specification's word."""
    initialisers = definitions.filter((definitions.name == "__init__") & definitions.class_id.notnull())
    lambdas = definitions.filter(definitions.kind == "lambda")
    traits = (
        (initialisers, ids.CONSTRUCTOR_TRAIT, "CONSTRUCTOR"),
        (lambdas, ids.LAMBDA_TRAIT, "LAMBDA"),
    )
    decorated = ((decorators.filter(decorators.meaning == meaning), word) for meaning, word in MODIFIERS.items())
    return (
        *((rows, ids.companion(rows.definition_id, slot), rows.definition_id, word) for rows, slot, word in traits),
        *(
            (rows, ids.companion(rows.decorator_id, ids.DECORATED_TRAIT), rows.definition_id, word)
            for rows, word in decorated
        ),
    )


def captures(symbols: Table, symbol_homes: Table, scope_nodes: Table, bindings: Table) -> Table:
    """One row per variable of a function that a definition inside it uses from there.

    `closure_node` is that definition's syntax node, `variable_node` and `declared` are as in `variables_of`.
    """
    free = symbols.filter(symbols.scope_class == "free").select("symbol_id")
    used = symbol_homes.semi_join(free, symbol_homes.symbol_id == free.symbol_id)
    bodies = scope_nodes.filter((scope_nodes.role == "body") & (scope_nodes.node_id == scope_nodes.definition_id))
    closures = bodies.select("file_id", "scope_id", closure_node="node_id", is_class=bodies.kind == "class")
    inside = used.inner_join(closures, [used.file_id == closures.file_id, used.scope_id == closures.scope_id]).select(
        used.repository,
        used.file_id,
        used.symbol_id,
        used.name,
        used.home_scope_id,
        closures.closure_node,
        closures.is_class,
    )
    sites = variables_of(bindings)
    variables = sites.filter(sites["rank"] == 0).select(
        "file_id", "scope_id", "symbol_name", "variable_node", "declared"
    )
    return inside.inner_join(
        variables,
        [
            inside.file_id == variables.file_id,
            inside.home_scope_id == variables.scope_id,
            inside.name == variables.symbol_name,
        ],
    ).select(inside, variables.variable_node, variables.declared)
