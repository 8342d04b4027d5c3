"""Control flow read off the syntax, where there is no bytecode to read it from."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from ibis.expr.types import Table

from pipeline_assets.extract.ids import FACT, row_ids
from pipeline_assets.inference.contract import FILE_SHIFT, Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, REPOSITORY
from pipeline_assets.normalize.evaluation.file_flow import FileFlow, Row
from pipeline_assets.normalize.evaluation.nodes import read_nodes
from pipeline_assets.pipes import graph_task
from pipeline_assets.pipes.stacking import stack

KINDS = (
    *("next", "jump", "true", "false", "exception", "finally", "with_exit", "with_suppress"),
    *("yield", "resume", "await", "return"),
)

SYNTAX_FLOW = Contract(
    name="syntax_flow",
    layer="normalize",
    description=(
        "One row per way that control goes from one syntax node to the next, for code without bytecode: scopes that "
        "the compiler refused or left out, and dead code in those it compiled."
    ),
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("flow_id", "int64", "Id of the way: file, family 15, place in the file's ways."),
        Column("scope_node", "int64", "The syntax node that opens the scope."),
        Column(
            "role",
            "string",
            "Which of the node's scopes it is, as in `scope_nodes`.",
            values=("body", "type_parameters", "bound", "default"),
        ),
        Column("src_node", "int64", "The node that was evaluated; null: the scope is entered.", nullable=True),
        Column("dst_node", "int64", "The node that is evaluated next; null: the scope is left.", nullable=True),
        Column(
            "src_point",
            "int32",
            "Which evaluation of the scope it was: a node has one for each way through a `finally`, and for each part "
            "of its work (entering and leaving a `with`). Null: the scope is entered.",
            nullable=True,
        ),
        Column("dst_point", "int32", "Which evaluation is next; null at the exit, and where it has bytecode.", True),
        Column(
            "kind",
            "string",
            "true, false: the value of `src_node` (of a loop: whether there is an item); jump: out of a loop's body; "
            "exception: it raised; finally, with_exit: into a `finally` body, into leaving a `with`, by whatever way; "
            "with_suppress: leaving a `with` swallowed the exception; yield, await: out to the caller; resume: back "
            "from there; return: out of the scope; next: any other.",
            values=KINDS,
        ),
        Column("is_exceptional", "boolean", "Whether an exception travels along it, whatever its kind."),
        Column("is_dead", "boolean", "Whether `src_node` can never be reached from the scope's entry on this way."),
        Column(
            "why",
            "string",
            "no_bytecode: nothing was compiled for the scope; dead: `src_node` was left out of its bytecode.",
            values=("no_bytecode", "dead"),
        ),
        Column(
            "is_merged",
            "boolean",
            "Whether `finally` bodies of the scope stand once for all ways through them, as there would be too many "
            "copies: then a way in may seem to lead to another's way out.",
        ),
    ),
    key=("flow_id",),
    local=("flow_id", "scope_node", "src_node", "dst_node"),
    references=(
        Reference("file_id", "files", "file_id"),
        Reference("scope_node", "ast_nodes", "node_id"),
        Reference("src_node", "ast_nodes", "node_id"),
        Reference("dst_node", "ast_nodes", "node_id"),
    ),
    query="SELECT why, is_dead, kind, count(*) FROM syntax_flow GROUP BY ALL ORDER BY 4 DESC",
)

TOGETHER = 200_000
"""Rows worked on at a time."""

INLINED = ("ListComp", "SetComp", "DictComp")
"""Scopes that the compiler may run in the code unit around them."""
COMPREHENSIONS = (*INLINED, "GeneratorExp")
OPENERS = ("Module", "ClassDef", "FunctionDef", "AsyncFunctionDef", "Lambda", "TypeAlias", *COMPREHENSIONS)
HEADERS = ("arguments", "arg", "comprehension")
"""Nodes of an inner scope that hold parts which are evaluated around it."""
SILENT = ("below_constant_test", "after_jump", "other")
"""Why a statement has no instruction, where it may be dead wherever it stands."""

DECIDING = ("BoolOp", "IfExp", "Assert")
"""Where a literal decides inside a statement, which has instructions all the same."""

Numbers = npt.NDArray[np.int64]
FOR_NODES = ("node_id", "subtree_end", "kind", "field", "ordinal", "name", "alias", "value", "ctx")


class Ways(NamedTuple):
    """What was found in each of some files."""

    parts: list[list[Row]]
    file_ids: Numbers
    repositories: pa.Array


def _select_uncompiled(
    ast_nodes: Table, unit_scopes: Table, silent_statements: Table, anchors: Table
) -> dict[str, Table]:
    """Project the scopes that may hold code without bytecode, and all nodes of their files."""
    openers = ast_nodes.filter(ast_nodes.kind.isin(OPENERS))
    units = unit_scopes.filter(unit_scopes.role == "body")
    missing = openers.anti_join(
        units, (openers.file_id == units.file_id) & (openers.node_id == units.scope_node)
    ).filter(~openers.kind.isin(INLINED))
    scopes = stack(
        missing.select("file_id", "scope_node"),
        _doubtful(silent_statements, ast_nodes).select("file_id", "scope_node"),
        _decided(ast_nodes).select("file_id", "scope_node"),
    ).distinct()
    files = scopes.select("file_id").distinct()
    evaluating = anchors.filter(anchors.is_evaluation & anchors.node_id.notnull())
    return {
        "scopes": scopes,
        "nodes": _of(ast_nodes, files).select("repository", "file_id", "scope_node", "parent_id", *FOR_NODES),
        "units": _of(units.view(), files).select("file_id", "scope_node"),
        "evaluated": _of(evaluating, files).select("file_id", "node_id").distinct(),
    }


def _find_ways(inputs: dict[str, pa.Table]) -> Ways:
    """Lay down the flow of each scope, file by file, and keep what has no bytecode."""
    tables = {name: table.sort_by(table.column_names[-1]) for name, table in inputs.items() if name != "nodes"}
    nodes = inputs["nodes"].sort_by("node_id")
    file_ids, firsts, counts = np.unique(_numbers(nodes, "file_id"), return_index=True, return_counts=True)
    repositories = pc.take(nodes["repository"], firsts)
    parts = [
        _file_rows(nodes.slice(first, count), {name: _ids_of(table, file_id) for name, table in tables.items()})
        for file_id, first, count in zip(file_ids.tolist(), firsts.tolist(), counts.tolist(), strict=True)
    ]
    return Ways(parts, file_ids, repositories)


def _tabulate(found: Ways) -> pa.Table:
    """Lay the ways of all files out on the contract's columns, and give ids."""
    parts, file_ids = found.parts, found.file_ids
    counts = np.array([len(part) for part in parts], np.int64)
    owners = np.repeat(np.arange(len(parts)), counts)
    rows = [row for part in parts for row in part]
    columns: dict[str, Any] = dict(zip(Row._fields, zip(*rows, strict=True), strict=True)) if rows else {}
    schema = SYNTAX_FLOW.schema.to_pyarrow()
    columns |= {
        "repository": pc.take(found.repositories, owners),
        "file_id": file_ids[owners],
        "flow_id": row_ids(file_ids, counts, FACT),
    }
    return pa.table(
        [pa.array(columns.get(field.name, ()), field.type) for field in schema],
        schema=schema,
    )


