"""Constants as keys: the places of containers that subscripts, arguments and displays tell."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeGuard

from pipeline_assets.cpg.points_to.syntax import Ints, Syntax

UNKNOWN_KEY = None
MOST_DIGITS = 10
_HOLDING = ("Name", "Attribute", "Call", "Subscript", "IfExp", "NamedExpr", "BoolOp", "Await")
"""Expressions that may give a constant which stands elsewhere."""


class Early(str):
    """The name of an attribute that is read before later writes of its scope."""

    __slots__ = ()


class Late(str):
    """The name of an attribute that is written after all that may be read early."""

    __slots__ = ()


class Held(NamedTuple):
    """A key that a variable holds."""

    row: int


class Prefix(NamedTuple):
    """How a text starts that is put together at run time."""

    start: str


class Keys:
    """What the syntax tells of keys, and of the displays that have places for them."""

    def __init__(self, syntax: Syntax) -> None:
        self._syntax = syntax
        self.elements = syntax.listed("elts")
        self.keys, self._values = syntax.listed("keys"), syntax.listed("values")
        self.is_starred = syntax.of_kind("Starred")
        self.is_slice = syntax.of_kind("Slice")
        self.is_constant = syntax.of_kind("Constant")
        self._is_negative = syntax.of_kind("UnaryOp") & syntax.is_negative
        self._tuples, self._holding = syntax.of_kind("Tuple"), syntax.of_kind(*_HOLDING)
        self.told: dict[int, int] = {}
        """Names that stand for one constant, and where it is."""
        self.told_tuples: dict[int, int] = {}
        self._lists = syntax.of_kind("List", "Tuple")
        self._joined = syntax.of_kind("JoinedStr")
        self._binary, self._calls = syntax.of_kind("BinOp"), syntax.of_kind("Call")
        self._bounds = {name: syntax.child(name) for name in ("lower", "upper", "step")}

    def flatten(self, values: Ints) -> None:
        """Let displays that unpack another have the elements of that one."""
        starred = {int(row) for row in self._syntax.parent[self.is_starred].tolist()}
        for row in sorted(starred & self.elements.keys(), reverse=True):
            parts = (self.unpacked(int(values[e])) if self.is_starred[e] else [e] for e in self.elements[row])
            self.elements[row] = [
                each for e, part in zip(self.elements[row], parts, strict=True) for each in part or [e]
            ]

    def unpacked(self, row: int) -> list[int]:
        """The elements of a display, or of the one that a name stands for; none if they are not all known."""
        row = self.told_tuples.get(row, row)
        elements = self.elements.get(row, []) if row >= 0 and self._lists[row] else []
        return [] if any(self.is_starred[e] for e in elements) else elements

    def key(self, variable: int) -> Any:
        """The constant that a subscript or an argument is, else None; only variables of expressions stand in rows."""
        syntax = self._syntax
        row = variable if 0 <= variable < syntax.count else -1
        if row >= 0 and self.is_constant[row]:
            text = syntax.values[row]
            return int(text) if is_index(text) else text
        if row >= 0 and self._is_negative[row]:
            # What a sign stands before comes right after it; of anything but a number there is no value.
            text = syntax.values[row + 1] if row + 1 < syntax.count else None
            return -int(text) if is_index(text) else UNKNOWN_KEY
        if row in self.told:
            return self.key(self.told[row])
        if row >= 0 and self._holding[row]:
            return Held(row)
        if row >= 0 and self._tuples[row]:
            parts = tuple(self.key(element) for element in self.elements.get(row, ()))
            return ("tuple", *parts) if all(isinstance(part, str | int) for part in parts) else UNKNOWN_KEY
        return UNKNOWN_KEY

    def prefix(self, row: int) -> str | None:
        """The constant that a text which is put together at run time starts with."""
        syntax = self._syntax
        if not 0 <= row < syntax.count - 1 or not (self._binary[row] or self._joined[row] or self._calls[row]):
            return None
        first = row + 2 if self._calls[row] and syntax.name(row + 1) == "format" else row + 1
        if first >= syntax.count or not self.is_constant[first] or syntax.parent[first] not in (row, first - 1):
            return None
        text = syntax.values[first]
        start = text.strip("'\"") if text and text[0] in "'\"" else None
        if start is None or syntax.is_sum[row] or self._joined[row]:
            return start
        return start.partition("{" if self._calls[row] else "%")[0]

    def place(self, row: int, key: Any) -> int | None:
        """Which element of a display stands at a place, counted from either end; None when that is not known."""
        elements = self.elements.get(row, [])
        if not isinstance(key, int) or not -len(elements) <= key < len(elements):
            return len(elements) if not any(self.is_starred[e] for e in elements) else None
        starred = elements[: key + 1] if key >= 0 else elements[key:]
        return None if any(self.is_starred[e] for e in starred) else key % len(elements)

    def length_of(self, row: Any) -> int | None:
        """How many items a display has."""
        elements = self.elements.get(row) if isinstance(row, int) else None
        return None if elements is None or any(self.is_starred[e] for e in elements) else len(elements)

    def bounds(self, row: int) -> tuple[int | None, int | None]:
        """From where to where a slice goes; from nowhere where that is not known."""
        lower, upper, step = (int(self._bounds[name][row]) for name in ("lower", "upper", "step"))
        first = 0 if lower < 0 else self.key(lower)
        last = None if upper < 0 else self.key(upper)
        if step >= 0 or not isinstance(first, int) or not (upper < 0 or isinstance(last, int)):
            return None, None
        return first, last

    def pairs_of(self, row: int) -> list[tuple[int, int]]:
        """Keys and values of a display; -1 for the keys of what is unpacked."""
        syntax = self._syntax
        keys = {int(syntax.ordinal[key]): key for key in self.keys.get(row, [])}
        return [(keys.get(int(syntax.ordinal[value]), -1), value) for value in self._values.get(row, [])]


def is_index(text: str | None) -> TypeGuard[str]:
    """Whether a constant spells a number that a place in a container may be."""
    return text is not None and len(text) < MOST_DIGITS and text.isascii() and text.isdecimal()
