"""What a plan may not hold: operations that give another answer on the same rows, and inputs that are no dataset."""

from __future__ import annotations

from collections.abc import Iterator

import ibis.expr.operations as ops
import ibis.expr.types as ir

from pipeline_assets.inference.functions import DECLARED
from pipeline_assets.inference.traversal import nodes_of

Finding = tuple[str, str]
"""An operation's name and why it was found."""

_ALWAYS: dict[type, str] = {
    ops.TimestampNow: "reads the clock; take the time as a column of a source",
    ops.DateNow: "reads the clock; take the date as a column of a source",
    ops.RandomScalar: "is random; derive a value from a key with stable_hash",
    ops.RandomUUID: "is random; derive an id from a key with stable_hash",
    ops.Sample: "picks rows at random; filter on stable_hash of a key",
    ops.RowID: "numbers rows as they happen to be stored; number them over an order",
    ops.Hash: "differs between engines and versions; use stable_hash",
    ops.Arbitrary: "picks any row; use first(order_by=...) or max",
    ops.ArgMax: "picks any of several rows with the largest key; use first(order_by=...) with a unique order",
    ops.ArgMin: "picks any of several rows with the smallest key; use first(order_by=...) with a unique order",
    ops.Mode: "picks any of several values that are equally frequent; count, then take the first of a unique order",
    ops.ApproxMedian: "approximates differently with the number of threads; use median",
    ops.ApproxQuantile: "approximates differently with the number of threads; use quantile",
    ops.ApproxMultiQuantile: "approximates differently with the number of threads; use quantile",
    ops.ApproxCountDistinct: "approximates differently between engines; use nunique",
    ops.StandardDev: "rounds differently with the order of rows",
    ops.Variance: "rounds differently with the order of rows",
    ops.Correlation: "rounds differently with the order of rows",
    ops.Covariance: "rounds differently with the order of rows",
    ops.Kurtosis: "rounds differently with the order of rows",
}
_NEEDS_ORDER = (ops.First, ops.Last, ops.ArrayCollect, ops.GroupConcat)
_NEEDS_WINDOW_ORDER = (ops.RowNumber, ops.NTile, ops.Lag, ops.Lead, ops.NthValue, *_NEEDS_ORDER)
_KEEPS_ORDER = (ops.Project, ops.Filter, ops.DropColumns, ops.FillNull, ops.DropNull, ops.Limit, ops.SelfReference)

_FOREIGN: dict[type, str] = {
    ops.InMemoryTable: "holds data inside the plan; make it a dataset of its own",
    ops.DatabaseTable: "is bound to one connection; take the dataset as a parameter",
    ops.SQLQueryResult: "is SQL text, whose reads are not inferred; write it in Ibis",
    ops.SQLStringView: "is SQL text, whose reads are not inferred; write it in Ibis",
    ops.AliasedRelation: "can hide a dataset of that name; drop the alias",
    ops.ScalarParameter: "is bound only when the plan runs; make it configuration of the stage",
}


def nondeterministic(expr: ir.Table) -> list[Finding]:
    """Operations whose result is not decided by the rows alone, each with the reason and the way out, sorted."""
    graph = nodes_of(expr.op())
    found = {(type(node).__name__, _ALWAYS[type(node)]) for node in graph if type(node) in _ALWAYS}
    found.update(finding for node in graph for finding in _unordered(node))
    return sorted(found)


def foreign_leaves(expr: ir.Table) -> list[Finding]:
    """Inputs that are no dataset and functions that are not declared, each with the reason and the way out, sorted."""
    graph = nodes_of(expr.op())
    found = {(_label(node), _FOREIGN[type(node)]) for node in graph if type(node) in _FOREIGN}
    found.update(finding for node in graph for finding in _undeclared(node))
    found.update(_contradictions([node for node in graph if isinstance(node, ops.UnboundTable)]))
    return sorted(found)


def is_declared(node: ops.Node) -> bool:
    """Whether a user-defined function is one of `functions.DECLARED`, called as the engine's own."""
    return node.__func_name__ in DECLARED and node.__input_type__.name == "BUILTIN"


def _unordered(node: ops.Node) -> Iterator[Finding]:
    if isinstance(node, ops.Limit) and not _limit_is_decided(node):
        yield "Limit", "keeps rows of no stated order; sort by a unique key right below it"
    if isinstance(node, ops.WindowFunction):
        yield from _unordered_window(node)
    for child in node.__children__:
        if isinstance(child, _NEEDS_ORDER) and not child.order_by and not _orders(node, child):
            yield type(child).__name__, "depends on the order of rows, which is not stated; pass order_by"
        if isinstance(child, (ops.Sum, ops.Mean)) and child.arg.dtype.is_floating():
            yield type(child).__name__, "adds floats, which rounds differently with the order of rows; add integers"


def _orders(node: ops.Node, child: ops.Node) -> bool:
    """Whether `child` gets its order from `node`: a window's is looked at by itself, and a list may be sorted after."""
    return isinstance(node, ops.WindowFunction) or (
        isinstance(node, ops.ArraySort) and isinstance(child, ops.ArrayCollect)
    )


def _unordered_window(node: ops.WindowFunction) -> Iterator[Finding]:
    if node.order_by:
        return
    name = type(node.func).__name__
    if isinstance(node.func, _NEEDS_WINDOW_ORDER) and not getattr(node.func, "order_by", ()):
        yield name, "depends on the order of rows in its window, which is not stated; pass order_by"
    elif node.start is not None or node.end is not None:
        yield "WindowFunction", f"frames the rows of {name} by an order that is not stated; pass order_by"


def _limit_is_decided(limit: ops.Limit) -> bool:
    if limit.n == 0 or (limit.n is None and limit.offset == 0):
        return True
    below = limit.parent
    while isinstance(below, _KEEPS_ORDER):
        below = below.parent
    return isinstance(below, ops.Sort)


def _undeclared(node: ops.Node) -> Iterator[Finding]:
    if isinstance(node, (ops.ScalarUDF, ops.AggUDF)) and not is_declared(node):
        yield node.__func_name__, f"is not a declared function; plans may call {', '.join(sorted(DECLARED))}"
    if isinstance(node, ops.UnboundTable) and (node.namespace.catalog or node.namespace.database):
        yield node.name, "names a database of one engine; take the dataset as a parameter"


def _contradictions(leaves: list[ops.UnboundTable]) -> Iterator[Finding]:
    schemas: dict[str, set[object]] = {}
    for leaf in leaves:
        schemas.setdefault(leaf.name, set()).add(leaf.schema)
    for name, found in schemas.items():
        if len(found) > 1:
            yield name, f"appears with {len(found)} different schemas; use the table that was passed in"


def _label(node: ops.Node) -> str:
    return str(getattr(node, "name", None) or type(node).__name__)
