def f(g):
    if g() and (x := g()):
        return x
    return x
