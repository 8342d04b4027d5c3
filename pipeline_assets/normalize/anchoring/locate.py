"""The node at each instruction's position."""

from __future__ import annotations

import numpy as np

from pipeline_assets.normalize.anchoring.candidates import (
    Candidates,
    Positions,
    derived_candidates,
    exact_candidates,
)
from pipeline_assets.normalize.anchoring.code import Code, Units
from pipeline_assets.normalize.anchoring.columns import Rows, ranges
from pipeline_assets.normalize.anchoring.kinds import COMPARING, COMPREHENSIONS, ITERATING, PROLOGUE
from pipeline_assets.normalize.anchoring.scopes import evaluating_units
from pipeline_assets.normalize.anchoring.state import Anchors
from pipeline_assets.normalize.anchoring.syntax import Syntax


def locate(syntax: Syntax, units: Units, code: Code) -> Anchors:
    """Anchor every instruction to the node at its position, ties broken by opcode."""
    evaluating = evaluating_units(syntax, units)
    spans = Positions(syntax)
    exact = exact_candidates(syntax, units, evaluating, spans)
    positions = spans.of(units.file_ids[code.units], code.starts, code.stops)
    groups = exact.find(positions, code.units)
    anchors = Anchors(
        syntax,
        units,
        code,
        evaluating,
        nodes=np.full(len(code), -1),
        rules=np.full(len(code), -1, np.int8),
        reasons=np.full(len(code), -1, np.int8),
        ambiguous=np.zeros(len(code), np.bool_),
        groups=groups,
    )
    _take_exact(anchors, exact)
    _take_derived(anchors, positions, derived_candidates(syntax, units, evaluating, spans))
    _take_unplaced(anchors)
    _take_prologue(anchors)
    return anchors


def _take_exact(anchors: Anchors, exact: Candidates) -> None:
    """The only node there, or the one that the opcode points at."""
    rows = np.flatnonzero(anchors.groups >= 0)
    sizes = exact.sizes(anchors.groups[rows])
    single = rows[sizes == 1]
    anchors.put(single, exact.nodes[exact.firsts[anchors.groups[single]]], "exact")
    _mark_parts(anchors, single)
    _break_ties(anchors, exact, rows[sizes > 1])


def _mark_parts(anchors: Anchors, rows: Rows) -> None:
    """The node is sure, but not which of its generators or comparison operators is at work."""
    syntax, opcodes = anchors.syntax, anchors.code.opcodes
    rows = rows[opcodes.among(rows, ITERATING | COMPARING)]
    nodes, iterates = anchors.nodes[rows], opcodes.among(rows, ITERATING)
    parts = syntax.children[nodes] - 1
    generators = parts - syntax.is_kind(nodes, {"DictComp"})
    anchors.ambiguous[rows] |= iterates & syntax.is_kind(nodes, COMPREHENSIONS) & (generators > 1)
    anchors.ambiguous[rows] |= ~iterates & syntax.is_kind(nodes, {"Compare"}) & (parts > 1)


def _break_ties(anchors: Anchors, exact: Candidates, rows: Rows) -> None:
    """An expression statement, a starred tuple or a value pattern shares its place with what it holds."""
    syntax, opcodes = anchors.syntax, anchors.code.opcodes
    groups = anchors.groups[rows]
    first, last = exact.nodes[exact.firsts[groups]], exact.nodes[exact.firsts[groups + 1] - 1]
    discards = opcodes.table(lambda name: name in ("POP_TOP", "NOP") or name.startswith("RETURN"))
    reads = opcodes.table(lambda name: name.startswith(("LOAD_", "UNARY_", "BINARY_OP")))
    codes = opcodes.codes[rows]
    outer = syntax.is_kind(first, {"Expr"}) & discards[codes]
    outer |= syntax.is_kind(first, {"MatchValue"}) & ~reads[codes]
    outer |= syntax.is_kind(last, {"Starred"}) | syntax.is_kind(exact.nodes[exact.firsts[groups] + 1], {"Starred"})
    anchors.put(rows, np.where(outer, first, last), "tie")
    anchors.ambiguous[rows] = ~outer & (exact.sizes(groups) > 2)
    _number_parts(anchors, exact, rows[~outer])


