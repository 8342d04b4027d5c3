def f():
    return a
    def g(p=b):
        return p
    class C:
        x = 1
