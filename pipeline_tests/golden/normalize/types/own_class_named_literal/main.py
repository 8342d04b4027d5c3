from typing import Generic, TypeVar

T = TypeVar("T")


class Literal(Generic[T]): ...


class Foo: ...


x: Literal["Foo"]
