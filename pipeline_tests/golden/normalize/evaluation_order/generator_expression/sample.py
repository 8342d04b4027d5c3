nonlocal refused


def f():
    (a for b in c)
