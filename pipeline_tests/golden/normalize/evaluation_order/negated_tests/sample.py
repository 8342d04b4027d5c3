nonlocal refused


def f():
    if not (a or not b):
        c
