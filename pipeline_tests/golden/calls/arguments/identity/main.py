def a():
    pass


def b():
    pass


def same(function):
    return function


same(a)()
same(b)()
