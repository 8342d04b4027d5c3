"""Syntax: one row per node of Python's own tree, with exact byte spans, and enough to build the tree again."""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from ibis.expr.types import Table

from pipeline_assets.extract.arrow import coded, masked, repeated, scattered
from pipeline_assets.extract.chunk import Chunk, SourceFile
from pipeline_assets.extract.layers import wanted
from pipeline_assets.extract.producers.ast.asdl import node_classes
from pipeline_assets.extract.producers.ast.forest import Forest, Shape, Tree, shape_of
from pipeline_assets.extract.producers.ast.literals import VALUE_KINDS, literal_kinds, literal_texts
from pipeline_assets.extract.producers.ast.places import Places, places_of
from pipeline_assets.extract.producers.ast.walker import FIELDS, KINDS, SINGLES, TooManyNodes, carriers
from pipeline_assets.extract.status import (
    PARSER_ERRORS,
    failed,
    in_characters,
    limited,
    status_contract,
    status_table,
    succeeded,
)
from pipeline_assets.extract.text import NOWHERE, Encoding, canonical_bytes, parser_input
from pipeline_assets.inference.contract import FILE_SHIFT, ORDINAL_BITS, Column, Contract, Reference
from pipeline_assets.pipes import extractor

NUMBERS = ("level", "conversion", "simple", "is_async")
"""Fields that hold a number beside no literal."""

AST_NODES = Contract(
    name="ast_nodes",
    layer="extract",
    description="One row per node of the syntax tree, in preorder; contexts and operators are columns.",
    columns=(
        Column("repository", "string", "Name of the repository."),
        Column("file_id", "int64", "The file."),
        Column("node_id", "int64", "Id of the node: the file's id, then the node's place in preorder."),
        Column("parent_id", "int64", "The node above; none for the module.", True),
        Column("kind", "string", "Class of the node in Python's `ast`."),
        Column("field", "string", "Field of the parent that holds it.", True),
        Column("ordinal", "int32", "Index in a list field; none where the field holds one node.", True),
        Column("depth", "int32", "Number of nodes above."),
        Column("subtree_end", "int64", "Nodes from `node_id` to before this id are the node and those below it."),
        Column(
            "scope_node",
            "int64",
            "Module, class, function, lambda or comprehension in whose scope it is evaluated; a node that opens a "
            "scope is evaluated around it, the module in itself. Scopes of type parameters have no node and are left "
            "out.",
        ),
        Column("bstart", "int32", "First byte, decorators left out; none for nodes without a position.", True),
        Column("bend", "int32", "Byte after the last.", True),
        Column("line", "int32", "First line, from 1.", True),
        Column("end_line", "int32", "Last line.", True),
        Column("col_utf8", "int32", "Bytes before it on its line.", True),
        Column("name", "string", "Identifier that the node holds; several are joined by commas.", True),
        Column("name_bstart", "int32", "First byte of the name's token, where it stands as one.", True),
        Column("name_bend", "int32", "Byte after the name's token.", True),
        Column("alias", "string", "Second identifier: of an import alias, or the rest of a mapping pattern.", True),
        Column("value", "string", "Literal as Python source, or a number the node holds.", True),
        Column(
            "value_kind",
            "string",
            "Kind of the literal, or the name of the field that holds the number.",
            True,
            values=(*VALUE_KINDS, *NUMBERS),
        ),
        Column("ctx", "string", "Load, Store or Del; or operators, joined by commas.", True),
    ),
    key=("node_id",),
    local=("node_id", "parent_id", "scope_node"),
    spans=(("bstart", "bend"), ("name_bstart", "name_bend")),
    references=(
        Reference("file_id", "files", "file_id"),
        Reference("parent_id", "ast_nodes", "node_id"),
        Reference("scope_node", "ast_nodes", "node_id"),
    ),
    query="SELECT kind, count(*) FROM ast_nodes GROUP BY 1 ORDER BY 2 DESC",
)

AST_STATUS = status_contract("ast_status", "syntax was")
LAYER = "ast"
MOST_NODES = 1 << ORDINAL_BITS


@dataclass(frozen=True, slots=True)
class Nodes:
    """All nodes of a chunk, ready to become rows."""

    forest: Forest
    shape: Shape
    places: Places


def _project(files: Table) -> Table:
    """The files whose text could be read."""
    return wanted(files, LAYER)


def _parse(chunk: Chunk) -> Forest:
    """Parse each file and flatten its tree."""
    forest = Forest()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the code of others warns about is not ours to print
        for file in chunk.files:
            _plant(forest, file)
    return forest


def _normalize(forest: Forest) -> Nodes:
    """Find depth, subtree and scope of every node, and turn positions into byte spans."""
    rows = forest.rows()
    shape = shape_of(forest, rows)
    return Nodes(forest, shape, places_of(forest, rows, shape))


def _materialize(nodes: Nodes) -> dict[str, pa.Table]:
    """Build the tables."""
    columns = _identity(nodes) | _classes(nodes) | _spans(nodes) | _texts(nodes)
    table = pa.table({name: columns[name] for name in AST_NODES.names})
    return {AST_NODES.name: table, AST_STATUS.name: status_table(nodes.forest.statuses)}


