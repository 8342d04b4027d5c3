def a(*args):
    pass

class A:
    def f(self):
        pass

    def __init__(self):
        self.f = a

A().f()
