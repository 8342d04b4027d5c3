"""Every type expression as it is written, with those inside it and inside its strings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import ibis
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from ibis.expr.types import Table

from pipeline_assets.extract.ids import FACT, row_ids
from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.annotations import type_comments
from pipeline_assets.normalize.annotations.expressions import (
    FORMS,
    STATUSES,
    Piece,
    read_code,
    read_comment,
    refused_comment,
)
from pipeline_assets.normalize.annotations.forms import FORMS as SPECIAL_FORMS
from pipeline_assets.normalize.annotations.forms import TYPING_MODULES
from pipeline_assets.normalize.annotations.positions import EVALUATIONS, POSITIONS, positions, sure_types
from pipeline_assets.normalize.columns import FILE_ID, REPOSITORY
from pipeline_assets.pipes import graph_task
from pipeline_assets.pipes.stacking import stack

TYPE_SYNTAX = Contract(
    name="type_syntax",
    layer="normalize",
    description="One row per type expression and per type expression inside it, before names are looked up.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("type_id", "int64", "The type expression: the file's id, then its place among all of the file."),
        Column("root_id", "int64", "The whole that it is part of, or is."),
        Column("parent_type", "int64", "The type expression directly around it; null for a whole.", nullable=True),
        Column("depth", "int32", "Number of type expressions around it."),
        Column("ordinal", "int32", "Place among those directly inside the same one."),
        Column("node_id", "int64", "Its syntax node: inside a string the string's, in a comment what it describes."),
        Column("owner_id", "int64", "What has the type: a parameter, function, target, class or type parameter."),
        Column("position", "string", "What the whole is there for.", values=POSITIONS),
        Column("form", "string", "What is written.", values=FORMS),
        Column("is_string", "boolean", "Whether a string says it."),
        Column("is_comment", "boolean", "Whether a comment says it."),
        Column("text", "string", "As written, quotes included."),
        Column("canonical", "string", "In the interpreter's own spelling; null if it cannot be.", nullable=True),
        Column("type_text", "string", "The same, strings replaced by what they say.", nullable=True),
        Column("dotted", "string", "Dotted name that it is, or that is subscripted.", nullable=True),
        Column("head_node", "int64", "Syntax node of that name; null in strings and comments.", nullable=True),
        Column("implied", "string", "Builtin classes that it means without naming them.", nullable=True),
        Column("member", "int32", "Place among what the whole comes down to.", nullable=True),
        Column("status", "string", "Whether it is a type.", values=STATUSES),
        Column("reason", "string", "Class of the syntax that is no type, or of the parser's error.", nullable=True),
        Column("evaluation", "string", "When it is evaluated.", values=EVALUATIONS),
        Column("lookup_node", "int64", "The node that opens the scope in which names in strings are looked up."),
        Column("lookup_role", "string", "Which of that node's scopes, if it opens such a one."),
        Column("scope_node", "int64", "Node of the scope in which the whole stands."),
        Column("bstart", "int32", "First byte; null where a string's bytes are not its text's.", nullable=True),
        Column("bend", "int32", "Byte after the last.", nullable=True),
        Column("head_bstart", "int32", "First byte of the dotted name.", nullable=True),
        Column("head_bend", "int32", "Byte after its last.", nullable=True),
    ),
    key=("type_id",),
    local=("type_id", "root_id", "parent_type", "node_id", "owner_id", "head_node", "scope_node"),
    spans=(("bstart", "bend"), ("head_bstart", "head_bend")),
    references=(
        Reference("node_id", "ast_nodes", "node_id"),
        Reference("owner_id", "ast_nodes", "node_id"),
        Reference("parent_type", "type_syntax", "type_id"),
    ),
    query="SELECT position, form, count(*) AS types FROM type_syntax GROUP BY ALL ORDER BY types DESC",
)

Numbers = npt.NDArray[np.int64]

_NOT_EXACT = -1


class Whole(NamedTuple):
    """One type expression as a whole; equal templates are read once."""

    file_id: int
    node_id: int
    owner_id: int
    position: str
    is_comment: bool
    evaluation: str
    lookup_node: int
    lookup_role: str
    scope_node: int
    bstart: int
    template: int


class Wholes(NamedTuple):
    """All wholes of some files, in order, and the pieces of every different text."""

    repository: str | None
    wholes: list[Whole]
    templates: list[list[Piece]]


def _select_positions(
    ast_nodes: Table,
    parameters: Table,
    scope_nodes: Table,
    class_bases: Table,
    bindings: Table,
    name_resolutions: Table,
    attribute_resolutions: Table,
    definitions: Table,
    environment_names: Table,
    comments: Table,
    file_texts: Table,
) -> dict[str, Table]:
    """Project where types are written, the files' texts, what names mean, and what type comments may describe."""
    marks = comments.filter(comments.kind == "type_comment")
    marks = marks.select("repository", "file_id", "bstart", "bend")
    return {
        "positions": positions(
            ast_nodes, parameters, scope_nodes, class_bases, bindings, name_resolutions, attribute_resolutions
        ),
        "texts": file_texts.select("repository", "file_id", "text"),
        "sure_types": sure_types(name_resolutions, attribute_resolutions, definitions, environment_names),
        "spellings": _spellings(name_resolutions, attribute_resolutions),
        "comments": marks,
        "statements": _statements(ast_nodes, marks),
    }


