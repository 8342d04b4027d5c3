"""Each target gets its own item."""
from probe import sink, source

a, b = source(), "other"
sink(a)  # flow
sink(b)  # none
b, a = a, b
sink(a)  # none
sink(b)  # flow
(c, (d, e)) = "x", ("y", source())
sink(c)  # none
sink(d)  # none
sink(e)  # flow
first, *rest = "x", source(), "y"
sink(first)  # none
sink(rest)  # flow
*start, last = "x", "y", source()
sink(last)  # flow
for key, value in [("k", source())]:
    sink(key)  # none
    sink(value)  # flow