@extractor(AST_NODES, AST_STATUS, stages=(_project, _parse, _normalize, _materialize))
def syntax(files: Table) -> Table:
    """The syntax tree of every file that CPython parses."""


def _plant(forest: Forest, file: SourceFile) -> None:
    """Add one file's tree, or the reason why there is none."""
    if file.content is None:
        assert file.refusal is not None
        forest.statuses.append(failed(file, LAYER, file.refusal))
        return
    encoding = Encoding(file.row["encoding"], file.row["bom"])
    try:
        canonical = canonical_bytes(file.content, encoding)
        source = parser_input(canonical, encoding)
        rows = forest.said.add(ast.parse(source, NOWHERE), MOST_NODES)
    except TooManyNodes as error:
        forest.statuses.append(limited(file, LAYER, "nodes", str(error)))
    except PARSER_ERRORS as error:
        forest.statuses.append(failed(file, LAYER, in_characters(error, source, partial(ast.parse, filename=NOWHERE))))
    else:
        forest.trees.append(Tree(file, canonical, rows))
        forest.statuses.append(succeeded(file, LAYER))


def _identity(nodes: Nodes) -> dict[str, pa.Array]:
    shape, files = nodes.shape, [tree.file for tree in nodes.forest.trees]
    file_ids = np.array([file.file_id for file in files], np.int64)[shape.trees]
    # a row's id is its file's id and its place in its own tree
    origin = (file_ids << FILE_SHIFT) - shape.firsts
    roots = shape.depths == 0
    return {
        "repository": repeated([file.repository for file in files], shape.trees),
        "file_id": pa.array(file_ids),
        "node_id": pa.array(origin + np.arange(len(origin))),
        "parent_id": pa.array(origin + shape.parents, mask=roots),
        "subtree_end": pa.array(origin + shape.ends),
        "scope_node": pa.array(origin + shape.scopes),
        "depth": pa.array(shape.depths),
    }


def _classes(nodes: Nodes) -> dict[str, pa.Array]:
    shape = nodes.shape
    return {
        "kind": coded(shape.kinds, KINDS),
        "field": coded(shape.fields, FIELDS, shape.fields == 0),
        "ordinal": masked(shape.indexes, ~_IN_LIST[shape.kinds[shape.parents], shape.fields]),
        "ctx": _singles(nodes),
    }


def _singles(nodes: Nodes) -> pa.Array:
    """Contexts and operators; chains of comparisons are appended to the list of names."""
    codes, names = nodes.shape.singles.copy(), list(SINGLES)
    first_rows = np.flatnonzero(nodes.shape.depths == 0)
    for tree, row, operators in nodes.forest.said.chains:
        codes[first_rows[tree] + row] = len(names)
        names.append(operators)
    return coded(codes, names, codes == 0)


def _spans(nodes: Nodes) -> dict[str, pa.Array]:
    places = nodes.places
    missing, nameless = ~places.known, places.name_starts < 0
    return {
        "bstart": masked(places.starts, missing),
        "bend": masked(places.stops, missing),
        "line": masked(places.lines, missing),
        "end_line": masked(places.end_lines, missing),
        "col_utf8": masked(places.columns, missing),
        "name_bstart": masked(places.name_starts, nameless),
        "name_bend": masked(places.name_stops, nameless),
    }


def _texts(nodes: Nodes) -> dict[str, pa.Array]:
    said, kinds = nodes.forest.said, nodes.shape.kinds
    rows = {kept: np.flatnonzero(carriers(kept)[kinds]) for kept in ("name", "alias", "value")}
    value_kinds = literal_kinds(said.values)
    texts = literal_texts(said.values, value_kinds)
    numbered = _NUMBERS[kinds[rows["value"]]]
    codes = np.full(len(kinds), -1, np.int32)
    codes[rows["value"]] = np.where(numbered < 0, value_kinds, numbered)
    return {
        "name": scattered(nodes.forest.names, rows["name"], len(kinds)),
        "alias": scattered(pa.array(said.aliases, pa.string()), rows["alias"], len(kinds)),
        "value": scattered(pa.array(texts, pa.string()), rows["value"], len(kinds)),
        "value_kind": coded(codes, AST_NODES.column("value_kind").values, codes < 0),
    }


def _list_fields() -> npt.NDArray[np.bool_]:
    """By class and field code, whether the field holds a list."""
    table = np.zeros((128, 128), bool)
    for node in node_classes():
        for field in node.fields:
            if field.is_child and field.many == "*":
                table[KINDS.index(node.name), FIELDS.index(field.name)] = True
    return table


def _number_kinds() -> npt.NDArray[np.int64]:
    """By class code, the position in the values of `value_kind` of the number a node holds; -1 for literals."""
    kinds = AST_NODES.column("value_kind").values
    numbers = {node.name: field.name for node in node_classes() for field in node.fields if field.name in NUMBERS}
    return np.array([kinds.index(numbers[kind]) if kind in numbers else -1 for kind in KINDS])


_IN_LIST = _list_fields()
_NUMBERS = _number_kinds()
