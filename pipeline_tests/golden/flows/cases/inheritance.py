"""`super()` and overrides."""
from probe import sink, source


class Base:
    def __init__(self, value):
        self.value = value

    def get(self):
        return self.value


class Child(Base):
    def __init__(self, value):
        super().__init__(value)
        self.own = "other"


class Safe(Base):
    def get(self):
        return "safe"


sink(Child(source()).value)  # flow
sink(Child(source()).own)  # none
sink(Child(source()).get())  # flow
sink(Safe(source()).get())  # none
