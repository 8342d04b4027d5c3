"""Rules that names and the flow of values decide."""

from __future__ import annotations

from ibis.expr.types import Table

_ASKING = ("locals", "vars", "eval", "exec", "globals", "dir")
"""Builtins that may read any variable."""


def unbound_variable(def_use: Table, reaching_defs: Table) -> Table:
    """Reads of a function's variable that no definition reaches on any path.

    A `finally` block that the compiler copied reads in several places: bound in one of them is bound.
    """
    uses = def_use.filter(
        (def_use.event == "use")
        & (def_use.variable_kind == "local")
        & def_use.is_possibly_unbound
        & def_use.node_id.notnull()
    )
    reads = uses.select("repository", "file_id", "node_id").distinct()
    reached = reaching_defs.filter(reaching_defs.use_node_id.notnull()).select("file_id", "use_node_id")
    return reads.anti_join(reached, [reads.file_id == reached.file_id, reads.node_id == reached.use_node_id])


def unused_import(
    imports: Table, bindings: Table, name_resolutions: Table, references: Table, scope_nodes: Table, type_exprs: Table
) -> Table:
    """Unconditional imports of a function whose name has no other binding and that nothing reads or deletes.

    Left out: submodules imported for what loading them does, and functions that may read any variable.
    """
    functions = scope_nodes.filter((scope_nodes.kind == "function") & (scope_nodes.role == "body")).select(
        "file_id", "node_id"
    )
    plain = imports.filter(
        imports.kind.isin(("import", "from"))
        & ~imports.is_star
        & ~imports.is_conditional
        & ~imports.never_runs
        & ~imports.is_type_checking
        & imports.bound_name.notnull()
        & ~(imports.name.contains(".") & imports.asname.isnull())
    ).select("file_id", "import_id")
    alone = bindings.filter((bindings.kind == "import") & (bindings.candidates == 1)).select(
        "repository", "file_id", "binding_id", "site_node", "scope_node", "name"
    )
    local = alone.semi_join(functions, [alone.file_id == functions.file_id, alone.scope_node == functions.node_id])
    made = local.semi_join(plain, [local.file_id == plain.file_id, local.site_node == plain.import_id])
    read = name_resolutions.filter(name_resolutions.binding_id.notnull()).select("file_id", "binding_id")
    unread = made.anti_join(read, [made.file_id == read.file_id, made.binding_id == read.binding_id])
    asking = references.filter(references.name.isin(_ASKING)).select("file_id", "scope_node")
    seen = unread.anti_join(asking, [unread.file_id == asking.file_id, unread.scope_node == asking.scope_node])
    quoted = type_exprs.filter((type_exprs.is_string | type_exprs.is_comment) & type_exprs.dotted.notnull())
    said = quoted.select("file_id", name=quoted.dotted.split(".")[0])
    left = seen.anti_join(said, [seen.file_id == said.file_id, seen.name == said.name])
    return left.select("repository", "file_id", node_id="site_node")
