"""Attributes of objects, each by its name."""
from probe import sink, source


class Box:
    pass


x = Box()
x.a = source()
x.b = "other"
sink(x.a)  # flow
sink(x.b)  # none
y = x
sink(y.a)  # flow
x.a = "safe"
sink(x.a)  # none
z = Box()
z.a = source()
w = z
w.a = "safe"
sink(w.a)  # none
v = Box()
setattr(v, "a", source())
sink(getattr(v, "a"))  # flow
sink(getattr(v, "b", "other"))  # none
other = Box()
other.a = "own"
sink(other.a)  # none
