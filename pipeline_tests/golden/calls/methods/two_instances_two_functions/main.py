def a():
    pass


def b():
    pass


class Box:
    def __init__(self, f):
        self.f = f


first = Box(a)
second = Box(b)
first.f()
second.f()
