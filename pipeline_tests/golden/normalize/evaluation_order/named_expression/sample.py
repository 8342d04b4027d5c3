nonlocal refused


def f():
    if (x := a) and b:
        c
