def act():
    pass


def inner():
    yield act


def outer():
    yield from inner()


for action in outer():
    action()
