def a():
    pass


def b():
    pass


def actions():
    yield a
    yield b


for action in actions():
    action()
