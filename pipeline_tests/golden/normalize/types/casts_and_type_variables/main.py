import typing
from typing import NewType, TypeVar, cast

A = TypeVar("A", int, "C")
B = TypeVar("B", bound="C")
UserId = NewType("UserId", int)
x = cast("list[C]", 1)
y = typing.cast(typ=str, val=1)


class C: ...
