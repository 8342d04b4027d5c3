"""Walks over Ibis operations shared by lineage, fingerprint and grain: never recursive, so plans may be deep."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from typing import Any, TypeVar

import ibis.expr.operations as ops

from pipeline_assets.inference.errors import UnsupportedOperation

T = TypeVar("T")
_MOST_KNOWN = 65_536


def cached_by_identity(function: Callable[[Any], T]) -> Callable[[Any], T]:
    """Remember the results of a function of one operation: every stage of a task holds those of the stages before it.

    By identity, not equality: finding out that two deep plans are equal recurses through both.
    """
    known: dict[int, tuple[ops.Node, T]] = {}

    @wraps(function)
    def remembered(node: ops.Node) -> T:
        found = known.get(id(node))
        if found is None:
            if len(known) >= _MOST_KNOWN:
                known.clear()
            found = known[id(node)] = (node, function(node))  # holding the node keeps its id from being used again
        return found[1]

    return remembered


@cached_by_identity
def nodes_of(root: ops.Node) -> tuple[ops.Node, ...]:
    """Every operation below `root` and itself, operands and inputs before what uses them."""
    return tuple(root.find(ops.Node, ordered=True))


@cached_by_identity
def relations_of(root: ops.Node) -> tuple[ops.Relation, ...]:
    """Every relation below `root` and itself, inputs before their readers, those inside values included."""
    return tuple(node for node in nodes_of(root) if isinstance(node, ops.Relation))


def values_of(value: ops.Value) -> tuple[ops.Value, ...]:
    """The operations of one value, operands first, without descending into the relations it refers to."""
    return (value,) if isinstance(value, ops.Field) else _values_of(value)


@cached_by_identity
def _values_of(value: ops.Value) -> tuple[ops.Value, ...]:
    return tuple(value.find(ops.Value, filter=ops.Value, ordered=True))


def fold(value: ops.Value, combine: Callable[[ops.Value, dict[ops.Value, T]], T]) -> T:
    """Compute a result for `value` from the results of its operands; `combine` is called once per operation."""
    results: dict[ops.Value, T] = {}
    for node in values_of(value):
        results[node] = combine(node, results)
    return results[value]


def operands(node: ops.Value) -> Iterator[ops.Value]:
    """The value operands of one operation; a relation operand must have been dealt with by the caller."""
    if isinstance(node, ops.Field):
        return
    for child in node.__children__:
        if not isinstance(child, ops.Value):
            raise UnsupportedOperation(type(node).__name__, f"its operand {type(child).__name__} is not a value")
        yield child


def unaliased(value: ops.Value) -> ops.Value:
    """The value below any aliases."""
    while isinstance(value, ops.Alias):
        value = value.arg
    return value


def conjuncts(predicates: Iterable[ops.Value]) -> list[ops.Value]:
    """The predicates with nested ANDs taken apart."""
    pending, found = list(predicates), []
    while pending:
        predicate = unaliased(pending.pop())
        if isinstance(predicate, ops.And):
            pending += [predicate.left, predicate.right]
        else:
            found.append(predicate)
    return found


def values_held(relation: ops.Relation) -> list[ops.Value]:
    """The values that a relation itself evaluates: projections, predicates, keys, bounds."""
    held: list[ops.Value] = []
    for argument in _flat(relation.__args__):
        if isinstance(argument, ops.Value):
            held.append(argument)
        elif isinstance(argument, ops.JoinLink):
            held.extend(argument.predicates)
    return held


def _flat(argument: Any) -> Iterator[Any]:
    if isinstance(argument, dict):
        yield from _flat(argument.values())
    elif isinstance(argument, (str, bytes)) or not isinstance(argument, Iterable) or isinstance(argument, ops.Node):
        yield argument
    else:
        for item in argument:
            yield from _flat(item)
