def f(
    a,  # type: int
    b=(1),  # type: str
    *c,  # type: bytes
    d=None  # type: float
):
    # type: (...) -> bool
    pass
