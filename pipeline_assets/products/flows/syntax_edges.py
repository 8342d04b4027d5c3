"""Steps inside expressions and assignments, read off the syntax."""

from __future__ import annotations

import numpy as np

from pipeline_assets.products.flows.edges import Edges
from pipeline_assets.products.flows.paths import ANY, DERIVE, ITEM, ITERATE, JOIN, KEYS, LOAD, STORE
from pipeline_assets.products.flows.program import Program

_JOINING = ("Add", "BitOr", "Mult")
"""Operators that put containers together; others compute something new."""


def add_syntax(program: Program, edges: Edges) -> None:
    """Add the steps of all expressions, assignments, loops, `with` items and patterns."""
    _add_assignments(program, edges)
    _add_loops(program, edges)
    _add_operators(program, edges)
    _add_displays(program, edges)
    _add_comprehensions(program, edges)
    _add_attributes(program, edges)
    _add_items(program, edges)
    _add_patterns(program, edges)


def _add_assignments(program: Program, edges: Edges) -> None:
    syntax = program.syntax
    value, assigned = syntax.child("value"), edges.step("assigned")
    listed = syntax.under(np.flatnonzero(syntax.in_field("targets")), "Assign")
    edges.many(value[syntax.parent[listed]], listed, assigned)
    single = syntax.under(np.flatnonzero(syntax.in_field("target")), "AnnAssign", "NamedExpr")
    edges.many(value[syntax.parent[single]], single, assigned)
    walrus = np.flatnonzero(syntax.of_kind("NamedExpr"))
    edges.many(value[walrus], walrus, assigned)
    updated = syntax.under(np.flatnonzero(syntax.in_field("target")), "AugAssign")
    for row in updated.tolist():
        edges.one(
            int(value[syntax.parent[row]]), row, edges.step("added", _operation(program, int(syntax.parent[row])))
        )
    stored = ~syntax.is_load & syntax.of_kind("Tuple", "List")
    for parent, elements in syntax.listed("elts").items():
        if stored[parent]:
            _unpack(program, edges, parent, elements)


def _unpack(program: Program, edges: Edges, target: int, elements: list[int]) -> None:
    starred = [at for at, row in enumerate(elements) if program.kinds[row] == "Starred"]
    value = program.syntax.child("value") if starred else None
    for at, row in enumerate(elements):
        if value is not None and at in starred:
            edges.one(target, int(value[row]), edges.step("unpacked", JOIN))
        else:
            place = at - len(elements) if starred and at > starred[0] else at
            edges.one(target, row, edges.step("unpacked", LOAD, f"[{place}]"))


def _add_loops(program: Program, edges: Edges) -> None:
    syntax = program.syntax
    iterated, target = syntax.child("iter"), syntax.child("target")
    loops = np.flatnonzero(syntax.of_kind("For", "AsyncFor", "comprehension"))
    edges.many(iterated[loops], target[loops], edges.step("iterated", ITERATE))
    manager, bound = syntax.child("context_expr"), syntax.child("optional_vars")
    items = np.flatnonzero(syntax.of_kind("withitem"))
    edges.many(manager[items], bound[items], edges.step("entered"))
    # What a generator under `contextmanager` yields is what the statement binds.
    edges.many(manager[items], bound[items], edges.step("entered", LOAD, ITEM))
    value = syntax.child("value")
    awaited = np.flatnonzero(syntax.of_kind("Await"))
    edges.many(value[awaited], awaited, edges.step("awaited"))


def _operation(program: Program, row: int) -> int:
    return JOIN if program.contexts[row] in _JOINING else DERIVE


def _add_operators(program: Program, edges: Edges) -> None:
    syntax = program.syntax
    branches = syntax.under(np.flatnonzero(syntax.in_field("body", "orelse")), "IfExp")
    edges.many(branches, syntax.parent[branches], edges.step("chosen"))
    operands = syntax.under(np.flatnonzero(syntax.in_field("values")), "BoolOp")
    edges.many(operands, syntax.parent[operands], edges.step("chosen"))
    operands = syntax.under(np.flatnonzero(syntax.in_field("left", "right")), "BinOp")
    joins = np.array([_operation(program, row) == JOIN for row in syntax.parent[operands].tolist()], bool)
    edges.many(operands[joins], syntax.parent[operands[joins]], edges.step("joined", JOIN))
    edges.many(operands[~joins], syntax.parent[operands[~joins]], edges.step("computed", DERIVE))
    operands = syntax.under(np.flatnonzero(syntax.in_field("operand")), "UnaryOp")
    signs = [row for row in operands.tolist() if program.contexts[program.parent[row]] != "Not"]
    edges.many(signs, syntax.parent[np.array(signs, np.int64)], edges.step("computed", DERIVE))
    parts = syntax.under(np.flatnonzero(syntax.in_field("values")), "JoinedStr")
    edges.many(parts, syntax.parent[parts], edges.step("formatted", DERIVE))
    parts = syntax.under(np.flatnonzero(syntax.in_field("value")), "FormattedValue")
    edges.many(parts, syntax.parent[parts], edges.step("formatted", DERIVE))


