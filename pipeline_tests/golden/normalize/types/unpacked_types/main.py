from typing import TypeVarTuple, Unpack

Ts = TypeVarTuple("Ts")


def f(*args: *Ts) -> tuple[int, *Ts]: ...


def g(*args: Unpack[Ts]): ...


def h(*args: "*Ts"): ...
