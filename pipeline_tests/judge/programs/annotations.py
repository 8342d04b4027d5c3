import typing

count: int = 1
later: "undefined"


def f(a: int, *b: str, c: float = 1.0, **d: dict) -> None:
    local: list = [a]
    unset: int
    try:
        return unset
    except UnboundLocalError:
        pass
    (local): tuple = (1,)
    return local


class K:
    x: int
    y: typing.Optional[int] = None
    z: count


print(f(1), K.__annotations__, __annotations__)