def _read_types(inputs: dict[str, pa.Table]) -> Wholes:
    """Take every different text apart once; a file's own names for special forms make a difference."""
    texts = dict(_buffers(inputs["texts"]))
    spellings = _by_file(inputs["spellings"])
    reader = _Templates()
    sure = _Sure(inputs["sure_types"])
    wholes = [*_written(inputs["positions"], texts, spellings, reader, sure)]
    wholes += _commented(inputs, texts, spellings, reader)
    repositories = inputs["texts"]["repository"]
    repository = repositories[0].as_py() if len(repositories) else None
    return Wholes(repository, sorted(wholes), reader.pieces)


def _derive_ids(found: Wholes) -> pa.Table:
    """Lay the pieces of all wholes out: ids follow the order of the wholes in their files."""
    templates = _template_columns(found.templates)
    sizes = np.array([len(pieces) for pieces in found.templates], np.int64)
    firsts = np.cumsum(sizes) - sizes
    whole = _whole_columns(found.wholes)
    counts = sizes[whole["template"]] if len(found.wholes) else np.zeros(0, np.int64)
    of_whole = np.repeat(np.arange(len(counts)), counts)
    within = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
    rows = firsts[whole["template"]][of_whole] + within
    file_ids, per_file = np.unique(whole["file_id"][of_whole], return_counts=True)
    ids = row_ids(file_ids, per_file, FACT)
    return _table(found, templates, whole, of_whole, rows, ids, ids - within)


@graph_task(TYPE_SYNTAX, stages=(_select_positions, _read_types, _derive_ids), by="file_id", batch=200_000)
def type_syntax(
    ast_nodes: Table,
    parameters: Table,
    scope_nodes: Table,
    class_bases: Table,
    bindings: Table,
    name_resolutions: Table,
    attribute_resolutions: Table,
    definitions: Table,
    environment_names: Table,
    comments: Table,
    file_texts: Table,
) -> Table:
    """One row per type expression and per type expression inside it, before names are looked up."""


def _spellings(name_resolutions: Table, attribute_resolutions: Table) -> Table:
    """Names of the special forms that differ from theirs, and their names where they mean another class."""
    columns = ("repository", "file_id", "dotted", "target_kind", "target_module", "target_name")
    names = name_resolutions.mutate(dotted=name_resolutions.name).select(*columns)
    meant = stack(names, attribute_resolutions.select(*columns))
    last = meant.dotted.re_replace(r"^.*\.", "")
    is_form = meant.target_module.isin([*TYPING_MODULES, "dataclasses"]) & meant.target_name.isin(SPECIAL_FORMS)
    is_other = last.isin(SPECIAL_FORMS) & (meant.target_kind == "definition")
    found = meant.filter((is_form & (last != meant.target_name)) | is_other)
    form = ibis.ifelse(found.target_kind == "definition", None, found.target_name)
    return found.select("repository", "file_id", "dotted", form=form).distinct()


