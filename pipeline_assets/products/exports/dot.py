"""DOT: a drawing by Graphviz, for a part that is small enough to look at."""

from __future__ import annotations

from pipeline_assets.products.exports.documents import Document, Rows
from pipeline_assets.products.exports.selection import Selection
from pipeline_assets.products.exports.text import column, dot, lines


def dot_graph(selection: Selection) -> Document:
    """A box per node with its kind, name and place; an arrow per edge with its kind and variable."""
    place = f"coalesce('\\n' || {dot(column('path'))} || coalesce(':' || r.line, ''), '')"
    label = f"r.kind || coalesce('\\n' || {dot(column('name'))}, '') || {place}"
    said = f"r.kind || coalesce(' ' || {dot(column('variable'))}, '')"
    return (
        f'digraph "{_escaped(selection.repository)}" {{\n'
        'node [shape=box fontname="monospace" fontsize=10];\nedge [fontname="monospace" fontsize=9];\n',
        Rows(lines(selection.nodes(), f"""'n' || r.node_id || ' [label="' || {label} || '"];'""")),
        Rows(lines(selection.all_edges(), f"""'n' || r.src || ' -> n' || r.dst || ' [label="' || {said} || '"];'""")),
        "}\n",
    )


def _escaped(name: str) -> str:
    return name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
