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
    """Spans of statements with a body go from where they start to where the first statement in it does."""
    bodies = np.flatnonzero(syntax.first_parts == PARTS.index("body"))
    parents = find(syntax.nodes, syntax.first_parents[bodies])
    bodies = bodies[(parents >= 0) & np.isin(np.append(syntax.kinds, -1)[parents], _HEADED)]
    bodies = bodies[np.argsort(syntax.first_parents[bodies])]
    places = find(syntax.first_parents[bodies], nodes)
    rows = np.flatnonzero(places >= 0)
    first, holders = bodies[places[rows]], find(syntax.nodes, nodes[rows])
    found = Spans(*(column.copy() for column in (spans.bstarts, spans.bends, spans.lines, spans.end_lines)))
    found.bstarts[rows], found.bends[rows] = syntax.bstarts[holders], syntax.first_bstarts[first]
    found.lines[rows] = syntax.lines[holders]
    found.end_lines[rows] = np.maximum(syntax.lines[holders], syntax.first_lines[first] - 1)
    return found


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
