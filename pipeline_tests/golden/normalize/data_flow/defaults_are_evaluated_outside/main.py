def f():
    d = 1
    def g(a=d):
        return a
    d = 2
    return g, d
