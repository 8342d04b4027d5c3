def f(a: int, /, b: str, *rest: bytes, key: float = 0.0, **more: complex) -> bool: ...


g = lambda x: x
