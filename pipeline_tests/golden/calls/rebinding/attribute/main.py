def a():
    pass


def b():
    pass


class Box:
    pass


box = Box()
box.f = a
box.f()
box.f = b
box.f()
