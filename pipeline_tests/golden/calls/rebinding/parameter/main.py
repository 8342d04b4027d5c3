def a():
    pass


def b():
    pass


def run(f):
    f = b
    f()


run(a)
