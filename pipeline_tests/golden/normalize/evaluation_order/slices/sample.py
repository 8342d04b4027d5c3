nonlocal refused


def f():
    a[b:c, d]
