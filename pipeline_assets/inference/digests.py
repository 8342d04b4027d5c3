"""Digests of values: text that says what an operation computes, the same in every process and Python version.

Nothing is stringified by default: `repr` and `str` of an unknown object may hold an address, and `repr` of text
depends on the interpreter's Unicode tables.
"""

from __future__ import annotations

import datetime
import decimal
import enum
import hashlib
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import ibis.expr.datashape as ds
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops

from pipeline_assets.inference.errors import UnsupportedOperation
from pipeline_assets.inference.traversal import fold

FieldDigest = Callable[[ops.Field], str]
"""What a field stands for."""
RelationDigest = Callable[[ops.Relation], str]
"""What a relation inside a value (a subquery) stands for."""


def digest(*parts: str) -> str:
    """32 hexadecimal digits of BLAKE2b over the parts, each with its length."""
    state = hashlib.blake2b(digest_size=16)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        state.update(f"{len(data)}:".encode())
        state.update(data)
    return state.hexdigest()


def value_digest(value: ops.Value, field: FieldDigest, relation: RelationDigest) -> str:
    """What `value` computes, blind to aliases and to the order of ANDs, ORs, sides of an equality and partition keys.

    Raises `UnsupportedOperation` for an operation or argument that has no stable text.
    """
    return fold(value, lambda node, found: _operation(node, found, field, relation))


def plain(value: Any, operation: str) -> str:
    """A constant as text that tells types apart; refuses what has no text that is the same in every process."""
    match value:
        case None:
            return "none"
        case enum.Enum():
            return digest("enum", type(value).__name__, value.name)
        case bool() | int() | float() | decimal.Decimal() | uuid.UUID():
            return digest(type(value).__name__, str(value))
        case str():
            return digest("str", value)
        case bytes():
            return digest("bytes", value.hex())
        case datetime.datetime() | datetime.date() | datetime.time():
            return digest(type(value).__name__, value.isoformat())
        case datetime.timedelta():
            return digest("timedelta", str(value.days), str(value.seconds), str(value.microseconds))
        case dt.DataType():
            return digest("type", str(value))
        case ds.DataShape():
            return digest("shape", type(value).__name__)
        case Mapping():
            pairs = sorted((plain(key, operation), plain(item, operation)) for key, item in value.items())
            return digest("mapping", *(text for pair in pairs for text in pair))
        case tuple() | list():
            return digest("sequence", *(plain(item, operation) for item in value))
        case frozenset() | set():
            return digest("set", *sorted(plain(item, operation) for item in value))
    raise UnsupportedOperation(operation, f"its argument of type {type(value).__name__} has no stable text")


def _operation(node: ops.Value, found: Mapping[ops.Value, str], field: FieldDigest, relation: RelationDigest) -> str:
    match node:
        case ops.Field():
            return field(node)
        case ops.Alias():
            return found[node.arg]
        case ops.And() | ops.Or():
            operands = {found[operand] for operand in _flattened(node)}
            return digest(type(node).__name__, *sorted(operands))
        case ops.Equals() | ops.NotEquals() | ops.IdenticalTo():
            return digest(type(node).__name__, *sorted((found[node.left], found[node.right])))
        case ops.ScalarUDF() | ops.AggUDF():
            return digest(*_function(node), *_arguments(node, found, relation))
        case ops.ScalarParameter() | ops.RowID() | ops.ExistsSubquery():
            raise UnsupportedOperation(type(node).__name__, "it has no meaning that is stable between runs")
    return digest(type(node).__name__, *_arguments(node, found, relation))


def _flattened(node: ops.And | ops.Or) -> Iterable[ops.Value]:
    pending, kind = [node], type(node)
    while pending:
        operand = pending.pop()
        if type(operand) is kind:
            pending += [operand.left, operand.right]
        else:
            yield operand


def _function(node: ops.ScalarUDF | ops.AggUDF) -> list[str]:
    if node.__input_type__.name != "BUILTIN":
        raise UnsupportedOperation(node.__func_name__, "a Python function in a plan has no stable fingerprint")
    place = node.__udf_namespace__
    names = [plain(name, node.__func_name__) for name in (node.__func_name__, place.catalog, place.database)]
    return ["function", *names, str(node.dtype), plain(node.__config__, node.__func_name__)]


def _arguments(node: ops.Value, found: Mapping[ops.Value, str], relation: RelationDigest) -> Iterable[str]:
    for name, argument in zip(node.__argnames__, node.__args__, strict=True):
        unordered = isinstance(node, ops.WindowFunction) and name == "group_by"
        yield name
        yield (
            digest(*sorted({found[key] for key in argument}))
            if unordered
            else _argument(argument, node, found, relation)
        )


def _argument(argument: Any, node: ops.Value, found: Mapping[ops.Value, str], relation: RelationDigest) -> str:
    if isinstance(argument, ops.Value):
        return found[argument]
    if isinstance(argument, ops.Relation):
        return "rows" if isinstance(node, ops.CountStar) else relation(argument)
    if isinstance(argument, tuple):
        return digest("tuple", *(_argument(item, node, found, relation) for item in argument))
    return plain(argument, type(node).__name__)
