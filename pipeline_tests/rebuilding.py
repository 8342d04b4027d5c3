"""Building a syntax tree again from its rows: proves that the rows say all that the tree says."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]

IDENTIFIERS = ("name", "id", "attr", "arg", "module", "names", "kwd_attrs", "rest", "asname")


def rebuild(rows: Sequence[Row]) -> ast.AST:
    """The tree of one file's rows, without positions."""
    children: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        children[row["parent_id"]].append(row)
    return _node(next(row for row in rows if row["parent_id"] is None), children)


def _node(row: Row, children: Mapping[int, list[Row]]) -> ast.AST:
    cls = getattr(ast, row["kind"])
    below = {name: [child for child in children[row["node_id"]] if child["field"] == name] for name in cls._fields}
    return cls(**{name: _field(row, name, below, children) for name in cls._fields})


def _field(row: Row, name: str, below: Mapping[str, list[Row]], children: Mapping[int, list[Row]]) -> Any:
    held = below[name]
    if name in ("ctx", "op"):
        return getattr(ast, row["ctx"])()
    if name == "ops":
        return [getattr(ast, operator)() for operator in row["ctx"].split(",")]
    if held and held[0]["ordinal"] is None:
        return _node(held[0], children)
    if held or _is_list(row["kind"], name):
        return _list(row, name, below, children)
    return _said(row, name)


def _is_list(kind: str, name: str) -> bool:
    documented = " ".join((getattr(ast, kind).__doc__ or "").split())
    return f"* {name}" in documented and f"identifier* {name}" not in documented


def _list(row: Row, name: str, below: Mapping[str, list[Row]], children: Mapping[int, list[Row]]) -> list[Any]:
    """A list's nodes, with a hole where `**mapping` has no key or a keyword-only parameter no default."""
    length = {"keys": len(below.get("values", ())), "kw_defaults": len(below.get("kwonlyargs", ()))}.get(name)
    if row["kind"] == "MatchMapping" or length is None:
        length = len(below[name])
    found: list[Any] = [None] * length
    for child in below[name]:
        found[child["ordinal"]] = _node(child, children)
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


def _identifiers(kind: str) -> str:
    return " ".join((getattr(ast, kind).__doc__ or "").split())
