def f(g, a, k, b):
    return g(1, *a, x=b, **k)
