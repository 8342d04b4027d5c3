"""`cpg lineage`: columns traced through every task, as a tree, as JSON or as a drawing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import typer
from rich.text import Text
from rich.tree import Tree

from pipeline_assets.cli.output import write_text
from pipeline_assets.cli.terminal import emit_json, out, say
from pipeline_assets.inference.manifest import ColumnRef, Manifest
from pipeline_assets.products.lineage_graph import ColumnLineage, column_lineage
from pipeline_assets.products.lineage_page import lineage_page
from pipeline_assets.products.lineage_svg import lineage_svg
from pipeline_assets.project import load_project

Flow = tuple[ColumnRef, str]
"""A column that is next to another, and the task that joins them."""


def show_lineage(name: str, downstream: bool, as_json: bool, svg: Path | None, html: Path | None = None) -> None:
    """Trace a dataset's columns, or one of them, and print or draw what was found."""
    if as_json + (svg is not None) + (html is not None) > 1:
        raise typer.BadParameter("give one of --json, --svg and --html", param_hint="--svg")
    manifest = load_project().manifest
    found = column_lineage(manifest, _columns_called(manifest, name), downstream)
    if html is not None:
        write_text(html, lineage_page(manifest, name))
        say(f"{html}: open it in a browser; it holds the whole plan and needs no network")
    elif svg is not None:
        write_text(svg, lineage_svg(found, manifest))
        say(f"{svg}: {len(found.columns)} columns, {len(found.edges)} flows")
    elif as_json:
        emit_json(as_graph(found, manifest))
    else:
        out().print(_tree(found, downstream))


def as_graph(lineage: ColumnLineage, manifest: Manifest) -> dict[str, object]:
    """The lineage as nodes and edges by `dataset.column`, and the columns that only decide which rows there are."""
    return {
        "nodes": [
            {"id": _id(column), "dataset": column[0], "column": column[1], "layer": manifest.dataset(column[0]).layer}
            for column in lineage.columns
        ],
        "edges": [{"from": _id(e.source), "to": _id(e.target), "task": e.task} for e in lineage.edges],
        "filters": [{"column": _id(f.column), "task": f.task} for f in lineage.filters],
    }


def _columns_called(manifest: Manifest, name: str) -> list[ColumnRef]:
    dataset, _, column = name.partition(".")
    known = manifest.datasets_by_name.get(dataset)
    if known is None:
        listed = ", ".join(sorted(manifest.datasets_by_name))
        raise typer.BadParameter(f"there is no dataset {dataset!r}; there are {listed}", param_hint="DATASET")
    columns = [c.name for c in known.columns]
    if column and column not in columns:
        raise typer.BadParameter(
            f"{dataset} has no column {column!r}; it has {', '.join(columns)}", param_hint="COLUMN"
        )
    return [(dataset, wanted) for wanted in ([column] if column else columns)]


def _tree(lineage: ColumnLineage, downstream: bool) -> Tree:
    """Every column under the one it leads to; one that was drawn before is named again, not drawn again."""
    next_to: dict[ColumnRef, list[Flow]] = defaultdict(list)
    for edge in lineage.edges:
        here, there = (edge.source, edge.target) if downstream else (edge.target, edge.source)
        next_to[here].append((there, edge.task))
    top = Tree(Text("made from it" if downstream else "made from"))
    drawn: set[ColumnRef] = set()
    # A stack, not recursion: a chain of tasks may be longer than Python's recursion limit.
    waiting = [(top, group) for group in reversed(_alike([(c, "") for c in lineage.start], next_to))]
    while waiting:
        branch, (columns, task) = waiting.pop()
        further = next_to[columns[0]]
        again = bool(further) and set(columns) <= drawn
        note = f"{f'  {task}' if task else ''}{' (above)' if again else ''}"
        below = branch.add(Text.assemble(_names(columns), (note, "dim")))
        drawn.update(columns)
        if not again:
            waiting += [(below, group) for group in reversed(_alike(further, next_to))]
    return top


def _alike(flows: Sequence[Flow], next_to: Mapping[ColumnRef, Sequence[Flow]]) -> list[tuple[list[ColumnRef], str]]:
    """Columns of one dataset, reached by one task and going on to the same columns, are one line of the tree."""
    groups: dict[object, tuple[list[ColumnRef], str]] = {}
    for column, task in flows:
        groups.setdefault((column[0], task, tuple(next_to[column])), ([], task))[0].append(column)
    return list(groups.values())


def _names(columns: Sequence[ColumnRef]) -> str:
    names = ", ".join(column for _, column in columns)
    return f"{columns[0][0]}.{names}" if len(columns) == 1 else f"{columns[0][0]}.({names})"


def _id(column: ColumnRef) -> str:
    return ".".join(column)
