nonlocal refused


def f():
    x = yield a
    yield from b
