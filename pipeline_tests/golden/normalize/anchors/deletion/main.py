def f(a, b, c):
    del a, b[0], c.d