def _statements(ast_nodes: Table, marks: Table) -> Table:
    """What type comments may describe, in the files that have any."""
    commented = marks.select("file_id").distinct()
    is_target = (ast_nodes.field == "elts") & (ast_nodes.ctx == "Store")
    is_first = (ast_nodes.field == "body") & (ast_nodes.ordinal == 0)
    is_part = ast_nodes.kind.isin(type_comments.KINDS) | ast_nodes.field.isin(type_comments.FIELDS)
    nodes = ast_nodes.filter(is_part | is_target | is_first)
    nodes = nodes.semi_join(commented, nodes.file_id == commented.file_id)
    columns = ("parent_id", "kind", "field", "depth", "scope_node", "bstart", "bend", "name_bend")
    return nodes.select("repository", "file_id", "node_id", *columns)


class _Sure:
    """Names in code that are known to mean classes, or what makes a type when it is subscripted."""

    def __init__(self, rows: pa.Table) -> None:
        nodes = rows["node_id"]
        self._classes = {*nodes.filter(rows["is_class"]).to_pylist()}
        self._generics = {*nodes.filter(rows["is_generic"]).to_pylist()}

    def may_be(self, node: int, kind: str) -> bool:
        """Whether an expression may be a type, by its outermost syntax."""
        if kind == "Subscript":
            return node + 1 in self._generics
        return kind == "BinOp" or node in self._classes

    def is_type(self, node: int, pieces: list[Piece]) -> bool:
        """Whether a whole is a class, a subscripted generic, or a union of such and None."""
        is_union = pieces[0].form == "union"
        parts = [piece for piece in pieces if piece.depth == 1] if is_union else pieces[:1]
        return all(self._is_part(node, piece) for piece in parts)

    def _is_part(self, node: int, piece: Piece) -> bool:
        if piece.head_node is None or piece.is_string:
            return piece.form == "none"
        known = self._generics if piece.form == "subscript" else self._classes
        return node + piece.head_node in known


class _Templates:
    """The pieces of each different text."""

    def __init__(self) -> None:
        self.pieces: list[list[Piece]] = []
        self._numbers: dict[tuple[Any, ...], int] = {}

    def number(self, kind: str, text: bytes, spellings: Mapping[str, str | None]) -> int:
        """The number of the template of a text in code, in a comment, or in a comment refused for a reason."""
        key = (kind, text, *sorted((name, form or "") for name, form in spellings.items()))
        if key not in self._numbers:
            self._numbers[key] = len(self.pieces)
            self.pieces.append(_pieces(kind, text, spellings))
        return self._numbers[key]


def _pieces(kind: str, text: bytes, spellings: Mapping[str, str | None]) -> list[Piece]:
    if kind == "code":
        return read_code(text, spellings)
    return read_comment(text.decode(), spellings) if kind == "ok" else refused_comment(text.decode(), kind)


def _buffers(texts: pa.Table) -> Iterator[tuple[int, pa.Buffer]]:
    """The canonical buffer of each file, not copied."""
    for file_id, text in zip(texts["file_id"].to_pylist(), texts["text"], strict=True):
        yield file_id, text.as_buffer()


def _by_file(spellings: pa.Table) -> dict[int, dict[str, str | None]]:
    found: dict[int, dict[str, str | None]] = {}
    for row in spellings.to_pylist():
        found.setdefault(row["file_id"], {})[row["dotted"]] = row["form"]
    return found


def _written(
    rows: pa.Table,
    texts: Mapping[int, pa.Buffer],
    spellings: Mapping[int, Any],
    reader: _Templates,
    sure: _Sure,
) -> Iterator[Whole]:
    """What is written in code; of candidates, what is sure to be a type."""
    names = ("file_id", "node_id", "owner_id", "position", "evaluation", "lookup_node", "lookup_role", "scope_node")
    columns = (rows[name].to_pylist() for name in (*names, "bstart", "bend", "candidate_kind"))
    for file_id, node, owner, position, evaluation, lookup, role, scope, start, end, may in zip(*columns, strict=True):
        if may and not sure.may_be(node, may):
            continue
        text = texts[file_id][start:end].to_pybytes()
        template = reader.number("code", text, spellings.get(file_id, {}))
        if may and not sure.is_type(node, reader.pieces[template]):
            continue
        yield Whole(file_id, node, owner, position, False, evaluation, lookup, role, scope, start, template)


