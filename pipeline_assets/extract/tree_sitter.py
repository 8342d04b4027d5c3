"""Concrete syntax as tree-sitter reads it: what is broken where, and whole trees of files that `ast` has none of.

It reads on behind an error, and newer syntax than the interpreter's, so a file that CPython refuses still has a tree.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from ibis.expr.types import Table

from pipeline_assets.extract.arrow import coded, repeated
from pipeline_assets.extract.chunk import Chunk, SourceFile
from pipeline_assets.extract.ids import MOST_ROWS
from pipeline_assets.extract.layers import is_wanted, wanted
from pipeline_assets.extract.producers.ast.structure import subtree_ends
from pipeline_assets.extract.producers.tree_sitter.grammar import (
    ERROR_ID,
    FIELDS,
    IS_NAMED,
    KIND_CODES,
    KINDS,
    PRODUCER,
    PRODUCER_VERSION,
    TooManyReads,
    parse,
)
from pipeline_assets.extract.producers.tree_sitter.places import ParsedFile, Placed, place
from pipeline_assets.extract.producers.tree_sitter.walks import NODE_COLUMNS, Issue, issues, node_rows
from pipeline_assets.extract.status import FileStatus, failed, limited, status_contract, status_table, succeeded
from pipeline_assets.extract.text import Encoding, canonical_bytes
from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.pipes import extractor

TS_ISSUES = Contract(
    name="ts_issues",
    layer="extract",
    description="One row per place that tree-sitter's grammar of Python does not allow, or lacks something at.",
    columns=(
        Column("repository", "string", "Name of the repository."),
        Column("file_id", "int64", "The file."),
        Column("node_id", "int64", "The node, as `ts_nodes` would have it: file, family 13, place in preorder."),
        Column(
            "issue",
            "string",
            "ERROR: text that fits nowhere; MISSING: a token that has to be there and is not.",
            values=("ERROR", "MISSING"),
        ),
        Column(
            "kind",
            "string",
            "What is missing; none for errors, and where what lacks has no node, such as a line end: the row then is "
            "of the node it is missing from.",
            True,
        ),
        Column("bstart", "int32", "First byte."),
        Column("bend", "int32", "Byte after the last; a missing token has no bytes."),
        Column("line", "int32", "First line, from 1."),
        Column("col_utf8", "int32", "Bytes before it on its line."),
        Column(
            "parent_kind", "string", "Grammar's kind of the node that holds it; none where the file is all error.", True
        ),
        Column("excerpt", "string", "Its text, up to 80 characters."),
    ),
    key=("node_id",),
    local=("node_id",),
    spans=(("bstart", "bend"),),
    references=(Reference("file_id", "files", "file_id"),),
    query="SELECT issue, kind, parent_kind, count(*) FROM ts_issues GROUP BY ALL ORDER BY 4 DESC",
)

TS_NODES = Contract(
    name="ts_nodes",
    layer="extract",
    description="One row per node of tree-sitter's tree, in preorder, for files that CPython's parser refused "
    "and wherever the layer `tree_sitter_nodes` is asked for.",
    columns=(
        Column("repository", "string", "Name of the repository."),
        Column("file_id", "int64", "The file."),
        Column("node_id", "int64", "Id of the node: file, family 13, place in preorder."),
        Column("parent_id", "int64", "The node above; none for the root.", True),
        Column("kind", "string", "Kind in tree-sitter's grammar of Python; punctuation is its own kind."),
        Column("field", "string", "Field of the parent that holds it.", True),
        Column("subtree_end", "int64", "Nodes from `node_id` to before this id are the node and those below it."),
        Column("is_named", "boolean", "Whether its kind is a rule of the grammar, not a piece of punctuation."),
        Column("is_missing", "boolean", "Whether it is a token that has to be there and is not."),
        Column("is_error", "boolean", "Whether it holds text that fits nowhere."),
        Column("is_extra", "boolean", "Whether it may stand anywhere, as comments do."),
        Column("bstart", "int32", "First byte."),
        Column("bend", "int32", "Byte after the last."),
        Column("line", "int32", "First line, from 1."),
        Column("col_utf8", "int32", "Bytes before it on its line."),
    ),
    key=("node_id",),
    local=("node_id", "parent_id"),
    spans=(("bstart", "bend"),),
    references=(Reference("file_id", "files", "file_id"), Reference("parent_id", "ts_nodes", "node_id")),
    query="SELECT kind, count(*) FROM ts_nodes WHERE is_named GROUP BY 1 ORDER BY 2 DESC",
)

TREE_SITTER_STATUS = status_contract("tree_sitter_status", "concrete syntax was")
LAYER = "tree_sitter"
EXCERPT = 80

Rows = npt.NDArray[np.int32]
_BSTART = NODE_COLUMNS.index("bstart")


@dataclass(slots=True)
class _Forest:
    """The trees of a chunk that have something to tell, and what became of every file."""

    trees: list[ParsedFile] = field(default_factory=list)
    statuses: list[FileStatus] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Numbered:
    """Everything that the tables are made of."""

    issues: Placed
    nodes: Placed
    rows: Rows
    """`NODE_COLUMNS` of all nodes."""
    statuses: list[FileStatus]


def _project(files: Table, ast_status: Table) -> Table:
    """The files whose text could be read; all nodes are wanted where CPython gave no tree, or by choice."""
    refused = ast_status.filter(ast_status.status != "ok").select("file_id")
    chosen = files.filter(is_wanted(files, "tree_sitter_nodes")).select("file_id")
    whole = refused.union(chosen, distinct=True).select(whole_id="file_id")
    joined = wanted(files, LAYER).left_join(whole, [("file_id", "whole_id")])
    return joined.mutate(nodes_wanted=joined.whole_id.notnull()).drop("whole_id")


def _parse(chunk: Chunk) -> _Forest:
    """Parse each file, and walk the tree where something is wrong or all nodes are wanted."""
    forest = _Forest()
    for file in chunk.files:
        _plant(forest, file)
    return forest


def _normalize(forest: _Forest) -> _Numbered:
    """Number the nodes, and place them on lines."""
    flawed = [tree for tree in forest.trees if tree.issues]
    whole = [tree for tree in forest.trees if tree.nodes is not None]
    found = [np.array([(issue.ordinal, issue.start) for issue in tree.issues], np.int64) for tree in flawed]
    nodes = [tree.nodes for tree in whole if tree.nodes is not None]
    return _Numbered(
        issues=place(flawed, [each[:, 0] for each in found], [each[:, 1] for each in found]),
        nodes=place(whole, [np.arange(len(each)) for each in nodes], [each[:, _BSTART] for each in nodes]),
        rows=np.concatenate([np.zeros((0, len(NODE_COLUMNS)), np.int32), *nodes]),
        statuses=forest.statuses,
    )


def _materialize(numbered: _Numbered) -> dict[str, pa.Table]:
    """Build the tables."""
    return {
        TS_ISSUES.name: _issues_table(numbered.issues),
        TS_NODES.name: _nodes_table(numbered.nodes, numbered.rows),
        TREE_SITTER_STATUS.name: status_table(numbered.statuses),
    }


@extractor(
    TS_ISSUES,
    TS_NODES,
    TREE_SITTER_STATUS,
    stages=(_project, _parse, _normalize, _materialize),
    producers=("tree-sitter", PRODUCER),
)
def concrete_syntax(files: Table, ast_status: Table) -> Table:
    """What tree-sitter finds wrong in every file, and its trees of files that CPython refuses."""


def _plant(forest: _Forest, file: SourceFile) -> None:
    """Add what one file's tree tells, or the reason why there is none."""
    if file.content is None:
        assert file.refusal is not None
        forest.statuses.append(_told(failed(file, LAYER, file.refusal)))
        return
    canonical = canonical_bytes(file.content, Encoding(file.row["encoding"], file.row["bom"]))
    try:
        tree = parse(canonical)
    except TooManyReads as error:
        forest.statuses.append(_told(limited(file, LAYER, "reads", str(error))))
        return
    count = tree.root_node.descendant_count
    if count > MOST_ROWS:
        message = f"the tree has {count:,} nodes and ids leave room for {MOST_ROWS:,}"
        forest.statuses.append(_told(limited(file, LAYER, "nodes", message)))
        return
    found = list(issues(tree)) if tree.root_node.has_error else []
    parsed = ParsedFile(file, canonical, found, node_rows(tree) if file.row["nodes_wanted"] else None)
    forest.trees.append(parsed)
    forest.statuses.append(_succeeded(parsed))