def _number_parts(anchors: Anchors, exact: Candidates, rows: Rows) -> None:
    """The parts of a formatted string that all have the string's place (3.11) take turns, inner ones first."""
    syntax, code = anchors.syntax, anchors.code
    groups = np.unique(anchors.groups[rows])
    members, owners = _members(exact, groups)
    formatted = np.unique(owners[syntax.is_kind(members, {"JoinedStr"})])
    rows = rows[np.isin(anchors.groups[rows], formatted)]
    if not len(rows):
        return
    kept = np.isin(owners, formatted)
    members, owners = members[kept], owners[kept]
    wanted = np.full(len(rows), "JoinedStr", object)
    for opname, kind in (("FORMAT_VALUE", "FormattedValue"), ("LOAD_CONST", "Constant")):
        wanted[code.opcodes.among(rows, {opname})] = kind
    for kind in ("JoinedStr", "FormattedValue", "Constant"):
        parts = np.flatnonzero(syntax.is_kind(members, {kind}))
        _take_turns(anchors, rows[wanted == kind], members[parts], owners[parts])


def _take_turns(anchors: Anchors, rows: Rows, parts: Rows, groups: Rows) -> None:
    """The k-th row of a group takes its k-th part in order of completion."""
    order = np.lexsort((-parts, anchors.syntax.ends[parts], groups))
    parts, groups = parts[order], groups[order]
    at = anchors.groups[rows]
    firsts, ends = np.searchsorted(groups, at, "left"), np.searchsorted(groups, at, "right")
    found = ends > firsts
    rows, firsts, counts = rows[found], firsts[found], (ends - firsts)[found]
    turns = turn_of(anchors.groups[rows])
    anchors.nodes[rows] = parts[firsts + turns % counts]
    several = rows[counts > 1]
    anchors.put(several, anchors.nodes[several], "order", ambiguous=True)
    anchors.ambiguous[rows[counts == 1]] = False


def _members(exact: Candidates, groups: Rows) -> tuple[Rows, Rows]:
    """The nodes of these groups, each with its group."""
    sizes = exact.sizes(groups)
    return exact.nodes[ranges(exact.firsts[groups], sizes)], np.repeat(groups, sizes)


def turn_of(keys: Rows) -> Rows:
    """How many rows of the same key came before each row."""
    order = np.argsort(keys, kind="stable")
    starts = np.flatnonzero(np.diff(keys[order], prepend=keys[order][:1] - 1))
    counts = np.diff(np.append(starts, len(keys)))
    turns = np.empty(len(keys), np.int64)
    turns[order] = np.arange(len(keys)) - np.repeat(starts, counts)
    return turns


def _take_derived(anchors: Anchors, positions: Rows, derived: dict[str, Candidates]) -> None:
    rows = np.flatnonzero((anchors.groups < 0) & (positions >= 0))
    for rule, places in derived.items():
        groups = places.find(positions[rows], anchors.code.units[rows])
        found = groups >= 0
        anchors.put(rows[found], places.nodes[places.firsts[groups[found]]], rule)
        rows = rows[~found]


def _take_unplaced(anchors: Anchors) -> None:
    """Why the compiler gave an instruction no place, or one that no node has."""
    code = anchors.code
    rows = np.flatnonzero(anchors.nodes < 0)
    names = code.opcodes.codes[rows]
    is_jump = code.opcodes.table(lambda name: name.startswith(("JUMP", "POP_JUMP")))[names]
    ends_generator = code.opcodes.table({"CALL_INTRINSIC_1", "STOPITERATION_ERROR"})[names]
    unplaced, bare = code.lines[rows] < 0, code.starts[rows] < 0
    anchors.leave(rows, "no_node")
    anchors.leave(rows[bare], "no_columns")
    anchors.leave(rows[unplaced], "exception_cleanup")
    anchors.leave(rows[unplaced & is_jump], "jump")
    anchors.leave(rows[unplaced & ends_generator], "generator_end")
    starts_unit = code.lines[rows] == anchors.units.lines[code.units[rows]]
    starts_unit |= ~bare & (code.starts[rows] == code.stops[rows])
    rows = rows[~unplaced & starts_unit]
    anchors.put(rows, anchors.owners[rows], "prologue")
    anchors.leave(np.flatnonzero(anchors.owners < 0), "no_scope")


def _take_prologue(anchors: Anchors) -> None:
    """What starts a unit belongs to the node whose scope it runs, wherever it is placed."""
    code = anchors.code
    starts = code.opcodes.rows(PROLOGUE)
    resumes = code.opcodes.among(starts, {"RESUME"}) & (code.arguments[starts] & 3 > 0)
    after_generator = code.opcodes.rows({"RETURN_GENERATOR"}) + 1
    rows = np.concatenate((starts[~resumes], after_generator[after_generator < len(code)]))
    rows = rows[anchors.owners[rows] >= 0]
    anchors.put(rows, anchors.owners[rows], "prologue")
