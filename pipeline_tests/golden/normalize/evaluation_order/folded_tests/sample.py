nonlocal refused


def f():
    if not 2 - 2 and __debug__:
        a
    elif ():
        b
    c