@graph_task(SYNTAX_FLOW, stages=(_select_uncompiled, _find_ways, _tabulate), by="file_id", batch=TOGETHER)
def syntax_flow(ast_nodes: Table, unit_scopes: Table, silent_statements: Table, anchors: Table) -> Table:
    """One row per way that control goes from one syntax node to the next, for code without bytecode."""


def _doubtful(silent_statements: Table, ast_nodes: Table) -> Table:
    """Statements without instructions that may be dead: what is first in its list and does nothing is not."""
    nodes = ast_nodes.view()
    later = nodes.filter((nodes.ordinal > 0) & (nodes.field.isin(["body", "orelse", "finalbody"])))
    follows = silent_statements.semi_join(
        later, (silent_statements.file_id == later.file_id) & (silent_statements.node_id == later.node_id)
    )
    certain = silent_statements.filter(silent_statements.kind.isin(SILENT))
    return stack(certain, follows.filter(~follows.kind.isin(SILENT)))


def _decided(ast_nodes: Table) -> Table:
    """Literals that leave an operand, or the message of an assertion, without evaluation."""
    literals = ast_nodes.view()
    literals = literals.filter(literals.kind == "Constant")
    literals = literals.filter((literals.field == "test") | ((literals.field == "values") & (literals.ordinal == 0)))
    deciding = ast_nodes.view()
    deciding = deciding.filter(deciding.kind.isin(DECIDING))
    return literals.semi_join(
        deciding, (literals.file_id == deciding.file_id) & (literals.parent_id == deciding.node_id)
    )


