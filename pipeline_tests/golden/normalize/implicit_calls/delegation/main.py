def f():
    yield from a
    yield b
