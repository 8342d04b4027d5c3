"""Abstract objects: what expressions may stand for, as small integers with a kind and up to two parts."""

from __future__ import annotations

from typing import Any

FUNCTION, CLASS, INSTANCE, BOUND, MODULE, OUTSIDE, BUILTIN = range(7)
"""function: its row; class: its row; instance: class row, place; bound: function object, receiver object; module: its
dotted name; outside: dotted name; builtin: name."""
CONTAINER, GENERATOR, COROUTINE, SUPER, PROPERTY, STATIC, CLASS_WRAPPER, PARTIAL, CONTAINER_METHOD = range(7, 16)
"""container: what it is made at, type; generator, coroutine: the function's row; super: class row, receiver object;
property, static, class wrapper, partial: number of the call that makes it; container method: container, name."""
IDENTITY, TEXT, ACCESSOR, DESCRIPTOR_CALL, METHODS = range(16, 21)
"""identity: a decorator that gives back what it is given; text: a constant: its class, and what it spells where
that may be a key; accessor: property object, which part; descriptor call: a method of a builtin class bound to an
object; methods: the start of their names, the object that has them."""
GETTER, THING = range(21, 23)
"""getter: number of the call that makes it, which function of `operator` that is; thing: the dotted name of a class
outside, and the place that makes it where its objects are told apart."""
DISPATCHER, REGISTRAR = range(23, 25)
"""dispatcher: number of the call that makes it, place of the parameter that decides; registrar: dispatcher, variable
of the class that it registers for."""
ANY, SOME = -1, -2
"""The places of an object that may be of any subclass, too, and of one that may be any of those that are made."""


class Objects:
    """The abstract objects that were met, each once."""

    def __init__(self) -> None:
        self.kinds: list[int] = []
        self.firsts: list[Any] = []
        self.seconds: list[Any] = []
        self.alone: list[frozenset[int]] = []
        """The set of just this object, for each: variables share sets."""
        self._numbers: dict[tuple[int, Any, Any], int] = {}

    def get(self, kind: int, first: Any, second: Any = None) -> int:
        """The number of an object."""
        key = (kind, first, second)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.kinds)
            self.kinds.append(kind)
            self.firsts.append(first)
            self.seconds.append(second)
            self.alone.append(frozenset((number,)))
        return number
