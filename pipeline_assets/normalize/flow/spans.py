"""The stretch of source that a block evaluates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline_assets.normalize.flow.arrays import Ids, Places, find
from pipeline_assets.normalize.flow.evaluations import Evaluations
from pipeline_assets.normalize.flow.program import (
    DEFINITIONS,
    LOOPS,
    NOTED_KINDS,
    PARTS,
    TRIES,
    WITHS,
    Program,
    Syntax,
)

_HEADED = tuple(NOTED_KINDS.index(kind) for kind in (*LOOPS, *WITHS, *TRIES, *DEFINITIONS, "ExceptHandler"))


@dataclass(frozen=True)
class Spans:
    """First byte, byte after the last, first and last line; -1 where nothing is known."""

    bstarts: Ids
    bends: Ids
    lines: Ids
    end_lines: Ids


def evaluated_spans(program: Program, syntax: Syntax, evaluations: Evaluations) -> Spans:
    """Where the code stands that each evaluation is compiled from; of a statement with a body what is before it."""
    bstarts, bends, lines, end_lines = (column[evaluations.instructions] for column in program.spans)
    return headed(syntax, evaluations.nodes, Spans(bstarts, bends, lines, end_lines))


def headed(syntax: Syntax, nodes: Ids, spans: Spans) -> Spans:
    """Spans that end where the first statement of a node's body starts, if it has one."""
    bodies = np.flatnonzero(syntax.first_parts == PARTS.index("body"))
    parents = find(syntax.nodes, syntax.first_parents[bodies])
    bodies = bodies[(parents >= 0) & np.isin(np.append(syntax.kinds, -1)[parents], _HEADED)]
    bodies = bodies[np.argsort(syntax.first_parents[bodies])]
    places = find(syntax.first_parents[bodies], nodes)
    rows = np.flatnonzero(places >= 0)
    bends, end_lines = spans.bends.copy(), spans.end_lines.copy()
    first = bodies[places[rows]]
    bends[rows] = np.minimum(bends[rows], syntax.first_bstarts[first])
    before = np.maximum(spans.lines[rows], syntax.first_lines[first] - 1)
    end_lines[rows] = np.minimum(end_lines[rows], before)
    return Spans(spans.bstarts, bends, spans.lines, end_lines)


def covering(spans: Spans, owners: Places, count: int) -> Spans:
    """From the first to the last of the spans of each of `count` owners, whose rows stand together."""
    most = np.iinfo(np.int64).max
    known = spans.bstarts >= 0
    bstarts, lines = np.full((2, count), most)
    bends, end_lines = np.full((2, count), -1)
    np.minimum.at(bstarts, owners[known], spans.bstarts[known])
    np.maximum.at(bends, owners[known], spans.bends[known])
    np.minimum.at(lines, owners[known], spans.lines[known])
    np.maximum.at(end_lines, owners[known], spans.end_lines[known])
    unknown = bends < 0
    bstarts[unknown], lines[unknown] = -1, -1
    return Spans(bstarts, bends, lines, end_lines)
