"""Building a syntax tree again from its rows: proves that the rows say all that the tree says."""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

Row = Mapping[str, Any]
Children = Mapping[int, Mapping[str, list[Row]]]

IDENTIFIERS = ("name", "id", "attr", "arg", "module", "names", "kwd_attrs", "rest", "asname")


def rebuild(rows: Sequence[Row], lines: Sequence[int] | None = None) -> ast.AST:
    """The tree of one file's rows; with positions, given the byte offset of each line's start."""
    children: dict[int, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        children[row["parent_id"]][row["field"]].append(row)
    with deep_recursion():
        return _node(next(row for row in rows if row["parent_id"] is None), children, lines)


@contextmanager
def deep_recursion() -> Iterator[None]:
    """Trees are deeper than the ordinary limit."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(100_000)
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def first_difference(found: ast.AST, expected: ast.AST) -> str | None:
    """Where two trees differ, in what `ast.dump` with attributes shows of them; many times as fast."""
    pending = [(found, expected)]
    while pending:
        one, other = pending.pop()
        if type(one) is not type(other):
            return f"{ast.dump(one)} is not {ast.dump(other)}"
        for name in (*other._fields, *other._attributes):
            mine, theirs = getattr(one, name, None), getattr(other, name, None)
            if isinstance(theirs, list) and isinstance(mine, list) and len(mine) == len(theirs):
                values = zip(mine, theirs, strict=True)
            else:
                values = iter([(mine, theirs)])
            for left, right in values:
                if isinstance(left, ast.AST) and isinstance(right, ast.AST):
                    pending.append((left, right))
                elif type(left) is not type(right) or (left != right and repr(left) != repr(right)):
                    return f"{name} of {ast.dump(other, include_attributes=True)[:400]} is {left!r}"
    return None


def _node(row: Row, children: Children, lines: Sequence[int] | None) -> ast.AST:
    cls = getattr(ast, row["kind"])
    below = children.get(row["node_id"], {})
    node = cls(**{name: _field(row, name, below, children, lines) for name in cls._fields})
    if lines is not None and "lineno" in cls._attributes:
        node.lineno, node.end_lineno, node.col_offset = row["line"], row["end_line"], row["col_utf8"]
        node.end_col_offset = row["bend"] - lines[row["end_line"] - 1]
    return node  # type: ignore[no-any-return]


def _field(row: Row, name: str, below: Mapping[str, list[Row]], children: Children, lines: Sequence[int] | None) -> Any:
    held = below.get(name, [])
    if name in ("ctx", "op"):
        return getattr(ast, row["ctx"])()
    if name == "ops":
        return [getattr(ast, operator)() for operator in row["ctx"].split(",")]
    if held and held[0]["ordinal"] is None:
        return _node(held[0], children, lines)
    if held or _is_list(row["kind"], name):
        return _list(row, name, below, children, lines)
    return _said(row, name)


@cache
def _is_list(kind: str, name: str) -> bool:
    documented = " ".join((getattr(ast, kind).__doc__ or "").split())
    return f"* {name}" in documented and f"identifier* {name}" not in documented


def _list(
    row: Row, name: str, below: Mapping[str, list[Row]], children: Children, lines: Sequence[int] | None
) -> list[Any]:
    """A list's nodes, with a hole where `**mapping` has no key or a keyword-only parameter no default."""
    length = {"keys": len(below.get("values", ())), "kw_defaults": len(below.get("kwonlyargs", ()))}.get(name)
    if row["kind"] == "MatchMapping" or length is None:
        length = len(below.get(name, ()))
    found: list[Any] = [None] * length
    for child in below.get(name, ()):
        found[child["ordinal"]] = _node(child, children, lines)
    return found


def _said(row: Row, name: str) -> Any:
    """What the row itself says of a field."""
    if name == "kind":
        return "u" if row["value_kind"] == "str" and row["value"].startswith("u") else None
    if name == "value" and row["kind"] in ("Constant", "MatchSingleton"):
        return ast.literal_eval(row["value"]) if row["value_kind"] != "ellipsis" else ...
    if name in ("level", "conversion", "simple", "is_async"):
        return int(row["value"])
    if name in ("asname", "rest"):
        return row["alias"]
    if name in ("names", "kwd_attrs"):
        return row["name"].split(",") if row["name"] else []
    return row["name"] if name in IDENTIFIERS and name in _identifiers(row["kind"]) else None


@cache
def _identifiers(kind: str) -> str:
    return " ".join((getattr(ast, kind).__doc__ or "").split())
