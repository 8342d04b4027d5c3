"""Docstrings, as the compiler finds them."""

from __future__ import annotations

import ast
import inspect

import pyarrow as pa
from ibis.expr.types import Table

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import BEND, BSTART, FILE_ID, LINE, REPOSITORY
from pipeline_assets.pipes import graph_task

DOCSTRINGS = Contract(
    name="docstrings",
    layer="normalize",
    description="One row per docstring of a module, class or function, as written and as it is shown.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("docstring_id", "int64", "The syntax node of the string."),
        Column("definition_id", "int64", "The module, class or function that it describes."),
        Column("text", "string", "Its text as `inspect.cleandoc` gives it: without indentation and blank ends."),
        Column("raw_text", "string", "Its text as the parser reads it; lone surrogates are spelled as escapes."),
        BSTART,
        BEND,
        LINE,
    ),
    key=("docstring_id",),
    local=("docstring_id", "definition_id"),
    spans=(("bstart", "bend"),),
    references=(
        Reference("docstring_id", "ast_nodes", "node_id"),
        Reference("definition_id", "definitions", "definition_id"),
    ),
    query=(
        "SELECT d.kind, count(*) AS definitions, count(docstring_id) AS documented FROM definitions AS d "
        "LEFT JOIN docstrings USING (definition_id) WHERE d.kind != 'lambda' GROUP BY 1 ORDER BY 1"
    ),
)

TOGETHER = 100_000
"""Rows worked on at a time."""
DOCUMENTED = ("Module", "ClassDef", "FunctionDef", "AsyncFunctionDef")


def _select_strings(ast_nodes: Table) -> dict[str, Table]:
    """Project the string constants that are the first statement of a body."""
    owners = ast_nodes.filter(ast_nodes.kind.isin(DOCUMENTED)).select("node_id")
    firsts = ast_nodes.filter(
        (ast_nodes.kind == "Expr") & (ast_nodes.field == "body") & (ast_nodes.ordinal == 0)
    ).select(statement_id=ast_nodes.node_id, definition_id=ast_nodes.parent_id)
    statements = firsts.semi_join(owners, firsts.definition_id == owners.node_id)
    strings = ast_nodes.filter((ast_nodes.kind == "Constant") & (ast_nodes.value_kind == "str"))
    found = strings.inner_join(statements, strings.parent_id == statements.statement_id)
    return {
        "docstrings": found.select(
            strings.repository,
            strings.file_id,
            strings.bstart,
            strings.bend,
            strings.line,
            statements.definition_id,
            docstring_id=strings.node_id,
            literal=strings.value,
        )
    }


def _clean(inputs: dict[str, pa.Table]) -> pa.Table:
    """Read each literal, and take its indentation away."""
    docstrings = inputs["docstrings"]
    texts = [ast.literal_eval(literal) for literal in docstrings["literal"].to_pylist()]
    columns = {"text": map(inspect.cleandoc, texts), "raw_text": texts}
    for name, values in columns.items():
        docstrings = docstrings.append_column(name, pa.array([*map(_storable, values)], pa.string()))
    return docstrings.select([*DOCSTRINGS.names])


@graph_task(DOCSTRINGS, stages=(_select_strings, _clean), by="file_id", batch=TOGETHER)
def docstrings(ast_nodes: Table) -> Table:
    """One row per docstring of a module, class or function, as written and as it is shown."""


def _storable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()
