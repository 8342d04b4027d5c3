def f():
    return
    yield a
