nonlocal refused


def f():
    if a and 0 and b:
        c
    x = 1 or d
