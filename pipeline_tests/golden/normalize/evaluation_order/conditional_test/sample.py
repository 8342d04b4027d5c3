nonlocal refused


def f():
    while a if b else c:
        d
