"""Every place that gives a name a value, and the scope whose variable it is."""

from __future__ import annotations

import ibis
from ibis.expr.types import IntegerColumn, Table

from pipeline_assets.inference.contract import ORDINAL_BITS, Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, LINE, REPOSITORY
from pipeline_assets.normalize.mangling import mangled
from pipeline_assets.pipes import task
from pipeline_assets.pipes.stacking import stack

BINDINGS = Contract(
    name="bindings",
    layer="normalize",
    description="One row per place that binds or deletes a name, in the scope that owns the variable.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("binding_id", "int64", "The binding: the site's id in the definition-site family."),
        Column(
            "site_node",
            "int64",
            "Syntax node that binds: Name, arg, alias, FunctionDef, ClassDef, ExceptHandler, pattern …",
        ),
        Column("name", "string", "Name as written (an import binds its first part or its alias)."),
        Column("symbol_name", "string", "Name as the symbol table has it: private names inside classes are mangled."),
        Column(
            "kind",
            "string",
            "What binds it; declaration: an annotation without a value. `global` and `nonlocal` bind "
            "nothing: they move "
            "a name's sites to another scope.",
            values=(
                "parameter",
                "variable",
                "import",
                "function",
                "class",
                "for_target",
                "with_target",
                "except_target",
                "comprehension",
                "walrus",
                "match",
                "type_parameter",
                "type_alias",
                "declaration",
                "del",
            ),
        ),
        Column("scope_node", "int64", "Node of the scope that owns the variable."),
        Column("scope_id", "int64", "That scope in the symbol table; null when the table has none.", nullable=True),
        Column(
            "rank",
            "int32",
            "Preference among the sites of one variable, 0 first: classes, functions and imports before other values; "
            "branches before their fallbacks (`except`, `else` of `if`); a property before its accessors; then classes "
            "and functions before imports; imports by first, all others by last site.",
        ),
        Column("candidates", "int32", "How many sites the variable has."),
        Column(
            "header_start",
            "int64",
            "The statement or expression that binds, when it computes something first: a definition's header, a value.",
            nullable=True,
        ),
        Column(
            "header_end",
            "int64",
            "Names of the same scope inside `header_start` and before this id are read before the site takes effect.",
            nullable=True,
        ),
        LINE,
    ),
    key=("binding_id",),
    local=("binding_id", "site_node", "scope_node", "scope_id"),
    references=(
        Reference("site_node", "ast_nodes", "node_id"),
        Reference("scope_node", "ast_nodes", "node_id"),
        Reference("scope_id", "scopes", "scope_id"),
    ),
    query="SELECT kind, count(*) AS sites FROM bindings GROUP BY kind ORDER BY sites DESC",
)

BINDING_FAMILY = 4
"""The id family of definition sites: a binding's id is its site's with this family in place of syntax."""

STATEMENT_KINDS = {
    "FunctionDef": "function",
    "AsyncFunctionDef": "function",
    "ClassDef": "class",
    "alias": "import",
    "ExceptHandler": "except_target",
    "MatchAs": "match",
    "MatchStar": "match",
    "MatchMapping": "match",
    "TypeVar": "type_parameter",
    "ParamSpec": "type_parameter",
    "TypeVarTuple": "type_parameter",
    "arg": "parameter",
}
"""Syntax that binds a name it spells itself, and the kind of binding."""

TARGET_OWNERS = {
    "For": "for_target",
    "AsyncFor": "for_target",
    "comprehension": "comprehension",
    "NamedExpr": "walrus",
    "withitem": "with_target",
    "TypeAlias": "type_alias",
}
"""Syntax that binds the names in its target, and the kind of binding; assignments bind variables."""

VALUE_OWNERS = ("Assign", "AugAssign", "AnnAssign", "NamedExpr")
"""Syntax that computes a value before it binds the names in its target."""

PREFERENCE = {"function": 0, "class": 0, "import": 0, "declaration": 2, "del": 3}
"""Which kinds of site tell a reader most about a name; other values come at 1."""


