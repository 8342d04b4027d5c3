"""What goes into a function at one call does not come out at another."""
from probe import sink, source


def same(x):
    return x


def twice(x):
    return same(same(x))


a = same(source())
b = same("other")
sink(a)  # flow
sink(b)  # none
c = twice("other")
d = twice(source())
sink(c)  # none
sink(d)  # flow


def put(target, value):
    target.append(value)


one, two = [], []
put(one, source())
put(two, "other")
sink(one)  # flow
sink(two)  # none


def recursive(x, n):
    if n:
        return recursive(x, n - 1)
    return x


sink(recursive(source(), 3))  # flow
sink(recursive("other", 3))  # none
