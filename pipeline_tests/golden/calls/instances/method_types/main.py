from types import MethodType

class A:
    def g(self):
        pass

def f(self):
    self.g()

a = A()
a.f = MethodType(f, a)
a.f()
