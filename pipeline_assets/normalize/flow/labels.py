"""The kinds of edges in terms of the syntax."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline_assets.normalize.flow import operations as op
from pipeline_assets.normalize.flow.arrays import Bool, Codes, Ids, Places, bounds, distinct, find, ranges
from pipeline_assets.normalize.flow.contraction import Paths, Travel
from pipeline_assets.normalize.flow.evaluations import Evaluations
from pipeline_assets.normalize.flow.program import (
    COMPREHENSIONS,
    IS,
    IS_CHAIN,
    IS_NOT,
    NOT_IN,
    WITHS,
    Program,
    Syntax,
)
from pipeline_assets.normalize.flow.regions import finally_bodies, loop_bodies
from pipeline_assets.normalize.flow.ways import Label, Points

KINDS = (
    *("next", "jump", "true", "false", "exception", "finally", "with_exit", "with_suppress"),
    *("yield", "resume", "await", "return"),
)
"""Kinds of edges."""

NEXT, JUMP, TRUE, FALSE, EXCEPTION, FINALLY, WITH_EXIT, WITH_SUPPRESS, YIELD, RESUME, AWAIT, RETURN = range(len(KINDS))


@dataclass(frozen=True)
class Edges:
    """Edges between points, with the nodes at their ends."""

    sources: Places
    targets: Places
    kinds: Codes
    source_nodes: Ids
    target_nodes: Ids
    """-1 at an exit."""
    is_exceptional: Bool

    def chosen(self, wanted: Bool | Places) -> Edges:
        """Some of the edges."""
        return Edges(
            sources=self.sources[wanted],
            targets=self.targets[wanted],
            kinds=self.kinds[wanted],
            source_nodes=self.source_nodes[wanted],
            target_nodes=self.target_nodes[wanted],
            is_exceptional=self.is_exceptional[wanted],
        )


def edges_of(program: Program, syntax: Syntax, points: Points, paths: Paths, evaluations: Evaluations) -> Edges:
    """The edges of paths that start in blocks: one for each node that may raise, else one from the last node."""
    paths = paths.chosen(paths.sources < points.blocks)
    raised = paths.travels == Travel.RAISED
    leaves = (paths.targets >= points.blocks) & (paths.labels != Label.RETURN)
    explicit = program.endings[paths.sources] == op.RAISE_VARARGS
    single = paths.chosen(~(raised & ~(leaves & explicit)) & ~(leaves & (paths.travels == Travel.LENT)))
    many = paths.chosen(raised & ~leaves)
    rows, owners = _raising(many.sources, evaluations)
    last = evaluations.last_nodes[single.sources]
    sources = np.concatenate([single.sources, many.sources[owners]])
    targets = np.concatenate([single.targets, many.targets[owners]])
    nodes = np.concatenate([last, evaluations.nodes[rows]])
    target_nodes = np.append(evaluations.first_nodes, np.full(points.count - points.blocks, -1))[targets]
    kinds = np.concatenate(
        [_told(program, syntax, single, evaluations), np.where(many.labels[owners] == Label.RETURN, RETURN, EXCEPTION)]
    )
    exceptional = np.concatenate([single.travels != Travel.ORDINARY, np.ones(len(rows), np.bool_)])
    edges = Edges(sources, targets, kinds, nodes, target_nodes, exceptional)
    opens = _openings(program, syntax, points, evaluations)
    edges = entering(edges, syntax, *(mask[targets] for mask in opens))
    return edges.chosen(
        distinct(edges.sources, edges.targets, edges.kinds, edges.source_nodes, edges.is_exceptional + 0)
    )


def entering(edges: Edges, syntax: Syntax, exits_with: Bool, iterates: Bool) -> Edges:
    """The same edges; those whose kind says nothing are named after what they enter or leave.

    `exits_with`: the target starts with leaving a `with`; `iterates`: it starts with asking an iterator for more.
    """
    kinds = edges.kinds.copy()
    plain = np.isin(kinds, (NEXT, RESUME, EXCEPTION)) & (edges.target_nodes >= 0)
    repeats = plain & (kinds == NEXT) & _leaves_loop(edges, syntax, iterates)
    kinds[repeats] = JUMP
    kinds[plain & exits_with] = WITH_EXIT
    bodies = finally_bodies(syntax)
    inside = bodies.innermost(edges.target_nodes)
    kinds[plain & (inside >= 0) & ~bodies.hold(inside, edges.source_nodes)] = FINALLY
    return Edges(edges.sources, edges.targets, kinds, edges.source_nodes, edges.target_nodes, edges.is_exceptional)


def _leaves_loop(edges: Edges, syntax: Syntax, iterates: Bool) -> Bool:
    """Whether control leaves the body of a loop for its head or for what follows, or an element for the next."""
    bodies = loop_bodies(syntax)
    inside = bodies.innermost(edges.source_nodes)
    leaves = (inside >= 0) & ~bodies.hold(inside, edges.target_nodes)
    heads = find(syntax.nodes, np.where(iterates, edges.target_nodes, -1))
    ends = np.append(syntax.ends, -1)[heads]
    in_head = (edges.target_nodes < edges.source_nodes) & (edges.source_nodes < ends)
    return leaves | (in_head & syntax.is_kind(edges.target_nodes, *COMPREHENSIONS))


def _openings(program: Program, syntax: Syntax, points: Points, evaluations: Evaluations) -> tuple[Bool, Bool]:
    """By point: whether it starts with leaving a `with`, and with asking an iterator for more."""
    exits_with, iterates = np.zeros((2, points.count), np.bool_)
    opening = np.flatnonzero(evaluations.openings >= 0)
    instructions = evaluations.openings[opening]
    opcodes = program.opcodes[instructions]
    exits_with[opening] = syntax.is_kind(program.nodes[instructions], *WITHS) & ~op.ENTERS_WITH[opcodes]
    iterates[opening] = op.ITERATES[opcodes]
    return exits_with, iterates


def _raising(sources: Places, evaluations: Evaluations) -> tuple[Places, Places]:
    """Rows of evaluations that may raise, and for each the place in `sources` of its block."""
    rows = np.flatnonzero(evaluations.raises)
    firsts = bounds(evaluations.blocks[rows], len(evaluations.openings))
    counts = firsts[sources + 1] - firsts[sources]
    return rows[ranges(firsts[sources], counts)], np.repeat(np.arange(len(sources)), counts)


_OF_LABEL = {Label.NEXT: NEXT, Label.TRUE: TRUE, Label.FALSE: FALSE, Label.ITEM: TRUE, Label.EXHAUSTED: FALSE}
_OF_LABEL |= {Label.NONE: FALSE, Label.NOT_NONE: TRUE, Label.RESUME: RESUME, Label.RETURN: RETURN}
_OF_LABEL |= {Label.AWAIT: AWAIT, Label.YIELD: YIELD, Label.ENDED: FALSE}
_KIND_OF_LABEL = np.array([_OF_LABEL[label] for label in Label])


def _told(program: Program, syntax: Syntax, paths: Paths, evaluations: Evaluations) -> Codes:
    """Kinds of paths from the last node of a block, before what they enter is looked at."""
    kinds = _KIND_OF_LABEL[paths.labels]
    kinds[_suspends(paths) & np.isin(kinds, (NEXT, RETURN))] = RESUME
    kinds[program.having(op.GET_ANEXT)[paths.sources] & (kinds == RESUME)] = TRUE
    flips = _is_inverse(program, syntax, paths, evaluations)
    kinds[flips] = TRUE + FALSE - kinds[flips]
    suppresses = program.having(op.WITH_EXCEPT_START)[paths.sources]
    kinds[suppresses & (kinds == TRUE)] = WITH_SUPPRESS
    kinds[(paths.travels != Travel.ORDINARY) & (paths.labels != Label.RETURN)] = EXCEPTION
    return kinds


def _suspends(paths: Paths) -> Bool:
    """Whether the path starts where control may be handed to the caller."""
    handing = np.isin(paths.labels, (Label.AWAIT, Label.YIELD))
    return np.isin(paths.sources, paths.sources[handing])


def _is_inverse(program: Program, syntax: Syntax, paths: Paths, evaluations: Evaluations) -> Bool:
    """Whether a label is the opposite of the value of the node that was tested.

    `x is None` jumps by whether x is None, as the pattern `None` does. `not a in b` is compiled as `a not in b`, at the
    place of the comparison, whose own value is then the inverse of what is tested.
    """
    inverse = np.zeros(len(paths.sources), np.bool_)
    tests = np.flatnonzero((paths.labels >= Label.TRUE) & (paths.labels <= Label.NOT_NONE))
    blocks, labels = paths.sources[tests], paths.labels[tests]
    nodes = evaluations.last_nodes[blocks]
    operators = np.append(syntax.operators, -1)[find(syntax.nodes, nodes)]
    is_none = (labels == Label.NONE) | (labels == Label.NOT_NONE)
    inverse[tests] = is_none & ((operators == IS) | (operators == IS_CHAIN) | syntax.is_kind(nodes, "MatchSingleton"))
    is_truth = (labels == Label.TRUE) | (labels == Label.FALSE)
    instructions = evaluations.instructions[evaluations.bounds[blocks + 1] - 1]
    negatable = op.NEGATABLE[program.opcodes[instructions]] & (operators >= 0) & (operators < IS_CHAIN)
    is_negated = (operators == IS_NOT) | (operators == NOT_IN)
    inverse[tests] |= is_truth & negatable & (is_negated != (program.arguments[instructions] == 1))
    return inverse
