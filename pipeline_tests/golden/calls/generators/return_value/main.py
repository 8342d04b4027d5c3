def act():
    pass


def inner():
    yield 1
    return act


def outer():
    f = yield from inner()
    f()


list(outer())
