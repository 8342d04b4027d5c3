def a():
    pass
def b():
    pass
class Box:
    f = a
Box.f()
Box.f = b
Box.f()
