"""Modules that import each other in a circle."""

from __future__ import annotations

import pyarrow as pa
import rustworkx as rx
from ibis.expr.types import Table

from pipeline_assets.inference.contract import Column, Contract
from pipeline_assets.normalize.columns import REPOSITORY
from pipeline_assets.pipes import graph_task

IMPORT_CYCLES = Contract(
    name="import_cycles",
    layer="products",
    description="One row per import between two modules that, directly or through others, import each other.",
    columns=(
        REPOSITORY,
        Column("cycle", "string", "The first by name of the modules that all import each other: names the group."),
        Column("modules", "int32", "How many modules the group has."),
        Column("importer", "string", "Module that imports."),
        Column("imported", "string", "Module of the same group that is imported."),
        Column("path", "string", "File of the importing module."),
        Column("line", "int32", "First line that imports it."),
        Column("is_lazy", "boolean", "Whether only functions import it: loading the modules does not run the import."),
        Column("is_type_checking", "boolean", "Whether only type checkers ever import it."),
    ),
    key=("repository", "importer", "imported"),
    query="SELECT cycle, importer, imported, path, line FROM import_cycles WHERE NOT is_lazy AND NOT is_type_checking",
)
_KINDS = ("import", "from", "import_module", "__import__")


def _select_imports(imports: Table, modules: Table, files: Table, scope_nodes: Table) -> dict[str, Table]:
    """Project the imports of modules by modules of the same repository, each pair once."""
    lazy = scope_nodes.filter(scope_nodes.kind.isin(("function", "lambda"))).select("repository", "node_id").distinct()
    inside = imports.filter(
        imports.target_module.notnull() & imports.kind.isin(_KINDS) & (imports.never_runs == False)  # noqa: E712
    )
    named = inside.inner_join(modules, inside.file_id == modules.file_id).select(
        inside.repository, inside.file_id, inside.scope_node, inside.is_type_checking, inside.line,
        importer=modules.module, imported=inside.target_module,
    )  # fmt: skip
    placed = named.inner_join(files, named.file_id == files.file_id).select(named, files.path)
    scoped = placed.left_join(lazy, [placed.repository == lazy.repository, placed.scope_node == lazy.node_id])
    rows = scoped.select(
        placed.repository, placed.importer, placed.imported, placed.path, placed.line, placed.is_type_checking,
        is_lazy=lazy.node_id.notnull(),
    )  # fmt: skip
    others = rows.filter(rows.importer != rows.imported)
    pairs = others.group_by("repository", "importer", "imported").aggregate(
        path=others.path.min(),
        line=others.line.min(),
        is_lazy=others.is_lazy.all(),
        is_type_checking=others.is_type_checking.all(),
    )
    return {"imports": pairs}


def _find_cycles(inputs: dict[str, pa.Table]) -> tuple[pa.Table, list[tuple[str, int] | None]]:
    """Tell for each import the group of modules that it closes a circle in, by name and size, if it does."""
    imports = inputs["imports"].sort_by([(name, "ascending") for name in ("repository", "importer", "imported")])
    owners = imports["repository"].to_pylist()
    ends = [(list(zip(owners, imports[column].to_pylist(), strict=True))) for column in ("importer", "imported")]
    graph: rx.PyDiGraph[tuple[str, str], None] = rx.PyDiGraph()
    modules = sorted({*ends[0], *ends[1]})
    index = dict(zip(modules, graph.add_nodes_from(modules), strict=True))
    graph.add_edges_from_no_data([(index[source], index[target]) for source, target in zip(*ends, strict=True)])
    groups = {}
    for number, members in enumerate(rx.strongly_connected_components(graph)):
        names = sorted(graph[node] for node in members)
        groups.update({name: (number, names[0][1], len(names)) for name in names})
    return imports, [
        groups[source][1:] if groups[source][0] == groups[target][0] else None
        for source, target in zip(*ends, strict=True)
    ]


def _tabulate(found: tuple[pa.Table, list[tuple[str, int] | None]]) -> pa.Table:
    """Lay the imports that close circles out on the contract's columns."""
    imports, groups = found
    kept = imports.filter(pa.array([group is not None for group in groups], pa.bool_()))
    names = [group for group in groups if group is not None]
    return (
        kept.append_column("cycle", pa.array([name for name, _ in names], pa.string()))
        .append_column("modules", pa.array([size for _, size in names], pa.int32()))
        .select([column.name for column in IMPORT_CYCLES.columns])
    )


@graph_task(IMPORT_CYCLES, stages=(_select_imports, _find_cycles, _tabulate))
def import_cycles(imports: Table, modules: Table, files: Table, scope_nodes: Table) -> Table:
    """One row per import between two modules that, directly or through others, import each other."""
