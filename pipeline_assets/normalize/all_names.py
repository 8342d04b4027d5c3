"""What a module's `__all__` names, as far as its text says."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ibis.expr.types import Table

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, LINE, REPOSITORY
from pipeline_assets.normalize.naming.listing import Element, ModuleCode, SyntaxNode, by_file
from pipeline_assets.normalize.naming.lookup import at, ids_of
from pipeline_assets.normalize.naming.sites import BRANCH_COLUMNS, POSSIBLY, Branches
from pipeline_assets.pipes import graph_task

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
            "name: a name in the text; module: the `__all__` of another module; removed: a name taken out; "
            "dynamic: an expression whose value is not in the text.",
            values=("name", "module", "removed", "dynamic"),
        ),
        Column(
            "name",
            "string",
            "The name; for a module the dotted expression in front of `.__all__`, or the name under which its list was "
            "imported; null for dynamic.",
            nullable=True,
        ),
        Column(
            "is_effective",
            "boolean",
            "Whether it counts in the end: not when a later assignment replaces all there was, nor in a block that "
            "does not run.",
        ),
        LINE,
    ),
    key=("element_id",),
    local=("element_id",),
    references=(Reference("element_id", "ast_nodes", "node_id"),),
    query="SELECT kind, count(*) AS elements FROM all_names GROUP BY kind ORDER BY elements DESC",
)


def _select_module_code(ast_nodes: Table, branches: Table) -> dict[str, Table]:
    """Project the module-level code of files that mention `__all__`, and the blocks in it."""
    mentions = ast_nodes.filter((ast_nodes.name == "__all__") | (ast_nodes["alias"] == "__all__"))
    scopes = mentions.select("file_id", "scope_node").distinct()
    nodes = ast_nodes.view()
    code = nodes.semi_join(scopes, (nodes.file_id == scopes.file_id) & (nodes.scope_node == scopes.scope_node))
    blocks = branches.semi_join(
        scopes, (branches.file_id == scopes.file_id) & (branches.scope_node == scopes.scope_node)
    )
    return {"code": code.select(*SyntaxNode._fields, "scope_node"), "branches": blocks.select(*BRANCH_COLUMNS)}


def _read_elements(inputs: dict[str, pa.Table]) -> list[Element]:
    """Read every file's statements about `__all__`."""
    code = inputs["code"]
    roots = code.filter(pc.equal(code["kind"], "Module"))["node_id"]
    code = code.filter(pc.is_in(code["scope_node"], roots.combine_chunks()))
    columns = [code[name] for name in SyntaxNode._fields]
    nodes = map(SyntaxNode._make, zip(*(column.to_pylist() for column in columns), strict=True))
    around = Branches.of(inputs["branches"]).around(ids_of(code["node_id"]), ids_of(code["scope_node"]))
    runs = np.where(around >= 0, at(Branches.of(inputs["branches"]).runs, around), POSSIBLY)
    ids = code["node_id"].to_numpy()
    never, conditional = ids[runs != POSSIBLY].tolist(), ids[around >= 0].tolist()
    return [element for file in by_file(nodes).values() for element in ModuleCode(file, never, conditional).elements()]


def _tabulate(elements: list[Element]) -> pa.Table:
    """Lay the elements out on the contract's columns."""
    rows = [
        {
            "repository": element.node.repository,
            "file_id": element.node.file_id,
            "element_id": element.node.node_id,
            "kind": element.kind,
            "name": element.name,
            "is_effective": element.is_effective,
            "line": element.node.line,
        }
        for element in elements
    ]
    return pa.Table.from_pylist(rows, schema=ALL_NAMES.schema.to_pyarrow())


@graph_task(ALL_NAMES, stages=(_select_module_code, _read_elements, _tabulate), by="file_id", batch=200_000)
def all_names(ast_nodes: Table, branches: Table) -> Table:
    """One row per thing that module code adds to or takes from `__all__`, in source order."""