def _succeeded(parsed: ParsedFile) -> FileStatus:
    """The row of a file that was read, which says where the first of its issues is, if it has any."""
    status = _told(succeeded(parsed.file, LAYER))
    if not parsed.issues:
        return status
    first, count = parsed.issues[0], len(parsed.issues)
    line, col = parsed.line_and_column(first.start)
    message = f"{count:,} {'place does' if count == 1 else 'places do'} not fit the grammar"
    return replace(status, error_class=first.issue, message=message, line=line, col=col)


def _told(status: FileStatus) -> FileStatus:
    return replace(status, producer=PRODUCER, producer_version=PRODUCER_VERSION)


def _issues_table(placed: Placed) -> pa.Table:
    found = [issue for each in placed.files for issue in each.issues]
    return pa.table(
        {
            **_identity(placed),
            "issue": pa.array([issue.issue for issue in found], pa.string()),
            "kind": pa.array([issue.kind for issue in found], pa.string()),
            "bstart": pa.array([issue.start for issue in found], pa.int32()),
            "bend": pa.array([issue.end for issue in found], pa.int32()),
            **_lines(placed),
            "parent_kind": pa.array([issue.parent for issue in found], pa.string()),
            "excerpt": pa.array([_excerpt(each, issue) for each in placed.files for issue in each.issues], pa.string()),
        }
    )


