"""Which syntax node each scope of CPython's symbol table is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ibis.expr.types import Table

from pipeline_assets.inference.contract import FILE_SHIFT, Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, REPOSITORY
from pipeline_assets.normalize.naming.lookup import Ids, at, flags_of, nullable
from pipeline_assets.normalize.naming.plain_scopes import OPENED_KINDS, PlainScopes, match
from pipeline_assets.normalize.scope_matching import (
    NODE_COLUMNS,
    SCOPE_KINDS,
    TABLE_NAMES,
    TYPE_PARAMETER_PARTS,
    FileScopes,
    SymbolTable,
    read_nodes,
    siblings,
)
from pipeline_assets.pipes import graph_task

SCOPE_NODES = Contract(
    name="scope_nodes",
    layer="normalize",
    description="One row per syntax node that opens a scope and per scope it opens, tied to CPython's symbol table.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("node_id", "int64", "The syntax node that opens the scope."),
        Column(
            "role",
            "string",
            "body: the scope of the node's own names; type_parameters: the scope between a generic definition and its "
            "surroundings; bound, default: the lazily evaluated parts of a type parameter.",
            values=("body", "type_parameters", "bound", "default"),
        ),
        Column(
            "kind",
            "string",
            "What the scope is.",
            values=(
                "module",
                "class",
                "function",
                "lambda",
                "comprehension",
                "type_alias",
                "type_parameters",
                "type_variable",
            ),
        ),
        Column(
            "scope_id",
            "int64",
            "The symbol table's scope; null when the compiler made none (the file was refused, or the node sits in an "
            "annotation that is never evaluated).",
            nullable=True,
        ),
        Column(
            "scope_end",
            "int64",
            "Scope ids from `scope_id` to before this one are the scope and those inside it.",
            nullable=True,
        ),
        Column(
            "lookup_scope_id",
            "int64",
            "The symbol table's scope that answers for names evaluated here: `scope_id`, or where the compiler runs a "
            "comprehension in the scope around it (from 3.12 on) that one.",
            nullable=True,
        ),
        Column("parent_node", "int64", "The node that opens the enclosing scope; null for the module.", nullable=True),
        Column(
            "definition_id",
            "int64",
            "The nearest function, class, lambda or module that holds the scope's code, itself included.",
        ),
        Column(
            "private_class",
            "string",
            "Name of the class that private names (`__x`) in this scope are mangled with; null outside classes.",
            nullable=True,
        ),
    ),
    key=("node_id", "role"),
    local=("node_id", "scope_id", "lookup_scope_id", "parent_node", "definition_id"),
    references=(
        Reference("node_id", "ast_nodes", "node_id"),
        Reference("scope_id", "scopes", "scope_id"),
        Reference("parent_node", "ast_nodes", "node_id"),
        Reference("definition_id", "definitions", "definition_id"),
    ),
    query="SELECT kind, count(*) AS scopes, count(scope_id) AS compiled FROM scope_nodes GROUP BY kind ORDER BY kind",
)


@dataclass(frozen=True)
class Matched:
    """The scopes of some files: of those that are told apart easily, and of the others."""

    inputs: dict[str, pa.Table]
    plain: PlainScopes
    others: Sequence[FileScopes] = ()


def _select_scopes(ast_nodes: Table, scopes: Table) -> dict[str, Table]:
    """Project the nodes that open scopes, the way up from those that need it, and the symbol table's scopes."""
    openers = _openers(ast_nodes)
    return {
        "openers": openers.select("file_id", *NODE_COLUMNS, "repository"),
        "above": _above(_ambiguous(openers), ast_nodes),
        "deferred": _kept_as_text(ast_nodes).select("file_id", "node_id", "subtree_end"),
        "scopes": scopes.select("file_id", "scope_id", "parent_scope_id", "kind", "name", "line"),
    }


def _match_plain(inputs: dict[str, pa.Table]) -> Matched:
    """Find each scope in the symbol table by parent, kind, name and line, in all files at once."""
    openers = inputs["openers"]
    bodies = openers.filter(pc.is_in(openers["kind"], pa.array([*SCOPE_KINDS])))
    return Matched(inputs, match(bodies, inputs["scopes"], inputs["deferred"]))


def _match_others(matched: Matched) -> Matched:
    """Look closer at files with type parameters, or with scopes that parent, kind, name and line do not tell apart."""
    inputs, plain = matched.inputs, matched.plain
    openers = inputs["openers"]
    is_typed = pc.or_kleene(pc.equal(openers["kind"], "TypeAlias"), pc.equal(openers["field"], "type_params"))
    typed = openers["file_id"].to_numpy()[flags_of(is_typed)]
    files = np.unique(np.concatenate([typed, plain.doubtful >> FILE_SHIFT]))
    deferred = frozenset(plain.nodes[plain.is_deferred].tolist())
    return replace(matched, others=[_match_file(each, deferred) for each in _of_files(inputs, files)])


def _tabulate(matched: Matched) -> pa.Table:
    """Lay the scopes out on the contract's columns."""
    others = {file.file_id for file in matched.others}
    rows = [row for file in matched.others for row in _rows(file)]
    apart = pa.Table.from_pylist(rows, schema=SCOPE_NODES.schema.to_pyarrow())
    return pa.concat_tables([_plain_rows(matched.plain, others), apart])


@graph_task(SCOPE_NODES, stages=(_select_scopes, _match_plain, _match_others, _tabulate), by="file_id", batch=200_000)
def scope_nodes(ast_nodes: Table, scopes: Table) -> Table:
    """One row per syntax node that opens a scope and per scope it opens, tied to CPython's symbol table."""


