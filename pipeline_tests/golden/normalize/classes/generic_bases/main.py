from typing import Generic, TypeVar

T = TypeVar("T")


class Plain: ...


class A(Generic[T], Plain): ...


class B(Generic[T], A[T]): ...


class C(Plain, A[int]): ...
