"""GraphML: one file that networkx, Gephi, yEd, igraph and rustworkx read."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline_assets.products.exports.documents import Document, Rows
from pipeline_assets.products.exports.selection import Selection
from pipeline_assets.products.exports.text import column, lines, xml

_NODE_DATA = (
    ("kind", "string"),
    ("name", "string"),
    ("qualname", "string"),
    ("path", "string"),
    ("line", "int"),
    ("bstart", "int"),
    ("bend", "int"),
    ("stable_id", "string"),
    ("origin", "string"),
    ("properties", "string"),
)
_EDGE_DATA = (
    ("kind", "string"),
    ("ord", "int"),
    ("variable", "string"),
    ("origin", "string"),
    ("method", "string"),
    ("confidence", "double"),
)
_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd">
"""


def graphml(selection: Selection) -> Document:
    """Keys, then a node per line, then an edge per line; null is no `data` element, an empty text an empty one."""
    node = f"'<node id=\"n' || r.node_id || '\">' || {_data('node', _NODE_DATA)} || '</node>'"
    ends = "'<edge source=\"n' || r.src || '\" target=\"n' || r.dst || '\">'"
    edge = f"{ends} || {_data('edge', _EDGE_DATA)} || '</edge>'"
    return (
        _HEAD + "".join([*_keys("node", _NODE_DATA), *_keys("edge", _EDGE_DATA)]) + '<graph edgedefault="directed">\n',
        Rows(lines(selection.nodes(), node)),
        Rows(lines(selection.all_edges(), edge)),
        "</graph>\n</graphml>\n",
    )


def _keys(of: str, data: Iterable[tuple[str, str]]) -> Iterable[str]:
    return (f'<key id="{of}_{name}" for="{of}" attr.name="{name}" attr.type="{kind}"/>\n' for name, kind in data)


def _data(of: str, data: Iterable[tuple[str, str]]) -> str:
    """The `data` elements of a row."""
    elements = (
        f"coalesce('<data key=\"{of}_{name}\">' || {xml(column(name)) if kind == 'string' else column(name)}"
        " || '</data>', '')"
        for name, kind in data
    )
    return " || ".join(elements)
