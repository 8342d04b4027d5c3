from typing import Generic, TypeVar

T = TypeVar("T")
registry = {}


class A(Generic[T], list["A"]): ...


class B(registry["key"], A[int]): ...
