def f():
    yield from a
    b
