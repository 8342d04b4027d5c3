nonlocal refused


def f():
    x, (y.z, *w) = a
