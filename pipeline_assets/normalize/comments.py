"""Comments: what each is for, and the function or class it stands in."""

from __future__ import annotations

import ibis
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from ibis.expr.types import Table

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import BEND, BSTART, FILE_ID, LINE, REPOSITORY
from pipeline_assets.pipes import graph_task

Numbers = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]

COMMENTS = Contract(
    name="comments",
    layer="normalize",
    description="One row per comment, with what it is for and the function or class it stands in.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("comment_id", "int64", "The comment: its token."),
        Column("text", "string", "The comment as written, `#` included."),
        Column(
            "kind",
            "string",
            "shebang: `#!` at the start of the file; encoding: the declaration of PEP 263; type_comment: a type in the "
            "manner of PEP 484; pragma: an instruction to a tool, such as noqa or type: ignore; comment: any other.",
            values=("comment", "type_comment", "pragma", "shebang", "encoding"),
        ),
        Column("is_alone", "boolean", "Whether nothing else stands on its line."),
        Column(
            "definition_id",
            "int64",
            "The innermost function or class it stands in, decorators included. Behind the last statement of a body it "
            "belongs to it if it is indented deeper than `def` or `class`. Null at module level and where the file "
            "cannot be parsed.",
            nullable=True,
        ),
        BSTART,
        BEND,
        LINE,
    ),
    key=("comment_id",),
    local=("comment_id", "definition_id"),
    spans=(("bstart", "bend"),),
    references=(
        Reference("comment_id", "tokens", "token_id"),
        Reference("definition_id", "definitions", "definition_id"),
    ),
    query=(
        "SELECT path, c.line, d.qualname, text FROM comments AS c JOIN files USING (file_id) "
        "LEFT JOIN definitions AS d USING (definition_id) WHERE text LIKE '%TODO%' ORDER BY path, c.line"
    ),
)

TOGETHER = 200_000
"""Rows worked on at a time."""
LAYOUT = ("NEWLINE", "NL", "COMMENT", "INDENT", "DEDENT")
"""Kinds of tokens that are no code."""

BLOCKS = ("ClassDef", "FunctionDef", "AsyncFunctionDef")

ENCODING = r"^#.*?coding[:=][ \t]*[-\w.]+"
PRAGMA = (
    r"(?i)^#+\s*(type:\s*ignore\b|noqa\b|nosec\b|nosonar\b|nopep8\b|no\s*cover\b|pragma\b|"
    r"(fmt|yapf|isort|pylint|pyright|pyre-\w+|pytype|mypy|ruff|flake8|black|cython|distutils|nuitka-project|"
    r"pyrefly|ty|bandit|codespell|cspell|doctest)\s*:)"
)
TYPE_COMMENT = r"^#\s*type:\s*\S"


def _select_comments(tokens: Table, definitions: Table, ast_nodes: Table) -> dict[str, Table]:
    """Project the comments, all code, and the functions and classes."""
    return {
        "comments": _classified(tokens.filter(tokens.kind == "COMMENT")),
        "code": tokens.filter(~tokens.kind.isin(LAYOUT)).select("file_id", "token_id", "bend", "end_line"),
        "blocks": _blocks(definitions, ast_nodes),
    }


def _find_code_before(inputs: dict[str, pa.Table]) -> dict[str, pa.Table]:
    """Tell which code comes last before each comment; an encoding is declared before any code."""
    comments, blocks = _with_places(inputs, comments="bstart", blocks="bstart").values()
    code = inputs["code"]
    before = np.searchsorted(_numbers(code, "token_id"), _numbers(comments, "comment_id"))  # tokens stand in order
    files = np.append(-1, _numbers(code, "file_id"))[before]
    last = np.where(files == _numbers(comments, "file_id"), before, 0)
    code_ends = np.append(0, _numbers(code, "bend"))[last]
    is_alone = np.append(0, _numbers(code, "end_line"))[last] < _numbers(comments, "line")
    misplaced = pc.and_(pc.equal(comments["kind"], "encoding"), pa.array(last > 0))
    kinds = pc.if_else(misplaced, "comment", comments["kind"])
    found = comments.set_column(comments.column_names.index("kind"), "kind", kinds)
    found = found.append_column("is_alone", pa.array(is_alone)).append_column("code_end", pa.array(code_ends))
    return {"comments": found, "blocks": blocks.sort_by("place")}


