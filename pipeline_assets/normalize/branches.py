"""Blocks of statements that may not run, or instead of another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from ibis.expr.types import Table

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, REPOSITORY
from pipeline_assets.normalize.naming.conditions import KNOWN_NAMES, UNKNOWN, Answer, TestNode, Tests, answerable
from pipeline_assets.normalize.naming.lookup import Ids, matches
from pipeline_assets.pipes import graph_task
from pipeline_assets.pipes.stacking import stack

BRANCHES = Contract(
    name="branches",
    layer="normalize",
    description="One row per block of a compound statement, with what is known of when it runs.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("branch_id", "int64", "Its first statement; the clause itself where it is an `except` or a `case`."),
        Column("branch_end", "int64", "Nodes from `branch_id` to before this id are in the block."),
        Column("statement_id", "int64", "The compound statement."),
        Column("scope_node", "int64", "Node of the scope in which it runs."),
        Column(
            "kind",
            "string",
            "Which block of which statement it is.",
            values=("if", "else", "try", "except", "try_else", "finally", "loop", "loop_else", "with", "case"),
        ),
        Column(
            "fallbacks",
            "int32",
            "How many `except` clauses and `else` branches of `if` it lies in, itself included, within its scope: what "
            "is tried first has none.",
        ),
        Column(
            "runs",
            "string",
            "possibly; never: below a test that is false for this interpreter (a constant, or one of "
            "`sys.version_info`); type_checking: below a test that only type checkers take to be true. Blocks around "
            "it in its scope count too.",
            values=("possibly", "never", "type_checking"),
        ),
    ),
    key=("branch_id",),
    local=("branch_id", "statement_id", "scope_node"),
    references=(Reference("branch_id", "ast_nodes", "node_id"), Reference("statement_id", "ast_nodes", "node_id")),
    query="SELECT kind, runs, count(*) AS blocks FROM branches GROUP BY ALL ORDER BY blocks DESC",
)

BLOCKS = {
    "If": {"body": "if", "orelse": "else"},
    "Try": {"body": "try", "handlers": "except", "orelse": "try_else", "finalbody": "finally"},
    "TryStar": {"body": "try", "handlers": "except", "orelse": "try_else", "finalbody": "finally"},
    "For": {"body": "loop", "orelse": "loop_else"},
    "AsyncFor": {"body": "loop", "orelse": "loop_else"},
    "While": {"body": "loop", "orelse": "loop_else"},
    "With": {"body": "with"},
    "AsyncWith": {"body": "with"},
    "Match": {"cases": "case"},
}
"""Compound statements, their fields that hold blocks, and the blocks' kinds."""

FALLBACKS = ("except", "else")


@dataclass(frozen=True, slots=True)
class Blocks:
    """The blocks of some files in source order, with the tests that say when they run."""

    statements: pa.Table
    """The statement of each, a row a block."""
    starts: Ids
    ends: Ids
    kinds: Sequence[str]
    answers: Mapping[int, Answer]
    """By statement."""


def _select_blocks(ast_nodes: Table) -> dict[str, Table]:
    """Project the compound statements, where their blocks start, and the tests that may have one answer."""
    statements = ast_nodes.filter(ast_nodes.kind.isin([*BLOCKS]))
    is_block = ast_nodes.field.isin(["body", "orelse", "finalbody"]) & (ast_nodes.ordinal == 0)
    starts = ast_nodes.filter(is_block | ast_nodes.field.isin(["handlers", "cases"]))
    renamed = ast_nodes.filter(
        (ast_nodes.kind == "alias") & ast_nodes.name.isin(KNOWN_NAMES) & ast_nodes["alias"].notnull()
    )
    return {
        "statements": statements.select("repository", "file_id", "node_id", "kind", "scope_node", "subtree_end"),
        "starts": starts.select("file_id", "node_id", "parent_id", "field"),
        "tests": _test_nodes(ast_nodes),
        "renamed": renamed.select("file_id", "node_id", "name", asname=renamed["alias"]),
    }