def _select_sites(ast_nodes: Table) -> Table:
    """Keep every node that binds or deletes a name, with the node it belongs to."""
    statements = ast_nodes.filter(ast_nodes.kind.isin([*STATEMENT_KINDS]))
    spelled = ibis.cases(
        (statements.kind == "MatchMapping", statements["alias"]),
        (statements.kind == "alias", statements["alias"].fill_null(statements.name.re_replace(r"\..*$", ""))),
        else_=statements.name,
    )
    names = ast_nodes.filter((ast_nodes.kind == "Name") & ast_nodes.ctx.isin(["Store", "Del"]))
    columns = (
        "repository",
        "file_id",
        "node_id",
        "parent_id",
        "scope_node",
        "kind",
        "field",
        "ctx",
        "line",
        "subtree_end",
    )
    sites = stack(
        statements.select(*columns, name=spelled),
        names.select(*columns, name=names.name),
    )
    return sites.filter(sites.name.notnull() & (sites.name != "*"))


def _classify_sites(sites: Table, ast_nodes: Table) -> Table:
    """Tell what binds each name; a name inside a tuple takes the kind of the statement whose target the tuple is."""
    owner = _owners(sites, ast_nodes)
    joined = sites.left_join(owner, sites.node_id == owner.node_id)
    by_target = ibis.cases(
        *((owner.owner_kind == kind, value) for kind, value in TARGET_OWNERS.items()), else_="variable"
    )
    kind = ibis.cases(
        (sites.ctx == "Del", "del"),
        *((sites.kind == syntax, value) for syntax, value in STATEMENT_KINDS.items()),
        (owner.is_declaration, "declaration"),
        else_=by_target,
    )
    is_definition = sites.kind.isin(["FunctionDef", "AsyncFunctionDef", "ClassDef"])
    is_value = owner.owner_kind.isin(VALUE_OWNERS)
    return joined.select(
        sites.repository,
        sites.file_id,
        sites.parent_id,
        sites.scope_node,
        sites.line,
        sites.name,
        site_node=sites.node_id,
        kind=kind,
        header_start=ibis.cases((is_definition, sites.node_id), (is_value, owner.owner_id)),
        header_end=ibis.cases((is_definition, sites.subtree_end), (is_value, owner.owner_end)),
    )


def _place_sites(sites: Table, parameters: Table, scope_nodes: Table) -> Table:
    """Find the scope in which each site's name is looked up: parameters belong to the scope of their definition."""
    joined = sites.left_join(parameters, sites.site_node == parameters.parameter_id)
    held = joined.select(sites, parameters.definition_id)
    is_type_parameter = held.kind == "type_parameter"
    held = held.mutate(
        lookup_node=ibis.ifelse(is_type_parameter, held.parent_id, ibis.coalesce(held.definition_id, held.scope_node)),
        lookup_role=ibis.ifelse(is_type_parameter, "type_parameters", "body"),
        evaluated_in=held.scope_node,
    ).drop("parent_id", "definition_id", "scope_node")
    placed = held.inner_join(
        scope_nodes, (held.lookup_node == scope_nodes.node_id) & (held.lookup_role == scope_nodes.role)
    )
    placed = placed.select(
        held, scope_nodes.private_class, scope_nodes.lookup_scope_id, own_scope_id=scope_nodes.scope_id
    )
    return placed.mutate(symbol_name=mangled(placed.name, placed.private_class)).drop("private_class")


def _find_home(sites: Table, symbol_homes: Table, scope_nodes: Table) -> Table:
    """Move each site to the scope that owns the variable: past `global`, `nonlocal`, and out of comprehensions.

    A comprehension keeps its own targets also where the compiler runs it in the scope around it.
    """
    homes = sites.left_join(
        symbol_homes,
        (sites.lookup_scope_id == symbol_homes.scope_id) & (sites.symbol_name == symbol_homes.name),
    ).select(sites, symbol_homes.home_scope_id)
    is_own = homes.kind == "comprehension"
    home = ibis.coalesce(homes.home_scope_id, homes.lookup_scope_id)
    homes = homes.mutate(scope_id=ibis.ifelse(is_own, homes.own_scope_id, home)).drop("home_scope_id", "own_scope_id")
    joined = homes.left_join(scope_nodes, homes.scope_id == scope_nodes.scope_id)
    return joined.select(homes, scope_node=ibis.coalesce(scope_nodes.node_id, homes.lookup_node))


