"""Nodes by position and evaluating unit, to be looked up by the positions of instructions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline_assets.normalize.anchoring.code import Units
from pipeline_assets.normalize.anchoring.columns import Rows
from pipeline_assets.normalize.anchoring.kinds import COMPREHENSIONS
from pipeline_assets.normalize.anchoring.syntax import Syntax

_LENGTH_BITS = 31


@dataclass
class Candidates:
    """Groups of nodes with one position and one evaluating unit, outer nodes first."""

    nodes: Rows
    firsts: Rows
    """Where each group starts in `nodes`, and the end."""
    positions: Rows
    """The positions that occur, ascending."""
    position_firsts: Rows
    """Where the groups of each position start, and the end."""
    group_units: Rows

    def find(self, positions: Rows, units: Rows) -> Rows:
        """The group of each position and unit, -1 where there is none."""
        if not len(self.positions):
            return np.full(len(positions), -1)
        at = np.minimum(np.searchsorted(self.positions, positions), len(self.positions) - 1)
        groups = np.where(self.positions[at] == positions, self.position_firsts[at], -1)
        ends = self.position_firsts[at + 1]
        seeking = np.flatnonzero((groups >= 0) & (self.group_units[groups] != units))
        while len(seeking):
            groups[seeking] += 1
            over = groups[seeking] == ends[seeking]
            groups[seeking[over]] = -1
            seeking = seeking[~over]
            seeking = seeking[self.group_units[groups[seeking]] != units[seeking]]
        return groups

    def sizes(self, groups: Rows) -> Rows:
        """The number of nodes of each group."""
        sizes: Rows = self.firsts[groups + 1] - self.firsts[groups]
        return sizes


class Positions:
    """Spans of all files as single numbers: files lie one behind the other."""

    def __init__(self, syntax: Syntax) -> None:
        self.file_ids, first = np.unique(syntax.file_ids, return_index=True)
        sizes = np.maximum.reduceat(syntax.stops, first) + 2 if len(first) else np.zeros(0, np.int64)
        self._origins = np.cumsum(sizes) - sizes

    def of(self, file_ids: Rows, starts: Rows, stops: Rows) -> Rows:
        """One number for each span; -1 where there is none."""
        if not len(self.file_ids):
            return np.full(len(starts), -1)
        files = np.minimum(np.searchsorted(self.file_ids, file_ids), len(self.file_ids) - 1)
        known = (starts >= 0) & (self.file_ids[files] == file_ids)
        numbers: Rows = np.where(known, (self._origins[files] + starts << _LENGTH_BITS) + (stops - starts), -1)
        return numbers


def candidates(positions: Rows, nodes: Rows, units: Rows) -> Candidates:
    """Group nodes by position and unit."""
    order = np.argsort(positions, kind="stable")
    positions, nodes, units = positions[order], nodes[order], units[order]
    follows = positions[1:] == positions[:-1]
    mixed = np.flatnonzero(follows & (units[1:] != units[:-1]))
    if len(mixed):
        again = np.flatnonzero(np.isin(positions, positions[mixed]))
        sorted_again = again[np.lexsort((nodes[again], units[again], positions[again]))]
        nodes[again], units[again] = nodes[sorted_again], units[sorted_again]
    starts_position = np.append(True, ~follows) if len(positions) else np.zeros(0, np.bool_)
    starts_group = starts_position.copy()
    starts_group[1:] |= units[1:] != units[:-1]
    firsts = np.flatnonzero(starts_group)
    heads = np.flatnonzero(starts_position)
    return Candidates(
        nodes=nodes,
        firsts=np.append(firsts, len(nodes)),
        positions=positions[heads],
        position_firsts=np.append(np.searchsorted(firsts, heads), len(firsts)),
        group_units=units[firsts],
    )


def exact_candidates(syntax: Syntax, units: Units, evaluating: Rows, spans: Positions) -> Candidates:
    """Every node with a position, in the unit that evaluates it, and the nodes that open scopes also in their own."""
    nodes = np.flatnonzero((syntax.starts >= 0) & (evaluating >= 0))
    own = np.flatnonzero((units.scopes >= 0) & (syntax.starts[units.scopes] >= 0))
    all_nodes = np.concatenate((nodes, units.scopes[own]))
    all_units = np.concatenate((evaluating[nodes], own))
    positions = spans.of(syntax.file_ids[all_nodes], syntax.starts[all_nodes], syntax.stops[all_nodes])
    return candidates(positions, all_nodes, all_units)


def derived_candidates(syntax: Syntax, units: Units, evaluating: Rows, spans: Positions) -> dict[str, Candidates]:
    """Positions that the compiler makes from nodes without using their spans as they are, by rule."""
    made = {
        "narrowed": _narrowed(syntax, evaluating),
        "pair": _pairs(syntax, units, evaluating),
        "lazy": _lazy(syntax, units, evaluating),
    }
    found = {}
    for rule, (nodes, of_units, starts, stops) in made.items():
        known = of_units >= 0
        positions = spans.of(syntax.file_ids[nodes], starts, stops)
        found[rule] = candidates(positions[known], nodes[known], of_units[known])
    return found


_Spans = tuple[Rows, Rows, Rows, Rows]
"""Nodes, units, starts and stops."""


def _narrowed(syntax: Syntax, evaluating: Rows) -> _Spans:
    """An attribute behind a line break starts at its name, as does a call of it.

    The compiler goes back from the end by characters of the name, not bytes.
    """
    attributes = np.flatnonzero(syntax.kinds.mask({"Attribute"}) & syntax.spans_lines)
    lengths = [len(name) for name in syntax.names.take(attributes).to_pylist()]
    starts = syntax.stops[attributes] - np.array(lengths, np.int64)
    calls = syntax.parents[attributes]
    called = syntax.is_kind(calls, {"Call"}) & syntax.is_field(attributes, {"func"})
    nodes = np.concatenate((attributes, calls[called]))
    return nodes, evaluating[nodes], np.concatenate((starts, starts[called])), syntax.stops[nodes]


def _pairs(syntax: Syntax, units: Units, evaluating: Rows) -> _Spans:
    """A dict comprehension stores from the key's start to the value's end."""
    nodes, of_units = _opened(syntax, units, evaluating, {"DictComp"})
    keys = nodes + 1
    return nodes, of_units, syntax.starts[keys], syntax.stops[syntax.ends[keys]]


def _lazy(syntax: Syntax, units: Units, evaluating: Rows) -> _Spans:
    """The first iterable stands for the comprehension in its own unit, a bound or default for its variable."""
    nodes, of_units = _opened(syntax, units, evaluating, COMPREHENSIONS)
    own = of_units != evaluating[nodes]
    nodes, of_units = nodes[own], of_units[own]
    elements = syntax.ends[nodes + 1]
    elements = np.where(syntax.is_kind(nodes, {"DictComp"}), syntax.ends[elements], elements)
    iterables = syntax.ends[elements + 1]
    parts = np.flatnonzero(syntax.fields.mask({"bound", "default_value"}))
    variables = syntax.parents[parts]
    return (
        np.concatenate((nodes, variables)),
        np.concatenate((of_units, evaluating[variables])),
        np.concatenate((syntax.starts[iterables], syntax.starts[parts])),
        np.concatenate((syntax.stops[iterables], syntax.stops[parts])),
    )


def _opened(syntax: Syntax, units: Units, evaluating: Rows, kinds: frozenset[str] | set[str]) -> tuple[Rows, Rows]:
    """Nodes of these kinds in the units that run their own scope."""
    nodes = np.flatnonzero(syntax.kinds.mask(kinds))
    bodies = np.full(len(syntax), -1)
    own = np.flatnonzero((units.scopes >= 0) & (units.roles == "body"))
    bodies[units.scopes[own]] = own
    return nodes, np.where(bodies[nodes] >= 0, bodies[nodes], evaluating[nodes])