def _add_displays(program: Program, edges: Edges) -> None:
    syntax, kinds = program.syntax, program.kinds
    value = syntax.child("value")
    for parent, elements in syntax.listed("elts").items():
        if kinds[parent] != "Set" and not program.is_load[parent]:
            continue
        known = True
        for at, row in enumerate(elements):
            if kinds[row] == "Starred":
                known = False
                edges.one(int(value[row]), parent, edges.step("unpacked", JOIN))
            else:
                label = f"[{at}]" if known and kinds[parent] != "Set" else ITEM
                edges.one(row, parent, edges.step(f"item {label}", STORE, label))
    keys = syntax.listed("keys")
    for parent, values in syntax.listed("values").items():
        if kinds[parent] == "Dict":
            _add_mapping(program, edges, parent, keys.get(parent, []), values)


def _add_mapping(program: Program, edges: Edges, parent: int, keys: list[int], values: list[int]) -> None:
    """A dictionary's items; keys have the ordinals of their values, and `**` has none."""
    ordinals = program.syntax.ordinal
    by_place = {int(ordinals[row]): row for row in keys}
    for row in values:
        key = by_place.get(int(ordinals[row]), -1)
        if key < 0:
            edges.one(row, parent, edges.step("unpacked"))
        else:
            label = program.label(key)
            edges.one(row, parent, edges.step(f"item {label}", STORE, label))
            edges.one(key, parent, edges.step("key", STORE, KEYS))


def _add_comprehensions(program: Program, edges: Edges) -> None:
    syntax = program.syntax
    element, key, value = syntax.child("elt"), syntax.child("key"), syntax.child("value")
    item = edges.step("item of a comprehension", STORE, ITEM)
    rows = np.flatnonzero(syntax.of_kind("ListComp", "SetComp", "GeneratorExp"))
    edges.many(element[rows], rows, item)
    rows = np.flatnonzero(syntax.of_kind("DictComp"))
    edges.many(value[rows], rows, item)
    edges.many(key[rows], rows, edges.step("key", STORE, KEYS))


def _add_attributes(program: Program, edges: Edges) -> None:
    syntax = program.syntax
    value = syntax.child("value")
    rows, written = program.rows("written", "node_id"), program.columns("written", "symbol_name")[0]
    symbols = dict(zip(rows, written, strict=True))
    for row in np.flatnonzero(syntax.of_kind("Attribute")).tolist():
        name = symbols.get(row) or syntax.names[row] or ""
        if program.is_load[row] or _is_updated(program, row):
            edges.one(int(value[row]), row, edges.step(f"attribute .{name}", LOAD, f".{name}"))
        if not program.is_load[row]:
            edges.one(row, int(value[row]), edges.step(f"stored in .{name}", STORE, f".{name}", changes=True))


def _add_items(program: Program, edges: Edges) -> None:
    syntax = program.syntax
    value, key = syntax.child("value"), syntax.child("slice")
    for row in np.flatnonzero(syntax.of_kind("Subscript")).tolist():
        base, at = int(value[row]), int(key[row])
        sliced = at >= 0 and program.kinds[at] == "Slice"
        label = ITEM if sliced else program.label(at)
        if program.is_load[row] or _is_updated(program, row):
            edges.one(base, row, edges.step("slice", JOIN) if sliced else edges.step(f"item {label}", LOAD, label))
        if not program.is_load[row] and sliced:
            edges.one(row, base, edges.step("stored in a slice", JOIN, changes=True))
        elif not program.is_load[row]:
            edges.one(row, base, edges.step(f"stored in {label}", STORE, label, changes=True))
            edges.one(at, base, edges.step("key", STORE, KEYS, changes=True))


def _is_updated(program: Program, row: int) -> bool:
    above = program.parent[row]
    return above >= 0 and program.kinds[above] == "AugAssign"


def _add_patterns(program: Program, edges: Edges) -> None:
    syntax = program.syntax
    subject = syntax.child("subject")
    patterns = np.flatnonzero(syntax.in_field("pattern", "patterns", "kwd_patterns"))
    for row in patterns.tolist():
        above = program.parent[row]
        if program.kinds[above] == "match_case":
            edges.one(int(subject[program.parent[above]]), row, edges.step("matched"))
        elif program.kinds[above] in ("MatchAs", "MatchOr"):
            edges.one(above, row, edges.step("matched"))
        else:
            edges.one(above, row, edges.step("matched", ANY))
