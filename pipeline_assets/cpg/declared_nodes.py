"""Nodes of what definitions, imports, closures and files are declared to be: modifiers, annotations, bindings, tags."""

from __future__ import annotations

import ibis
from ibis.expr.types import IntegerValue, StringValue, Table

from pipeline_assets.cpg import ids
from pipeline_assets.cpg.nodes import derive_node_evidence, node_family, select_nodes
from pipeline_assets.cpg.shared import FILE_ROLES, captures, import_calls, modifiers, type_aliases
from pipeline_assets.pipes import task
from pipeline_assets.pipes.stacking import stack

DECLARED_NODES = node_family(
    "declared_nodes",
    "One node per output parameter, modifier, annotation, captured variable, type alias, import by call, namespace, "
    "tag and repository.",
)

LANGUAGE = "PYTHON"
"""Name of the META_DATA node."""


def _collect_parts(parameters: Table, definitions: Table, decorators: Table) -> Table:
    """What belongs to a definition: its parameters' outputs, its decorators, what sort of method it is."""
    return stack(
        _placed(
            parameters,
            ids.companion(parameters.parameter_id, ids.PARAMETER_OUT),
            "METHOD_PARAMETER_OUT",
            parameters.name,
        ),
        _placed(decorators, ids.companion(decorators.decorator_id, ids.ANNOTATION), "ANNOTATION", decorators.dotted),
        *(
            _placed(held, node, "MODIFIER", ibis.literal(word))
            for held, node, _, word in modifiers(definitions, decorators)
        ),
    )


def _add_aliases(nodes: Table, imports: Table, type_exprs: Table, ast_nodes: Table) -> Table:
    """Add imports by call, and names for types."""
    calls = import_calls(imports)
    aliases = _named(type_aliases(type_exprs), ast_nodes)
    return stack(
        nodes,
        _placed(calls, ids.companion(calls.import_id, ids.IMPORT), "IMPORT", calls.name),
        _placed(aliases, ids.companion(aliases.owner_id, ids.ALIAS), "TYPE_DECL", aliases.name),
    )


def _add_whole(nodes: Table, files: Table, modules: Table) -> Table:
    """Add what is one for a repository: the repository itself, its namespaces, the roles of its files."""
    return stack(
        nodes,
        _unplaced(files, "META_DATA", ibis.literal(LANGUAGE), files.repository),
        _unplaced(modules, "NAMESPACE", modules.module, modules.module),
        *(
            _unplaced(files.filter(files[role]), "TAG", ibis.literal(tag), ibis.literal(tag))
            for role, tag in FILE_ROLES.items()
        ),
    )


def _add_captures(nodes: Table, symbols: Table, symbol_homes: Table, scope_nodes: Table, bindings: Table) -> Table:
    """One more per variable of a function that a function or class inside it uses."""
    found = captures(symbols, symbol_homes, scope_nodes, bindings)
    node = ids.fact_node("CLOSURE_BINDING", found.symbol_id)
    return stack(nodes, _placed(found, node, "CLOSURE_BINDING", found.name, origin="symtable"))


@task(
    DECLARED_NODES,
    stages=(_collect_parts, _add_aliases, _add_whole, _add_captures, derive_node_evidence, select_nodes),
    task_name="declared_nodes",
)
def declared_nodes(
    parameters: Table,
    definitions: Table,
    decorators: Table,
    files: Table,
    modules: Table,
    imports: Table,
    type_exprs: Table,
    symbols: Table,
    symbol_homes: Table,
    scope_nodes: Table,
    bindings: Table,
    ast_nodes: Table,
) -> Table:
    """One node per parameter out, modifier, annotation, capture, alias, import by call, namespace, tag, repository."""


def _named(aliases: Table, ast_nodes: Table) -> Table:
    """Aliases with the place and text of their name."""
    names = ast_nodes.filter(ast_nodes.kind == "Name").select("file_id", "node_id", "name", "bstart", "bend", "line")
    joined = names.inner_join(aliases, [names.file_id == aliases.file_id, names.node_id == aliases.owner_id])
    return joined.select(aliases, names.name, names.bstart, names.bend, names.line)


def _placed(table: Table, node_id: IntegerValue, kind: str, name: StringValue, origin: str = "ast") -> Table:
    span = {end: table[end] if end in table.columns else ibis.null("int32") for end in ("bstart", "bend", "line")}
    return table.select(
        "repository",
        "file_id",
        **span,
        node_id=node_id,
        kind=ibis.literal(kind),
        name=name,
        qualname=ibis.null("string"),
        stable_id=ibis.null("string"),
        origin=ibis.literal(origin),
    )


def _unplaced(table: Table, kind: str, name: StringValue, qualname: StringValue) -> Table:
    named = table.select("repository", name=name, qualname=qualname).distinct()
    return named.select(
        "repository",
        file_id=ibis.null("int64"),
        bstart=ibis.null("int32"),
        bend=ibis.null("int32"),
        line=ibis.null("int32"),
        node_id=ids.outside_node(kind, named.qualname),
        kind=ibis.literal(kind),
        name=named.name,
        qualname=named.qualname,
        stable_id=ibis.null("string"),
        origin=ibis.literal("files"),
    )
