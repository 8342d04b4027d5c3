nonlocal refused


def f():
    x += a
