"""Literals as text that Python reads back to the same value, and the kind of value each one is."""

from __future__ import annotations

from collections.abc import Sequence
from types import EllipsisType
from typing import Any

from pipeline_assets.extract.producers.ast.walker import PrefixedText

VALUE_KINDS = ("str", "bytes", "int", "float", "complex", "bool", "none", "ellipsis")

_KIND_OF = {
    str: 0,
    PrefixedText: 0,
    bytes: 1,
    int: 2,
    float: 3,
    complex: 4,
    bool: 5,
    type(None): 6,
    EllipsisType: 7,
}
_INFINITE = (3, 4)


def literal_kinds(values: Sequence[Any]) -> list[int]:
    """The position in `VALUE_KINDS` of each value's kind."""
    return [_KIND_OF[type(value)] for value in values]


def literal_texts(values: Sequence[Any], kinds: Sequence[int]) -> list[str]:
    """The source text of each value; what `repr` alone would not give back is spelled so that it comes back."""
    try:
        texts = [repr(value) for value in values]
    except ValueError:  # an integer with more digits than the interpreter converts to decimal
        texts = [_text(value) for value in values]
    for position, kind in enumerate(kinds):
        if kind in _INFINITE and "inf" in texts[position]:
            texts[position] = texts[position].replace("inf", "1e309")
    return texts


def _text(value: Any) -> str:
    try:
        return repr(value)
    except ValueError:
        return hex(value)
