nonlocal refused


def f():
    a and b or c
