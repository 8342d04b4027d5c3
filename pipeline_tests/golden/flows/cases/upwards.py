"""A source deep inside comes out through all callers, and a change of a parameter through the argument."""
from probe import sink, source


def deep():
    return source()


def middle():
    return "<" + deep() + ">"


sink(middle())  # flow


def fill(box):
    box["k"] = source()


def outer(box):
    fill(box)


x = {}
outer(x)
sink(x["k"])  # flow
y = {}
sink(y.get("k"))  # none
