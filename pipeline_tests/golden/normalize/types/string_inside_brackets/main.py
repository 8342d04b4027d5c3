from typing import Callable, List


class Foo: ...


x: List["Foo"] = []
y: Callable[["Foo", int], "Foo"]
