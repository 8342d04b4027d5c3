from typing import NewType, TypeAlias, TypeVar, Union


class C: ...


Number = Union[int, float]
Maybe: TypeAlias = "Number | None"
UserId = NewType("UserId", int)
B = TypeVar("B", bound=C)
S = TypeVar("S", str, bytes)


def f(a: Number, b: Maybe, c: UserId, d: B, e: S): ...