def _openers(ast_nodes: Table) -> Table:
    return ast_nodes.filter(
        ast_nodes.kind.isin([*SCOPE_KINDS]) | ast_nodes.field.isin(["type_params", *TYPE_PARAMETER_PARTS])
    )


def _kept_as_text(ast_nodes: Table) -> Table:
    """The annotations of files that start with `from __future__ import annotations`."""
    aliases = ast_nodes.filter((ast_nodes.kind == "alias") & (ast_nodes.name == "annotations"))
    statements = ast_nodes.filter((ast_nodes.kind == "ImportFrom") & (ast_nodes.name == "__future__")).view()
    files = aliases.semi_join(statements, aliases.parent_id == statements.node_id).select("file_id").distinct()
    annotations = ast_nodes.filter(ast_nodes.field.isin(["annotation", "returns"]))
    return annotations.semi_join(files, annotations.file_id == files.file_id)


def _ambiguous(openers: Table) -> Table:
    """Scopes that may need a look at the syntax above: those that look alike on one line, or in a file with type
    parameters."""
    alike = ibis.window(group_by=[openers.file_id, openers.kind, openers.line])
    file = ibis.window(group_by=openers.file_id)
    counted = openers.mutate(
        is_crowded=openers.count().over(alike) > 1,
        has_type_scopes=((openers.field == "type_params") | (openers.kind == "TypeAlias")).any().over(file),
    )
    found = counted.filter(counted.has_type_scopes | (counted.kind.isin([*TABLE_NAMES]) & counted.is_crowded))
    return found.select(counted.file_id, counted.node_id)


def _above(scopes: Table, ast_nodes: Table) -> Table:
    """The nodes above each of `scopes`."""
    inner = ast_nodes.view()
    pairs = scopes.inner_join(
        inner,
        (scopes.file_id == inner.file_id) & (inner.node_id < scopes.node_id) & (inner.subtree_end > scopes.node_id),
    )
    return pairs.select(*(inner[name] for name in ("file_id", *NODE_COLUMNS))).distinct()


def _of_files(inputs: dict[str, pa.Table], files: Ids) -> Iterator[dict[str, pa.Table]]:
    """The rows of each file, with the nodes in order."""
    ids = {name: table["scope_id" if name == "scopes" else "node_id"].to_numpy() for name, table in inputs.items()}
    tables = {name: table.take(np.argsort(ids[name])) for name, table in inputs.items() if len(files)}
    values = {name: table["file_id"].to_numpy() for name, table in tables.items()}
    for file_id in files.tolist():
        bounds = {name: np.searchsorted(column, [file_id, file_id + 1]) for name, column in values.items()}
        yield {name: tables[name].slice(start, end - start) for name, (start, end) in bounds.items()}


def _match_file(inputs: dict[str, pa.Table], deferred: Set[int]) -> FileScopes:
    """Match one file's scopes, ties in CPython's order of visit."""
    file = FileScopes(inputs, deferred)
    for node in read_nodes(inputs["openers"]):
        file.open(node)
    table = SymbolTable(inputs["scopes"])
    for group in siblings(file.scopes.values()):
        found = table.children(group[0])
        if len(group) > 1:
            group.sort(key=file.visit_key)
        if len(found) == len(group):
            for opened, scope_id in zip(group, found, strict=True):
                opened.scope_id, opened.scope_end = scope_id, table.ends[scope_id]
    return file


def _rows(file: FileScopes) -> Iterator[dict[str, Any]]:
    for opened in file.scopes.values():
        yield {
            "repository": file.repository,
            "file_id": file.file_id,
            "node_id": opened.node.node_id,
            "role": opened.role,
            "kind": opened.kind,
            "scope_id": opened.scope_id,
            "scope_end": opened.scope_end,
            "lookup_scope_id": opened.compiled_in.scope_id,
            "parent_node": opened.parent.node.node_id if opened.parent else None,
            "definition_id": opened.definition_id,
            "private_class": opened.private_class,
        }


def _plain_rows(plain: PlainScopes, others: Set[int]) -> pa.Table:
    kept = np.flatnonzero(~np.isin(plain.nodes >> FILE_SHIFT, np.array([*others], np.int64)))
    rows, scopes, lookups, parents = plain.rows.take(kept), plain.scopes[kept], plain.lookups[kept], plain.parents[kept]
    classes = plain.classes[kept]
    columns = {
        "repository": rows["repository"],
        "file_id": rows["file_id"],
        "node_id": plain.nodes[kept],
        "role": pa.array(["body"]).take(pa.array(np.zeros(len(kept), np.int64))),
        "kind": pa.array(OPENED_KINDS).take(pa.array(plain.kinds[kept])),
        "scope_id": nullable(np.where(scopes >= 0, at(plain.scope_ids, scopes), -1)),
        "scope_end": nullable(np.where(scopes >= 0, at(plain.scope_ends, scopes), -1)),
        "lookup_scope_id": nullable(np.where(lookups >= 0, at(plain.scope_ids, lookups), -1)),
        "parent_node": nullable(np.where(parents >= 0, at(plain.nodes, parents), -1)),
        "definition_id": at(plain.nodes, plain.definitions[kept]),
        "private_class": plain.rows["name"].take(pa.chunked_array([pa.array(classes, mask=classes < 0)])),
    }
    return pa.table(columns, schema=SCOPE_NODES.schema.to_pyarrow())