def _count_fallbacks(sites: Table, ast_nodes: Table, definitions: Table) -> Table:
    """Count the `except` and `else` branches around each site, and tell a property's accessors from it."""
    conditions = ast_nodes.filter(ast_nodes.kind == "If").view()
    branches = ast_nodes.filter(ast_nodes.field == "orelse")
    otherwise = branches.semi_join(conditions, branches.parent_id == conditions.node_id)
    handlers = ast_nodes.filter(ast_nodes.field == "handlers")
    columns = ("node_id", "subtree_end", "scope_node")
    fallbacks = stack(otherwise.select(*columns), handlers.select(*columns))
    inside = sites.inner_join(
        fallbacks,
        (sites.evaluated_in == fallbacks.scope_node)
        & (fallbacks.node_id <= sites.site_node)
        & (sites.site_node < fallbacks.subtree_end),
    ).select(sites.file_id, sites.site_node)
    depth = inside.group_by("file_id", "site_node").aggregate(fallbacks=inside.count())
    counted = sites.left_join(depth, sites.site_node == depth.site_node).select(
        sites, fallbacks=depth.fallbacks.fill_null(0)
    )
    joined = counted.left_join(definitions, counted.site_node == definitions.definition_id)
    return joined.select(counted, is_accessor=definitions.is_accessor.fill_null(False))


def _rank_sites(sites: Table) -> Table:
    """Order the sites of each variable by preference, and derive the binding's id."""
    is_import = sites.kind == "import"
    keys = [sites.file_id, sites.scope_node, sites.scope_id, sites.symbol_name]
    order = [
        ibis.cases(*((sites.kind == kind, rank) for kind, rank in PREFERENCE.items()), else_=1),
        sites.fallbacks,
        sites.is_accessor,
        is_import,
        ibis.ifelse(is_import, sites.site_node, -sites.site_node),
    ]
    return BINDINGS.select(
        sites.mutate(
            binding_id=_binding_id(sites.site_node),
            rank=ibis.row_number().over(group_by=keys, order_by=order).cast("int32"),
            candidates=sites.count().over(group_by=keys).cast("int32"),
        )
    )


@task(BINDINGS, stages=(_select_sites, _classify_sites, _place_sites, _find_home, _count_fallbacks, _rank_sites))
def bindings(ast_nodes: Table, parameters: Table, scope_nodes: Table, symbol_homes: Table, definitions: Table) -> Table:
    """One row per place that binds or deletes a name, in the scope that owns the variable."""


def _owners(sites: Table, ast_nodes: Table) -> Table:
    """Per assigned name, the syntax whose target it is in or is, and whether that only declares it."""
    targets = _targets(sites.filter(sites.kind == "Name"), ast_nodes)
    above = ast_nodes.view()
    owners = targets.inner_join(above, targets.owner_id == above.node_id).select(
        targets, owner_kind=above.kind, owner_end=above.subtree_end
    )
    annotations = ast_nodes.filter(ast_nodes.field == "annotation").view()
    joined = owners.left_join(annotations, owners.owner_id == annotations.parent_id)
    # Without a value, the annotation is the last thing in its statement.
    is_declaration = (owners.owner_kind == "AnnAssign") & (annotations.subtree_end == owners.owner_end)
    return joined.select(owners, is_declaration=is_declaration.fill_null(False))


def _targets(names: Table, ast_nodes: Table) -> Table:
    """Per assigned name, the node above its whole target: above the outermost tuple or list it is unpacked from."""
    unpacked = ast_nodes.filter(
        ast_nodes.field.isin(["target", "targets", "optional_vars"]) & ast_nodes.kind.isin(["Tuple", "List", "Starred"])
    )
    is_nested = names.field.isin(["elts", "value"])
    direct = names.filter(~is_nested).select("file_id", "node_id", owner_id=names.parent_id)
    nested = names.filter(is_nested)
    pairs = nested.inner_join(
        unpacked,
        (nested.file_id == unpacked.file_id)
        & (unpacked.node_id < nested.node_id)
        & (nested.node_id < unpacked.subtree_end),
    ).select(nested.file_id, nested.node_id, owner_id=unpacked.parent_id)
    innermost = pairs.group_by("file_id", "node_id").aggregate(owner_id=pairs.owner_id.max())
    return stack(direct, innermost)


def _binding_id(site_node: IntegerColumn) -> IntegerColumn:
    return site_node + (BINDING_FAMILY << ORDINAL_BITS)
