"""An augmented assignment keeps what was there and adds to it."""
from probe import sink, source

x = "SELECT "
x += source()
sink(x)  # flow
x += " LIMIT 1"
sink(x)  # flow
y = "a"
y += "b"
sink(y)  # none
names = ["a"]
names += [source()]
sink(names[0])  # imprecise: what a list is added to may stand at any place
sink(names[1])  # flow
