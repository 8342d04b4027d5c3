def base():
    return Real

class Real:
    def f(self):
        pass

class A(base()):
    pass

A().f()