def _find_definitions(inputs: dict[str, pa.Table]) -> pa.Table:
    """Find the function or class that each comment stands in: from the last one begun outwards."""
    comments, blocks = inputs["comments"], inputs["blocks"]
    starts, ids, above = (_numbers(blocks, name) for name in ("place", "definition_id", "parent_id"))
    order = np.argsort(ids)
    found = np.searchsorted(starts, _numbers(comments, "place"), "right") - 1
    files = np.append(_numbers(blocks, "file_id"), -1)[found]
    found[files != _numbers(comments, "file_id")] = -1
    outside = np.flatnonzero(found >= 0)
    while len(outside):
        outside = outside[~_holds(blocks, comments, found[outside], outside)]
        found[outside] = _places(ids, order, above[found[outside]])
        outside = outside[found[outside] >= 0]
    definition = pa.array(np.append(ids, 0)[found], mask=found < 0)
    return comments.append_column("definition_id", definition).select([*COMMENTS.names])


@graph_task(COMMENTS, stages=(_select_comments, _find_code_before, _find_definitions), by="file_id", batch=TOGETHER)
def comments(tokens: Table, definitions: Table, ast_nodes: Table) -> Table:
    """One row per comment, with what it is for and the function or class it stands in."""


def _with_places(inputs: dict[str, pa.Table], **columns: str) -> dict[str, pa.Table]:
    """The tables with the place of each row: its file's number, then the byte in `columns`, in one number."""
    files = np.unique(np.concatenate([_numbers(inputs[name], "file_id") for name in columns]))
    return {
        name: table.append_column("place", pa.array(_place(files, table, columns[name])))
        for name, table in ((name, inputs[name]) for name in columns)
    }


def _place(files: Numbers, table: pa.Table, column: str) -> Numbers:
    place: Numbers = (np.searchsorted(files, _numbers(table, "file_id")) << 32) + _numbers(table, column)
    return place


def _classified(comments: Table) -> Table:
    text = comments.text
    return comments.select(
        "repository",
        "file_id",
        "text",
        "bstart",
        "bend",
        "line",
        "col_utf8",
        comment_id=comments.token_id,
        kind=ibis.cases(
            ((comments.bstart == 0) & text.startswith("#!"), "shebang"),
            ((comments.line <= 2) & text.re_search(ENCODING), "encoding"),
            (text.re_search(PRAGMA), "pragma"),
            (text.re_search(TYPE_COMMENT), "type_comment"),
            else_="comment",
        ),
    )


def _blocks(definitions: Table, ast_nodes: Table) -> Table:
    """Functions and classes, from their decorators on, with the column and the last line of the statement."""
    nodes = ast_nodes.filter(ast_nodes.kind.isin(BLOCKS))
    found = definitions.inner_join(nodes, definitions.definition_id == nodes.node_id)
    return found.select(
        definitions.file_id,
        definitions.definition_id,
        definitions.parent_id,
        definitions.bend,
        nodes.col_utf8,
        nodes.end_line,
        bstart=definitions.dbstart,
    )


def _holds(blocks: pa.Table, comments: pa.Table, block: Numbers, comment: Numbers) -> Bool:
    """Whether a comment stands in a block that began before it."""
    ends, columns = (_numbers(blocks, name)[block] for name in ("bend", "col_utf8"))
    inside = _numbers(comments, "bstart")[comment] < ends
    is_next = _numbers(comments, "code_end")[comment] <= ends
    is_deeper = ~_flags(comments)[comment] | (_numbers(comments, "col_utf8")[comment] > columns)
    holds: Bool = inside | (is_next & is_deeper)
    return holds


def _places(ids: Numbers, order: Numbers, wanted: Numbers) -> Numbers:
    """Where each id stands, -1 if it does not: what holds a function or class may be the module."""
    place = order[np.minimum(np.searchsorted(ids, wanted, sorter=order), len(ids) - 1)]
    places: Numbers = np.where(ids[place] == wanted, place, -1)
    return places


def _numbers(table: pa.Table, column: str) -> Numbers:
    numbers: Numbers = table[column].to_numpy()
    return numbers


def _flags(comments: pa.Table) -> Bool:
    flags: Bool = comments["is_alone"].to_numpy(zero_copy_only=False)
    return flags
