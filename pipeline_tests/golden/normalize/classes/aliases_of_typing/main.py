from typing import Generic, List, Mapping, TypeVar

T = TypeVar("T")


class A(List[int]): ...


class B(list[int]): ...


class C(List[T], Generic[T]): ...


class D(Mapping[str, int]): ...
