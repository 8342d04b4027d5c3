from typing import Any, Literal, Optional, Union


class C: ...


def f(a: Optional[C], b: Union["C", int, None], c: Literal["x", 1], d: Any, e: list[C]) -> "C | None": ...
