"""A name holds what it was last given."""
from probe import sink, source

x = source()
sink(x)  # flow
y = x
sink(y)  # flow
x = "other"
sink(x)  # none
sink(y)  # flow
z: str = y
sink(z)  # flow
a = b = z
sink(a)  # flow
sink(b)  # flow
sink(w := a)  # flow
sink(w)  # flow
