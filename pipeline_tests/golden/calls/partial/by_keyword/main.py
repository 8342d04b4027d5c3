import functools


def a():
    pass


def b():
    pass


def run(first, second):
    first()
    second()


f = functools.partial(run, second=b)
f(a)