def _answer_tests(inputs: dict[str, pa.Table]) -> dict[str, Any]:
    """Answer the tests of `if` statements."""
    known = zip(*(inputs["renamed"][name].to_pylist() for name in ("file_id", "asname", "name")), strict=True)
    renamed = {(file_id, asname): name for file_id, asname, name in known}
    rows = answerable(inputs["tests"], {*KNOWN_NAMES, *(asname for _, asname in renamed)})
    columns = ("file_id", "node_id", "parent_id", "kind", "field", "name", "value", "ctx")
    nodes = [TestNode(*row) for row in zip(*(rows[name].to_pylist() for name in columns), strict=True)]
    tests = Tests(nodes, renamed)
    return inputs | {"answers": {node.parent_id: tests.answer(node) for node in nodes if node.field == "test"}}


def _bound_blocks(inputs: dict[str, Any]) -> Blocks:
    """Find where each block ends: where the statement's next one starts, or the statement ends."""
    statements, starts = inputs["statements"], inputs["starts"]
    order = np.lexsort((starts["node_id"].to_numpy(), starts["parent_id"].to_numpy()))
    starts = starts.take(order)
    holders, found = matches(statements["node_id"].to_numpy(), starts["parent_id"].to_numpy())
    statements, starts = statements.take(holders), starts.take(found)
    first, ends = starts["node_id"].to_numpy(), statements["subtree_end"].to_numpy().copy()
    holders = statements["node_id"].to_numpy()
    is_followed = holders[:-1] == holders[1:]
    ends[:-1][is_followed] = first[1:][is_followed]
    fields = zip(statements["kind"].to_pylist(), starts["field"].to_pylist(), strict=True)
    kinds = np.array([BLOCKS[kind].get(field, "") for kind, field in fields], object)
    order = np.argsort(first)
    order = order[kinds[order] != ""]
    return Blocks(statements.take(order), first[order], ends[order], kinds[order].tolist(), inputs["answers"])


def _nest_blocks(blocks: Blocks) -> pa.Table:
    """Add what is known of the blocks around each in its scope."""
    statements = blocks.statements
    rows = zip(
        blocks.ends.tolist(),
        statements["scope_node"].to_pylist(),
        blocks.kinds,
        statements["node_id"].to_pylist(),
        strict=True,
    )
    fallbacks, runs = [], []
    around: list[tuple[int, int, int, Answer]] = []
    for start, (end, scope, kind, statement) in zip(blocks.starts.tolist(), rows, strict=True):
        while around and around[-1][0] <= start:
            around.pop()
        count, answer = int(kind in FALLBACKS), _own_answer(kind, statement, blocks.answers)
        if around and around[-1][1] == scope:
            count, answer = count + around[-1][2], answer.within(around[-1][3])
        fallbacks.append(count)
        runs.append(_runs(answer))
        around.append((end, scope, count, answer))
    columns = {
        "repository": statements["repository"],
        "file_id": statements["file_id"],
        "branch_id": blocks.starts,
        "branch_end": blocks.ends,
        "statement_id": statements["node_id"],
        "scope_node": statements["scope_node"],
        "kind": blocks.kinds,
        "fallbacks": fallbacks,
        "runs": runs,
    }
    return pa.table(columns, schema=BRANCHES.schema.to_pyarrow())


@graph_task(BRANCHES, stages=(_select_blocks, _answer_tests, _bound_blocks, _nest_blocks), by="file_id", batch=200_000)
def branches(ast_nodes: Table) -> Table:
    """One row per block of a compound statement, with what is known of when it runs."""


def _test_nodes(ast_nodes: Table) -> Table:
    """Tests and what logical operators combine in them; where the version is named, every node of the file."""
    columns = ("file_id", "node_id", "parent_id", "kind", "field", "name", "value", "ctx")
    logical = ast_nodes.filter(ast_nodes.field.isin(["test", "values", "operand"]))
    version = ast_nodes.filter((ast_nodes.name == "version_info") & ast_nodes.kind.isin(["Name", "Attribute", "alias"]))
    nodes = ast_nodes.view()
    files = version.select("file_id").distinct()
    whole = nodes.semi_join(files, nodes.file_id == files.file_id)
    return stack(logical.select(*columns), whole.select(*columns))


def _own_answer(block: str, statement: int, answers: Mapping[int, Answer]) -> Answer:
    if block not in ("if", "else"):
        return UNKNOWN
    answer = answers.get(statement, UNKNOWN)
    return answer if block == "if" else answer.negated()


def _runs(answer: Answer) -> str:
    if answer.running is not False:
        return "possibly"
    return "never" if answer.checking is False else "type_checking"