def _commented(
    inputs: Mapping[str, pa.Table], texts: Mapping[int, pa.Buffer], spellings: Mapping[int, Any], reader: _Templates
) -> Iterator[Whole]:
    statements = _rows_by_file(inputs["statements"])
    for file_id, comments in _rows_by_file(inputs["comments"]).items():
        rows, text = statements.get(file_id, []), texts[file_id].to_pybytes()
        known = type_comments.Statements(rows, text)
        nodes = {row["node_id"]: row for row in rows}
        for comment in comments:
            for each in known.described(comment["bstart"], comment["bend"]):
                written = text[each.start : each.end]
                template = reader.number(each.status, written.rstrip(), spellings.get(file_id, {}))
                owner, scope = each.owner_id, nodes[each.owner_id]["scope_node"]
                position = each.position
                yield Whole(file_id, owner, owner, position, True, "never", scope, "body", scope, each.start, template)


def _rows_by_file(table: pa.Table) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    for row in table.to_pylist():
        found.setdefault(row["file_id"], []).append(row)
    return found


def _template_columns(templates: Iterable[list[Piece]]) -> dict[str, list[Any]]:
    rows = [piece for pieces in templates for piece in pieces]
    columns = zip(*rows, strict=True) if rows else ([] for _ in Piece._fields)
    return {name: list(values) for name, values in zip(Piece._fields, columns, strict=True)}


def _whole_columns(wholes: list[Whole]) -> dict[str, Any]:
    columns = zip(*wholes, strict=True) if wholes else ([] for _ in Whole._fields)
    made = {name: list(values) for name, values in zip(Whole._fields, columns, strict=True)}
    numbers = ("file_id", "node_id", "owner_id", "lookup_node", "scope_node", "bstart", "template")
    return made | {name: np.array(made[name], np.int64) for name in numbers}


def _table(
    found: Wholes,
    templates: Mapping[str, list[Any]],
    whole: Mapping[str, Any],
    of_whole: Numbers,
    rows: Numbers,
    ids: Numbers,
    roots: Numbers,
) -> pa.Table:
    """The contract's columns: what the template says, moved to where the whole stands."""
    schema = TYPE_SYNTAX.schema.to_pyarrow()

    def text(name: str) -> pa.Array:
        return pa.array(templates[name], schema.field(name).type).take(pa.array(rows))

    def offsets(name: str) -> Numbers:
        values = [_NOT_EXACT if value is None else value for value in templates[name]]
        found: Numbers = np.array(values, np.int64)[rows]
        return found

    def moved(name: str, origin: Numbers) -> pa.Array:
        return pa.array(origin + offsets(name), mask=offsets(name) == _NOT_EXACT)

    starts, nodes = whole["bstart"][of_whole], whole["node_id"][of_whole]
    is_comment = np.array(whole["is_comment"], bool)[of_whole]
    head_node = offsets("head_node")
    is_text = is_comment | np.array(templates["is_string"], bool)[rows]
    evaluation = _evaluations(whole, of_whole, is_text)
    columns: dict[str, Any] = {
        "repository": pa.array([found.repository] * len(ids), pa.string()),
        "file_id": whole["file_id"][of_whole],
        "type_id": ids,
        "root_id": roots,
        "parent_type": moved("parent", roots),
        "node_id": nodes + offsets("node"),
        "owner_id": whole["owner_id"][of_whole],
        "position": pa.array(whole["position"], pa.string()).take(pa.array(of_whole)),
        "is_comment": is_comment,
        "head_node": pa.array(nodes + head_node, mask=(head_node == _NOT_EXACT) | is_text),
        "evaluation": evaluation,
        "lookup_node": whole["lookup_node"][of_whole],
        "lookup_role": pa.array(whole["lookup_role"], pa.string()).take(pa.array(of_whole)),
        "scope_node": whole["scope_node"][of_whole],
        "bstart": moved("start", starts),
        "bend": moved("end", starts),
        "head_bstart": moved("head_start", starts),
        "head_bend": moved("head_end", starts),
    }
    return pa.table(
        [_typed(columns[name], schema.field(name).type) if name in columns else text(name) for name in schema.names],
        schema=schema,
    )


def _typed(values: Any, type_: pa.DataType) -> pa.Array:
    made = values if isinstance(values, pa.Array) else pa.array(values)
    return made.cast(type_)


def _evaluations(whole: Mapping[str, Any], of_whole: Numbers, is_text: npt.NDArray[np.bool_]) -> pa.Array:
    """What a string says is not evaluated with the string."""
    said = np.array(whole["evaluation"], object)[of_whole]
    return pa.array(np.where(is_text & (said == "evaluated"), "deferred", said), pa.string())
