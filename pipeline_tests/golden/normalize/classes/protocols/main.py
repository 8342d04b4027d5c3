from typing import Generic, Protocol, TypeVar

T = TypeVar("T")


class A(Protocol): ...


class B(Protocol[T]): ...


class C(Protocol, Generic[T]): ...


class D(B[int]): ...
