"""Objects of one class are kept apart outside of its methods, not in them."""
from probe import sink, source


class Box:
    def __init__(self, value):
        self.value = value

    def get(self):
        return self.value


one, two = Box(source()), Box("other")
sink(one.value)  # flow
sink(two.value)  # none
sink(one.get())  # flow
sink(two.get())  # imprecise: attributes of `self` are those of the class
