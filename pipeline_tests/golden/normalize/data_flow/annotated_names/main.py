def f():
    x: int
    y: int = 1
    return x, y
