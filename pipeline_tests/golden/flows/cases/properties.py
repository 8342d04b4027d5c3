"""Properties are calls."""
from probe import sink, source


class Box:
    def __init__(self, value):
        self._value = value

    @property
    def value(self):
        return self._value

    @value.setter
    def value(self, new):
        self._value = new

    @property
    def kind(self):
        return "box"


x = Box(source())
sink(x.value)  # flow
sink(x.kind)  # none
y = Box("other")
y.value = source()
sink(y.value)  # flow
