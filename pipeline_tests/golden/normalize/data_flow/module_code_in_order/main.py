def f():
    return f
class D(f()):
    pass
g = f
