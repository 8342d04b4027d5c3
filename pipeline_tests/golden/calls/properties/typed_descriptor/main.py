class Typed:
    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, obj, owner=None):
        return obj.__dict__[self.name]

    def __set__(self, obj, value):
        self.check(value)
        obj.__dict__[self.name] = value

    def check(self, value):
        pass

class P:
    x = Typed()

    def __init__(self, x):
        self.x = x

P(1).x
