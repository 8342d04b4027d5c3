def f(m):
    with m() as x:
        y = g(x)
    return y
