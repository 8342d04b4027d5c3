nonlocal refused


def f():
    with a as x:
        b
    c
