"""What one method stores in `self` another reads."""
from probe import sink, source


class Store:
    kept = "class"

    def __init__(self, a, b):
        self.a = a
        self.b = b

    def get(self):
        return self.a

    def other(self):
        return self.b

    def fill(self):
        self.late = source()

    def use(self):
        sink(self.late)  # flow

    def replaced(self):
        self.a = "safe"
        sink(self.a)  # none


x = Store(source(), "other")
sink(x.a)  # flow
sink(x.b)  # none
sink(x.get())  # flow
sink(x.other())  # none
x.fill()
x.use()
x.replaced()


class Base:
    def set(self, value):
        self.value = value


class Child(Base):
    def show(self):
        sink(self.value)  # flow


child = Child()
child.set(source())
child.show()
