"""What a module's `__all__` names, as far as its text says."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, LINE, REPOSITORY
from pipeline_assets.pipes import task
from pipeline_assets.pipes.stacking import stack

ALL_NAMES = Contract(
    name="all_names",
    layer="normalize",
    description="One row per thing that module code adds to or takes from `__all__`, in source order.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column(
            "element_id", "int64", "The string, the other module's `__all__`, or the expression that is not understood."
        ),
        Column(
            "kind",
            "string",
            "name: a literal name; module: the `__all__` of another module; removed: a name taken out; "
            "dynamic: an expression whose value is not in the text.",
            values=("name", "module", "removed", "dynamic"),
        ),
        Column(
            "name",
            "string",
            "The name, or the dotted expression in front of `.__all__`; null for dynamic.",
            nullable=True,
        ),
        LINE,
    ),
    key=("element_id",),
    local=("element_id",),
    references=(Reference("element_id", "ast_nodes", "node_id"),),
    query="SELECT kind, count(*) AS elements FROM all_names GROUP BY kind ORDER BY elements DESC",
)

CHANGING_METHODS = ("append", "extend", "insert", "remove")

DYNAMIC_KINDS = ("Call", "ListComp", "SetComp", "DictComp", "GeneratorExp", "Name", "Subscript", "JoinedStr")
"""Expressions whose value is not in the text; displays, sums and `other.__all__` are looked into."""


def _select_statements(ast_nodes: Table) -> Table:
    """Keep the module-level assignments to `__all__` and calls of its methods."""
    names = _module_level(ast_nodes).filter(lambda names: names.name == "__all__")
    assigned = names.filter((names.ctx == "Store") & names.field.isin(["target", "targets"]))
    method = ast_nodes.filter(ast_nodes.name.isin(CHANGING_METHODS) & (ast_nodes.field == "func")).view()
    called = names.inner_join(method, names.parent_id == method.node_id)
    changes = stack(
        assigned.select("file_id", statement_id=assigned.parent_id, is_removal=ibis.literal(False)),
        called.select(names.file_id, statement_id=method.parent_id, is_removal=method.name == "remove"),
    ).distinct()
    bounds = ast_nodes.view()
    joined = changes.inner_join(bounds, changes.statement_id == bounds.node_id)
    return joined.select(bounds.repository, changes, statement_end=bounds.subtree_end)


def _open_statements(statements: Table, ast_nodes: Table, references: Table) -> Table:
    """Take every node inside those statements, with the dotted text of those that are names."""
    inside = statements.inner_join(
        ast_nodes,
        (statements.file_id == ast_nodes.file_id)
        & (statements.statement_id < ast_nodes.node_id)
        & (ast_nodes.node_id < statements.statement_end),
    ).select(
        statements.repository,
        statements.file_id,
        statements.is_removal,
        ast_nodes.node_id,
        ast_nodes.subtree_end,
        ast_nodes.kind,
        ast_nodes.field,
        ast_nodes.name,
        ast_nodes.value,
        ast_nodes.value_kind,
        ast_nodes.line,
    )
    joined = inside.left_join(references, inside.node_id == references.node_id)
    return joined.select(inside, references.dotted, references.root_id)


def _read_elements(nodes: Table) -> Table:
    """Tell literal names, other modules' `__all__` and everything that is not understood apart."""
    is_text = (nodes.value_kind == "str") & nodes.field.isin(["elts", "args", "value"])
    is_other = (nodes.kind == "Attribute") & (nodes.name == "__all__") & nodes.dotted.notnull()
    others = nodes.filter(is_other)
    roots = others.select("file_id", "root_id")
    named = nodes.mutate(
        element=ibis.cases((is_text, "text"), (is_other, "module"), (nodes.kind.isin(DYNAMIC_KINDS), "dynamic"))
    )
    found = named.filter(named.element.notnull() & (named.dotted.fill_null("") != "__all__"))
    found = found.anti_join(roots, found.node_id == roots.root_id)
    dynamic = found.filter(found.element == "dynamic").select(
        "file_id", outer_node=found.node_id, outer_end=found.subtree_end
    )
    found = found.anti_join(
        dynamic,
        (found.file_id == dynamic.file_id)
        & (found.element == "dynamic")
        & (dynamic.outer_node < found.node_id)
        & (found.node_id < dynamic.outer_end),
    )
    return ALL_NAMES.select(
        found.mutate(
            element_id=found.node_id,
            kind=ibis.cases(
                ((found.element == "text") & found.is_removal, "removed"),
                (found.element == "text", "name"),
                else_=found.element,
            ),
            name=ibis.cases(
                (found.element == "text", found.value.substr(1, found.value.length() - 2)),
                (found.element == "module", found.dotted.re_replace(r"\.__all__$", "")),
            ),
        )
    )


@task(ALL_NAMES, stages=(_select_statements, _open_statements, _read_elements))
def all_names(ast_nodes: Table, references: Table) -> Table:
    """One row per thing that module code adds to or takes from `__all__`, in source order."""


def _module_level(ast_nodes: Table) -> Table:
    modules = ast_nodes.filter(ast_nodes.kind == "Module").view()
    return ast_nodes.semi_join(modules, ast_nodes.scope_node == modules.node_id)
