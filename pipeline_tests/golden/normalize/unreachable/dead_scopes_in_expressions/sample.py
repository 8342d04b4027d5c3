def f():
    return a
    b(lambda: c, [d for e in g])
