nonlocal refused


def f():
    x = a or b
