"""What passes `probe.clean` is no flow."""
from probe import clean, sink, source


def through(x):
    return clean(x)


x = source()
sink(clean(x))  # none
sink(through(x))  # none
sink(clean(x) + x)  # flow
y = clean(x)
sink(y)  # none
sink(f"{clean(x)}")  # none
