"""Which tests the compiler decides by itself: constants, what it folds to a constant, and `__debug__`.

The arithmetic is CPython's own constant folding, with its limits: it gives up on what would grow large or fail.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

from pipeline_assets.normalize.evaluation.nodes import Node

FOLDED = ("Constant", "Name", "UnaryOp", "BinOp", "Tuple", "Subscript", "JoinedStr", "Slice")
MOST_BITS, MOST_ITEMS, MOST_CHARACTERS = 128, 256, 4096

UNARY: Mapping[str, Callable[[Any], Any]] = {
    "USub": operator.neg,
    "UAdd": operator.pos,
    "Invert": operator.invert,
    "Not": operator.not_,
}


class NotFoldedError(Exception):
    """The compiler leaves the expression for run time."""


def known_truth(test: Node) -> bool | None:
    """Whether a test is true or false whatever happens, as the compiler knows it; None where it does not."""
    if test.kind not in FOLDED:
        return None
    nodes = list(test.subtree())
    if any(node.kind not in FOLDED for node in nodes):
        return None
    values: dict[Node, Any] = {}
    try:
        for node in reversed(nodes):  # what is below comes first
            values[node] = _value(node, values)
        return bool(values[test])
    except (NotFoldedError, ArithmeticError, LookupError, TypeError, ValueError):
        return None


def _value(node: Node, values: dict[Node, Any]) -> Any:
    below = [values[child] for child in node.children]
    match node.kind:
        case "Constant":
            return ast.literal_eval(node.value or "None")
        case "Name" if node.name == "__debug__":
            return True
        case "UnaryOp":
            return UNARY[node.ctx or ""](*below)
        case "BinOp":
            return _arithmetic(node.ctx or "", *below)
        case "Tuple" if node.ctx == "Load":
            return tuple(below)
        case "Subscript" if node.children[1].kind != "Slice":
            return below[0][below[1]]
        case "JoinedStr" if len(below) == 1 and node.children[0].kind == "Constant":
            return below[0]
    raise NotFoldedError


def _arithmetic(sign: str, left: Any, right: Any) -> Any:
    if sign == "Mult" and (isinstance(left, str | bytes | tuple) or isinstance(right, str | bytes | tuple)):
        return _repeated(*((right, left) if isinstance(left, int) else (left, right)))
    if sign in ("Mult", "Pow", "LShift") and isinstance(left, int) and isinstance(right, int):
        _limit_bits(sign, left, right)
    if sign == "Mod" and isinstance(left, str | bytes):
        raise NotFoldedError
    return ARITHMETIC[sign](left, right)


def _repeated(items: Any, times: int) -> Any:
    most = MOST_ITEMS if isinstance(items, tuple) else MOST_CHARACTERS
    if items and not 0 <= times <= most // len(items):
        raise NotFoldedError
    return items * times


def _limit_bits(sign: str, left: int, right: int) -> None:
    bits = {
        "Mult": left.bit_length() + right.bit_length(),
        "Pow": left.bit_length() * right if right > 0 else 0,
        "LShift": left.bit_length() + right if left else 0,
    }[sign]
    if bits > MOST_BITS or (sign == "LShift" and right > MOST_BITS):
        raise NotFoldedError


ARITHMETIC: Mapping[str, Callable[[Any, Any], Any]] = {
    "Add": operator.add,
    "Sub": operator.sub,
    "Mult": operator.mul,
    "Div": operator.truediv,
    "FloorDiv": operator.floordiv,
    "Mod": operator.mod,
    "Pow": operator.pow,
    "LShift": operator.lshift,
    "RShift": operator.rshift,
    "BitOr": operator.or_,
    "BitXor": operator.xor,
    "BitAnd": operator.and_,
}
