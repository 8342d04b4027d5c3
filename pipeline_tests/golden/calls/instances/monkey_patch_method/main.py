class A:
    def f(self):
        pass

def new_f(self):
    pass

a = A()
A.f = new_f
a.f()
