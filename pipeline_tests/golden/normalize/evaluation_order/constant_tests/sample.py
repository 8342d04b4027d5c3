nonlocal refused


def f():
    if 0:
        a
    else:
        b
    while 1:
        c
    d
