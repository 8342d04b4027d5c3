"""The code unit that evaluates each syntax node."""

from __future__ import annotations

import numpy as np

from pipeline_assets.normalize.anchoring.code import Units
from pipeline_assets.normalize.anchoring.columns import Rows
from pipeline_assets.normalize.anchoring.kinds import INLINABLE
from pipeline_assets.normalize.anchoring.syntax import Syntax
from pipeline_assets.normalize.scope_matching import HEADERS, TYPE_PARAMETER_PARTS


def evaluating_units(syntax: Syntax, units: Units) -> Rows:
    """Per node, the unit that evaluates it; -1 for what is not compiled.

    A comprehension without a unit was compiled into the unit around it. Headers of generic definitions, type
    parameters and their bounds have units of their own, though `ast_nodes.scope_node` leaves these scopes out.
    """
    bodies = _units_of(syntax, units, "body")
    special = np.full(len(syntax), -1)
    for pieces, piece_units in _type_pieces(syntax, units, bodies):
        for piece, unit in zip(pieces.tolist(), piece_units.tolist(), strict=True):
            inside = slice(piece, syntax.ends[piece])
            special[inside] = np.where(syntax.scopes[inside] == syntax.scopes[piece], unit, special[inside])
    _join_inlined(syntax, bodies, special)
    found: Rows = np.where(special >= 0, special, bodies[syntax.scopes])
    return found


def _units_of(syntax: Syntax, units: Units, role: str) -> Rows:
    """Per node, the unit of its scope in that role; -1 for none."""
    of_node = np.full(len(syntax), -1)
    matched = np.flatnonzero((units.roles == role) & (units.scopes >= 0))
    of_node[units.scopes[matched]] = matched
    return of_node


def _type_pieces(syntax: Syntax, units: Units, bodies: Rows) -> list[tuple[Rows, Rows]]:
    """Subtrees with the units that evaluate them, outer ones first."""
    parameters = _units_of(syntax, units, "type_parameters")
    pieces = []
    if (parameters >= 0).any():
        headers = np.flatnonzero(syntax.fields.mask({*HEADERS}))
        pieces.append((headers, parameters[syntax.parents[headers]]))
        pieces.append(_annotations(syntax, parameters))
    values = np.flatnonzero(syntax.fields.mask({"value"}) & syntax.is_kind(syntax.parents, {"TypeAlias"}))
    pieces.append((values, bodies[syntax.parents[values]]))
    for field, role in TYPE_PARAMETER_PARTS.items():
        parts = np.flatnonzero(syntax.fields.mask({field}))
        pieces.append((parts, _units_of(syntax, units, role)[syntax.parents[parts]]))
    return [(piece[unit >= 0], unit[unit >= 0]) for piece, unit in pieces]


def _annotations(syntax: Syntax, parameters: Rows) -> tuple[Rows, Rows]:
    """Annotations of the parameters of generic functions."""
    found = np.flatnonzero(syntax.fields.mask({"annotation"}) & syntax.is_kind(syntax.parents, {"arg"}))
    functions = syntax.parents[syntax.parents[syntax.parents[found]]]
    return found, parameters[functions]


def _join_inlined(syntax: Syntax, bodies: Rows, special: Rows) -> None:
    """Give comprehensions without a unit that of the scope around them, from the outermost inwards."""
    waiting = np.flatnonzero(syntax.kinds.mask(INLINABLE) & (bodies < 0))
    while len(waiting):
        around = np.where(special[waiting] >= 0, special[waiting], bodies[syntax.scopes[waiting]])
        bodies[waiting] = around
        found = around >= 0
        if not found.any():
            return
        waiting = waiting[~found]
