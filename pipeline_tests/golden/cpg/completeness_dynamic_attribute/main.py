class A:
    def f(self): ...
def run(name):
    a = A()
    getattr(a, name)()