def _of(table: Table, files: Table) -> Table:
    return table.semi_join(files, table.file_id == files.file_id)


def _ids_of(table: pa.Table, file_id: int) -> Numbers:
    """The ids in a table's last column that belong to a file; they are sorted, and hold it in their upper bits."""
    ids = _numbers(table, table.column_names[-1])
    first, last = np.searchsorted(ids, [file_id << FILE_SHIFT, (file_id + 1) << FILE_SHIFT])
    return ids[first:last]


def _file_rows(nodes: pa.Table, ids: dict[str, Numbers]) -> list[Row]:
    """The rows of one file: of its module where nothing was compiled, of the compiled scopes in doubt otherwise."""
    compiled = set(ids["units"].tolist())
    roots = [scope for scope in ids["scopes"].tolist() if scope in compiled]
    module = nodes["node_id"][0].as_py()
    roots = roots if module in compiled else [module]
    needed = nodes if module not in compiled else nodes.filter(_is_needed(nodes, ids, roots))
    found = read_nodes(needed.select(FOR_NODES).to_pylist())
    flow = FileFlow(_defers_annotations(nodes), compiled, set(ids["evaluated"].tolist()))
    return list(flow.rows([found[scope] for scope in roots]))


def _is_needed(nodes: pa.Table, ids: dict[str, Numbers], roots: list[int]) -> npt.NDArray[np.bool_]:
    """Whether each node is evaluated in one of the scopes, or in one inside them that has no code unit."""
    node_ids, scopes = _numbers(nodes, "node_id"), _numbers(nodes, "scope_node")
    # 3.11 keeps the code units of what it found dead; those inside are loaded by what nothing loads
    made = np.intersect1d(ids["units"], ids["evaluated"])
    opens = pc.is_in(nodes["kind"], pa.array(OPENERS)).to_numpy() & ~np.isin(node_ids, made)
    wanted = added = np.array(roots, np.int64)
    while len(added):
        added = np.setdiff1d(node_ids[opens & np.isin(scopes, added)], wanted)
        wanted = np.concatenate([wanted, added])
    needed: npt.NDArray[np.bool_] = np.isin(scopes, wanted) | np.isin(node_ids, wanted)
    holds = pc.is_in(nodes["kind"], pa.array(HEADERS)).to_numpy()
    parents = pc.fill_null(nodes["parent_id"], -1).to_numpy()
    for _ in range(2):  # an argument's holder is held itself; what others hold would hang below what is around these
        needed |= holds & np.isin(parents, node_ids[needed])
    return needed


def _defers_annotations(nodes: pa.Table) -> bool:
    """Whether the file says `from __future__ import annotations`."""
    imports = nodes.filter(pc.and_(pc.equal(nodes["kind"], "ImportFrom"), pc.equal(nodes["name"], "__future__")))
    names = nodes.filter(pc.and_(pc.equal(nodes["kind"], "alias"), pc.equal(nodes["name"], "annotations")))
    return bool(np.isin(_numbers(names, "parent_id"), _numbers(imports, "node_id")).any())


def _numbers(table: pa.Table, column: str) -> Numbers:
    numbers: Numbers = table[column].to_numpy()
    return numbers
