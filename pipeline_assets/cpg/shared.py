"""Column expressions that several relations share; a module of its own, as task modules hold tasks only."""

from __future__ import annotations

import ibis
from ibis.expr.types import BooleanValue, IntegerValue, StringValue, Table

from pipeline_assets.cpg import ids

BLOCK_FIELDS = {"body": ids.BODY_BLOCK, "orelse": ids.ELSE_BLOCK, "finalbody": ids.FINAL_BLOCK}
"""Statement-list fields → the slot of the block that holds them."""

REFERENCES = {
    "FunctionDef": ids.METHOD_REF,
    "AsyncFunctionDef": ids.METHOD_REF,
    "Lambda": ids.METHOD_REF,
    "ClassDef": ids.TYPE_REF,
}
"""Classes of definitions → the slot of the reference that stands for them in the code around."""

DEFINITIONS = (*REFERENCES, "Module", "Expression", "Interactive", "FunctionType", "ImportFrom")
"""Classes whose own node is not the one that control passes where they are evaluated."""


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
    first_name = ibis.cases((special.kind == "ImportFrom", 1), else_=0)
    node = joined[column] + expression_node(first_name, special.kind).fill_null(0)
    return joined.select(**{name: node if name == column else rows[name] for name in rows.columns})


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
