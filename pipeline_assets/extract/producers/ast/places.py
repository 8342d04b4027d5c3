"""Where syntax nodes and their names are in their files' canonical buffers."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from pipeline_assets.extract.producers.ast.forest import Forest, Shape
from pipeline_assets.extract.producers.ast.names import NamedNodes, name_spans
from pipeline_assets.extract.producers.ast.structure import Rows
from pipeline_assets.extract.producers.ast.walker import FIELDS, KINDS, ROW, Integers, carriers

Bool = npt.NDArray[np.bool_]

_DECORATORS = FIELDS.index("decorator_list")
_HANDLER_TYPE = FIELDS.index("type")
_IMPORT_FROM = KINDS.index("ImportFrom")


@dataclass(frozen=True, slots=True)
class Places:
    """Byte spans in the node's own file; what a node without a position says is meaningless."""

    known: Bool
    starts: Rows
    stops: Rows
    lines: Rows
    end_lines: Rows
    columns: Rows
    name_starts: Rows
    """-1 where the name does not stand as one token."""
    name_stops: Rows


def places_of(forest: Forest, rows: Integers, shape: Shape) -> Places:
    """Turn lines and columns into byte spans, and find the token of each name."""
    lines, columns, end_lines, end_columns = (rows[:, column].astype(np.int32) for column in range(2, ROW))
    known = lines > 0
    starts, stops = _byte_spans(forest, shape, lines, columns, end_lines, end_columns)
    roots = np.flatnonzero(shape.depths == 0)  # a module has no position of its own: it is the whole file
    known[roots], lines[roots], starts[roots] = True, 1, 0
    stops[roots] = [len(tree.canonical) for tree in forest.trees]
    end_lines[roots] = [max(len(tree.line_starts), 1) for tree in forest.trees]
    _keep_inside_parents(forest, shape, known, starts, stops)
    name_starts, name_stops = _name_places(forest, shape, starts, stops)
    return Places(known, starts, stops, lines, end_lines, columns, name_starts, name_stops)


def _byte_spans(
    forest: Forest, shape: Shape, lines: Rows, columns: Rows, end_lines: Rows, end_columns: Rows
) -> tuple[Rows, Rows]:
    starts = [np.append(tree.line_starts, len(tree.canonical)) for tree in forest.trees]
    firsts = np.cumsum([0, *(len(each) for each in starts)], dtype=np.int32)[:-1]
    all_starts = np.concatenate([np.zeros(0, np.int64), *starts]).astype(np.int32)
    first = firsts[shape.trees] - 1  # lines count from 1
    return (
        all_starts[first + np.maximum(lines, 1)] + columns,
        all_starts[first + np.maximum(end_lines, 1)] + end_columns,
    )


def _keep_inside_parents(forest: Forest, shape: Shape, known: Bool, starts: Rows, stops: Rows) -> None:
    """Give a node that lies outside its parent the parent's span, and tell so in its file's status.

    CPython 3.11 misplaces what is inside the format specifications of joined f-strings. Decorators do lie outside.
    """
    while True:
        above_starts, above_stops = starts[shape.parents], stops[shape.parents]
        outside = (starts < above_starts) | (stops > above_stops)
        outside &= known & known[shape.parents] & (shape.fields != _DECORATORS)
        misplaced = np.flatnonzero(outside)
        if not len(misplaced):
            return
        starts[misplaced], stops[misplaced] = above_starts[misplaced], above_stops[misplaced]
        _tell_misplaced(forest, {forest.trees[tree].file.file_id for tree in np.unique(shape.trees[misplaced])})


def _tell_misplaced(forest: Forest, file_ids: set[int]) -> None:
    message = "the parser misplaces some nodes of f-strings; they have the span of the node above"
    forest.statuses[:] = [
        replace(status, status="limited", limit="positions", message=message) if status.file_id in file_ids else status
        for status in forest.statuses
    ]


def _name_places(forest: Forest, shape: Shape, starts: Rows, stops: Rows) -> tuple[Rows, Rows]:
    """The token of each name, as spans in the node's own file; -1 for nodes without one."""
    present = forest.names.is_valid().to_numpy(zero_copy_only=False)
    rows = np.flatnonzero(carriers("name")[shape.kinds])[present]
    sizes = [len(tree.canonical) for tree in forest.trees]
    base = np.cumsum([0, *sizes])[:-1][shape.trees[rows]]
    nodes = NamedNodes(
        buffer=b"".join(tree.canonical for tree in forest.trees),
        kinds=shape.kinds[rows],
        starts=starts[rows] + base,
        ends=stops[rows] + base,
        levels=_levels(forest, shape)[rows],
        anchors=_handler_types(shape, stops)[rows] + base,
        names=forest.names.drop_null(),
    )
    found = [np.full(len(starts), -1, np.int32) for _ in range(2)]
    for place, token in zip(found, name_spans(nodes), strict=True):
        place[rows] = np.where(token < 0, -1, token - base)
    return found[0], found[1]


def _levels(forest: Forest, shape: Shape) -> Rows:
    """Dots before the module of a relative import; zero for every other node."""
    levels = np.zeros(len(shape.kinds), np.int32)
    carrying = np.flatnonzero(carriers("value")[shape.kinds])
    imports = np.flatnonzero(shape.kinds[carrying] == _IMPORT_FROM)
    levels[carrying[imports]] = [forest.said.values[place] for place in imports.tolist()]
    return levels


def _handler_types(shape: Shape, stops: Rows) -> Rows:
    """Where the type of an exception handler ends, at the handler's row; zero elsewhere."""
    ends = np.zeros(len(stops), np.int32)
    types = np.flatnonzero(shape.fields == _HANDLER_TYPE)
    ends[shape.parents[types]] = stops[types]
    return ends
