"""Functions that are passed, stored and called by builtins."""
from probe import sink, source


def upper(x):
    return x.upper()


def constant(x):
    return "other"


def apply(function, value):
    return function(value)


sink(apply(upper, source()))  # flow
sink(apply(constant, "other"))  # none
sink(list(map(upper, [source()])))  # flow
table = {"u": upper}
sink(table["u"](source()))  # flow
bound = source().strip
sink(bound())  # flow
