nonlocal refused


def f():
    g(a, *b, k=c, **d)
