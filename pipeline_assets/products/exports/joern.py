"""The part of the graph that the CPG specification knows, under its names, as the CSV of `neo4j`."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline_assets.cpg.kinds import NODE_KINDS
from pipeline_assets.products.exports.documents import Document
from pipeline_assets.products.exports.neo4j import EDGES_FILE, ENDS, NODES_FILE, csv_document
from pipeline_assets.products.exports.selection import Selection
from pipeline_assets.store.columns import literal

OUR_PREFIX = "PY_"
_PROPERTIES = ("CONTROL_STRUCTURE_TYPE", "PARSER_TYPE_NAME", "TYPE_FULL_NAME", "IMPORTED_ENTITY", "IMPORTED_AS", "HASH")
_NODE_FIELDS = {
    ":ID": "node_id",
    ":LABEL": "kind",
    "NAME": "name",
    "FULL_NAME": "qualname",
    "FILENAME": "path",
    "LINE_NUMBER:int": "line",
    "OFFSET:int": "bstart",
    "OFFSET_END:int": "bend",
    "ORDER:int": "order",
    "ARGUMENT_INDEX:int": "argument_index",
    "ARGUMENT_NAME": "argument_name",
    **{name: name for name in _PROPERTIES},
}


def joern(selection: Selection) -> Mapping[str, Document]:
    """Nodes and edges of the standard kinds only; order and argument index are told of the node, as there."""
    standard = selection.of_kinds(kind for kind in NODE_KINDS if not kind.startswith(OUR_PREFIX))
    edges = f"SELECT e.* FROM ({standard.all_edges()}) AS e WHERE NOT starts_with(e.kind, '{OUR_PREFIX}')"
    return {
        NODES_FILE: csv_document(_NODE_FIELDS, _with_places(standard)),
        EDGES_FILE: csv_document(ENDS, edges),
    }


def _with_places(standard: Selection) -> str:
    """The nodes with what their AST and ARGUMENT edges say of their places, and the standard properties."""
    told = ", ".join(f"""n.properties ->> '$."{name}"' AS "{name}\"""" for name in _PROPERTIES)
    return f"""
        SELECT n.*, a."order", g.argument_index, g.argument_name, {told}
        FROM ({standard.nodes()}) AS n
        LEFT JOIN ({_places(standard, "AST", 'max(e.ord) AS "order"')}) AS a ON a.dst = n.node_id
        LEFT JOIN ({_places(standard, "ARGUMENT", "max(e.ord) AS argument_index, max(e.variable) AS argument_name")})
            AS g ON g.dst = n.node_id
        ORDER BY n.node_id
    """


def _places(standard: Selection, kind: str, told: str) -> str:
    of_kind = f"e.repository = {literal(standard.repository)} AND e.kind = '{kind}'"
    return f"SELECT e.dst, {told} FROM edges AS e WHERE {of_kind} GROUP BY e.dst"
