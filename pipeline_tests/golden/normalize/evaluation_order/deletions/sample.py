nonlocal refused


def f():
    del a.b, (c[d], e)
