"""CSV as `neo4j-admin database import` reads it: one file of nodes, one of relationships."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline_assets.products.exports.documents import Document, Rows
from pipeline_assets.products.exports.selection import Selection
from pipeline_assets.products.exports.text import column, csv, csv_header, lines, plain

NODES_FILE, EDGES_FILE = "nodes.csv", "relationships.csv"
ENDS = {":START_ID": "src", ":END_ID": "dst", ":TYPE": "kind"}

_NODE_FIELDS = {
    ":ID": "node_id",
    ":LABEL": "kind",
    "name": "name",
    "qualname": "qualname",
    "path": "path",
    "line:int": "line",
    "bstart:int": "bstart",
    "bend:int": "bend",
    "stable_id": "stable_id",
    "origin": "origin",
    "properties": "properties",
}
_EDGE_FIELDS = {
    **ENDS,
    "ord:int": "ord",
    "variable": "variable",
    "origin": "origin",
    "method": "method",
    "confidence:double": "confidence",
}


def neo4j(selection: Selection) -> Mapping[str, Document]:
    """The two files; null is nothing between two commas, an empty text is `""`, line breaks stay inside quotes."""
    return {
        NODES_FILE: csv_document(_NODE_FIELDS, selection.nodes()),
        EDGES_FILE: csv_document(_EDGE_FIELDS, selection.all_edges()),
    }


def csv_document(fields: Mapping[str, str], rows: str) -> Document:
    """A header, and for each row the columns that `fields` names after their headers; a header with `:` is no text."""
    cells = (plain(column(name)) if ":" in header else csv(column(name)) for header, name in fields.items())
    return csv_header(tuple(fields)), Rows(lines(rows, " || ',' || ".join(cells)))
