nonlocal refused


def f():
    g(k=a, *b)
