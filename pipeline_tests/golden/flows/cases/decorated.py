"""Decorators wrap."""
import functools

from probe import sink, source


def wrapped(function):
    @functools.wraps(function)
    def wrapper(*args, **options):
        return function(*args, **options)

    return wrapper


@wrapped
def same(x):
    return x


@wrapped
def show(x, y):
    sink(x)  # flow
    sink(y)  # none


sink(same(source()))  # flow
show(source(), "other")