def _nodes_table(placed: Placed, rows: Rows) -> pa.Table:
    columns = dict(zip(NODE_COLUMNS, rows.T, strict=True))
    is_error = columns["kind"] == ERROR_ID
    kinds = np.where(is_error, len(IS_NAMED) - 1, columns["kind"])
    ordinals = placed.ids - placed.origins
    firsts = (np.arange(len(rows)) - ordinals).astype(np.int32)
    ends = subtree_ends(columns["parent"] + firsts) - firsts
    return pa.table(
        {
            **_identity(placed),
            "parent_id": pa.array(placed.origins + columns["parent"], mask=ordinals == 0),
            "kind": coded(KIND_CODES[kinds], KINDS),
            "field": coded(columns["field"], FIELDS, columns["field"] == 0),
            "subtree_end": placed.origins + ends,
            "is_named": IS_NAMED[kinds],
            "is_missing": _missing(placed),
            "is_error": is_error,
            "is_extra": columns["is_extra"].astype(bool),
            "bstart": columns["bstart"],
            "bend": columns["bend"],
            **_lines(placed),
        }
    )


def _missing(placed: Placed) -> npt.NDArray[np.bool_]:
    """Which nodes are missing tokens: the walk for issues has met them all."""
    missing = np.zeros(len(placed.ids), bool)
    firsts = np.searchsorted(placed.of_file, np.arange(len(placed.files)))
    for first, each in zip(firsts, placed.files, strict=True):
        missing[[first + issue.ordinal for issue in each.issues if issue.kind is not None]] = True
    return missing


def _identity(placed: Placed) -> dict[str, Any]:
    files = [each.file for each in placed.files]
    return {
        "repository": repeated([file.repository for file in files], placed.of_file),
        "file_id": np.array([file.file_id for file in files], np.int64)[placed.of_file],
        "node_id": placed.ids,
    }


def _lines(placed: Placed) -> dict[str, Any]:
    return {"line": placed.lines.astype(np.int32), "col_utf8": placed.columns.astype(np.int32)}


def _excerpt(parsed: ParsedFile, issue: Issue) -> str:
    # no character is longer than four bytes, and only the last can be cut
    longest = min(issue.end, issue.start + 4 * EXCERPT)
    return parsed.canonical[issue.start : longest].decode(errors="ignore")[:EXCERPT]
