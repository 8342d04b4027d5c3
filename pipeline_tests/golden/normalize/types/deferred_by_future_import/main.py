from __future__ import annotations

import m
from typing import Generic, TypeVar

T = TypeVar("T", bound=int)


def f(a: str) -> bytes: ...


top: float
m.attribute: complex


class C(Generic[T]):
    member: bool
