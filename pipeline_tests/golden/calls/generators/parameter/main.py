def a():
    pass


def b():
    pass


def make():
    yield a
    yield b


def run(functions):
    for f in functions:
        f()


run(make())
