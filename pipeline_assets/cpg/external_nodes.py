"""What the repository uses and does not hold: builtins, operators, outside methods and types, imported modules."""

from __future__ import annotations

import ibis
from ibis.expr.types import StringValue, Table

from pipeline_assets.cpg import ids
from pipeline_assets.cpg.nodes import derive_node_evidence, node_family
from pipeline_assets.cpg.operators import PREFIX
from pipeline_assets.cpg.outside_names import outside_classes, outside_methods
from pipeline_assets.cpg.shared import import_statements, imported_module
from pipeline_assets.pipes import task
from pipeline_assets.pipes.stacking import stack

EXTERNAL_NODES = node_family(
    "external_nodes", "One node per method, type or module that the repository uses and that no file of it defines."
)


def _collect_methods(call_targets: Table, syntax_nodes: Table, overrides: Table) -> Table:
    """What is called or overridden outside, operators included."""
    called = call_targets.filter(call_targets.target_kind.isin(("external", "builtin")))
    bare = call_targets.filter(call_targets.target_kind == "class").mutate(runs=ibis.literal(_OBJECT_INIT))
    operators = syntax_nodes.filter((syntax_nodes.kind == "CALL") & syntax_nodes.name.startswith(PREFIX))
    overridden = outside_methods(overrides)
    return stack(
        _outside(called, "METHOD", called.target_name, "names"),
        _outside(bare, "METHOD", bare.runs, "names"),
        _outside(operators, "METHOD", operators.name, "ast"),
        _outside(overridden, "METHOD", overridden.qualname, "names"),
    )


def _add_types(nodes: Table, class_bases: Table, type_links: Table, mro: Table) -> Table:
    """Add the classes that are inherited from or are the type of something, each with its declaration."""
    classes = outside_classes(class_bases, type_links, mro)
    return stack(
        nodes,
        _outside(classes, "TYPE", classes.class_name, "names"),
        _outside(classes, "TYPE_DECL", classes.class_name, "names"),
    )


def _add_modules(nodes: Table, imports: Table) -> Table:
    """Add the modules that statements import."""
    statements = import_statements(imports)
    modules = statements.mutate(loaded=imported_module(statements))
    loaded = modules.filter(modules.loaded.notnull())
    return stack(nodes, _outside(loaded, "DEPENDENCY", loaded.loaded, "names"))


def _keep_each_once(nodes: Table) -> Table:
    """An entity is one node, however many things lead to it."""
    return nodes.distinct()


@task(
    EXTERNAL_NODES,
    stages=(_collect_methods, _add_types, _add_modules, _keep_each_once, derive_node_evidence),
    task_name="external_nodes",
)
def external_nodes(
    call_targets: Table,
    syntax_nodes: Table,
    class_bases: Table,
    imports: Table,
    type_links: Table,
    mro: Table,
    overrides: Table,
) -> Table:
    """One node per method, type or module that the repository uses and that no file of it defines."""


_OBJECT_INIT = "<builtin>.object.__init__"
"""What runs when a class without any initialiser is called."""


def _outside(table: Table, kind: str, qualname: StringValue, origin: str) -> Table:
    named = table.select("repository", qualname=qualname).distinct()
    return named.select(
        "repository",
        file_id=ibis.null("int64"),
        node_id=ids.outside_node(kind, named.qualname),
        kind=ibis.literal(kind),
        bstart=ibis.null("int32"),
        bend=ibis.null("int32"),
        line=ibis.null("int32"),
        name=_short_name(named.qualname),
        qualname=named.qualname,
        stable_id=ibis.null("string"),
        origin=ibis.literal(origin),
    )


def _short_name(qualname: StringValue) -> StringValue:
    """What follows the last dot; operators are called by their full name."""
    return qualname.startswith(PREFIX).ifelse(qualname, qualname.re_extract(r"([^.]*)$", 1))
